"""Pure: CAMT.053 of ISO 20022, the statement of an account, in its versions 001.02 and later.

Versions differ in where a few things stand, so elements are found by their names alone. Only credits that are booked
are money that came; an entry of several transactions is split into them.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

from lxml import etree

from shared.billing import money
from shared.billing.payments.port import Transfer
from shared.billing.payments.transfers.statements import amounts
from shared.billing.payments.transfers.statements.ids import Numbering, is_number
from shared.billing.payments.transfers.statements.statement import Bad, Statement
from shared.errors import InvalidRequest
from shared.one_line import one_line

KIND: Final = "CAMT.053"
_FULL: Final = (27, 35, 65, 70, 140)
"""Characters of lines that banks break texts into, also within a word."""
_REMITTANCE: Final = ("Ustrd", "Strd/CdtrRefInf/Ref", "Strd/RfrdDocInf/Nb", "Strd/AddtlRmtInf")
_PAYERS: Final = ("Dbtr/Nm", "Dbtr/Pty/Nm", "UltmtDbtr/Nm", "UltmtDbtr/Pty/Nm")

_DECLARES: Final = "it declares a document type, which no statement has", "export it from the bank again"

Node = etree._Element


def read(body: bytes, latest: datetime) -> Statement:
    """What came after `latest` is bad. Raises InvalidRequest for what is no such document."""
    root = _root(body)
    numbering = Numbering("camt")
    transfers: list[Transfer] = []
    bad: list[Bad] = []
    passed_over = count = 0
    for statement in _all(root, "BkToCstmrStmt/Stmt"):
        account = _text(statement, "Acct/Id/IBAN") or _text(statement, "Acct/Id/Othr/Id")
        for entry in _all(statement, "Ntry"):
            count += 1
            if not _came(entry):
                passed_over += 1
                continue
            try:
                transfers += list(_transfers(entry, account, numbering, latest))
            except InvalidRequest as error:
                why = f"entry {count}: {error}"  # many files are one line
                bad.append(Bad(int(entry.sourceline or 0), why))
    return Statement(KIND, tuple(transfers), tuple(bad), passed_over)


def _root(body: bytes) -> Node:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if b"<!DOCTYPE" in body.replace(b"\0", b""):  # its entities may grow without end
            raise InvalidRequest(*_DECLARES) from None
        line = error.lineno if isinstance(error, etree.XMLSyntaxError) else None
        where = f" from line {line} on" if line else ""
        raise InvalidRequest(
            f"it is no XML that can be read{where}", "export it from the bank again"
        ) from None
    if root.getroottree().docinfo.doctype:
        raise InvalidRequest(*_DECLARES)
    space = etree.QName(root).namespace or ""
    if not _all(root, "BkToCstmrStmt") or ("camt.05" in space and "camt.053" not in space):
        found = space.rpartition(":")[2] or etree.QName(root).localname
        raise InvalidRequest(
            f"it is {found[:60]}, and no CAMT.053", "export the statement of the account as CAMT.053 or CSV"
        )
    return root


def _came(entry: Node) -> bool:
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts") or "BOOK"
    turned_back = (_text(entry, "RvslInd") or "").lower() in ("true", "1")
    return _text(entry, "CdtDbtInd") != "DBIT" and status == "BOOK" and not turned_back


def _transfers(entry: Node, account: str, numbering: Numbering, latest: datetime) -> Iterator[Transfer]:
    """Raises InvalidRequest."""
    if _text(entry, "CdtDbtInd") != "CRDT":
        raise InvalidRequest("it does not say whether it is a credit")
    total, code = _amount(_one(entry, "Amt"))
    at = amounts.came(_day(entry), latest)
    details = _all(entry, "NtryDtls/TxDtls")
    if len(details) < 2:
        part = details[0] if details else entry
        yield _transfer(entry, part, total, code, at, account, numbering, None)
        return
    parts = [(index, part, _part(part, code)) for index, part in enumerate(details, 1)]
    added = sum((amount for _, _, amount in parts), Decimal(0))
    if total not in (added, added - _charges(entry)):
        sums = f"{money.plain(added, code)} and not {money.plain(total, code)} {code}"
        raise InvalidRequest(f"its {len(parts)} parts add up to {sums}")
    for index, part, amount in parts:
        if amount > 0:
            yield _transfer(entry, part, amount, code, at, account, numbering, index)


def _transfer(
    entry: Node,
    part: Node,
    amount: Decimal,
    code: str,
    at: datetime,
    account: str,
    numbering: Numbering,
    index: int | None,
) -> Transfer:
    if amount <= 0:
        raise InvalidRequest("its amount is not above zero")
    reference, payer = _reference(entry, part), _payer(part)
    said = (account, at.isoformat(), money.plain(amount, code), code)
    booked = _text(entry, "AcctSvcrRef")
    own = _text(part, "Refs/AcctSvcrRef")
    listed = _text(entry, "NtryRef")
    if is_number(own) and (index is None or own != booked):
        known = numbering.numbered(own, *said)
    elif is_number(booked):
        known = numbering.numbered(booked, *said, index)
    elif is_number(listed):  # of this statement only, with some banks
        known = numbering.numbered(listed, *said, index, reference, payer)
    else:
        known = numbering.counted("", *said, reference, payer)
    return Transfer(known, amount, code, reference, at, payer=payer)


def _part(part: Node, code: str) -> Decimal:
    """What of an entry is one transaction, below zero for one that was taken from it."""
    found = _all(part, "Amt") or _all(part, "AmtDtls/TxAmt/Amt")
    if not found:
        raise InvalidRequest("a part of it has no amount")
    amount, own = _amount(found[0])
    if own != code:
        raise InvalidRequest(f"a part of it is in {own}, and it in {code}")
    return -amount if _text(part, "CdtDbtInd") == "DBIT" else amount


def _charges(entry: Node) -> Decimal:
    found = _all(entry, "Chrgs/Rcrd/Amt") or _all(entry, "Chrgs/Amt")
    return sum((_amount(one)[0] for one in found), Decimal(0))


def _amount(node: Node) -> tuple[Decimal, str]:
    code = money.currency(node.get("Ccy", ""))
    return amounts.amount(node.text or "", ".", code), code


def _day(entry: Node) -> datetime:
    for where in ("BookgDt/DtTm", "BookgDt/Dt", "ValDt/DtTm", "ValDt/Dt"):
        if text := _text(entry, where):
            return amounts.day(text)
    raise InvalidRequest("it has no day")


def _reference(entry: Node, part: Node) -> str:
    pieces = [_joined(_texts(part, f"RmtInf/{name}")) for name in _REMITTANCE]
    pieces += [text for text in (_text(part, "Refs/EndToEndId"),) if is_number(text)]
    pieces.append(_text(part, "AddtlTxInf"))
    said = [piece for piece in pieces if piece]
    return one_line(" ".join(said)) or one_line(_text(entry, "AddtlNtryInf"))


def _joined(lines: list[str]) -> str:
    text = ""
    for line in lines:
        text += line if len(line) in _FULL else f"{line} "
    return text.strip()


def _payer(part: Node) -> str | None:
    names = (_text(part, f"RltdPties/{where}") for where in _PAYERS)
    return next((one_line(name) for name in names if name), None)


def _all(node: Node, path: str) -> list[Node]:
    """Descendants by the names of elements, whatever their namespace."""
    found = [node]
    for name in path.split("/"):
        found = [child for one in found for child in one if etree.QName(child).localname == name]
    return found


def _one(node: Node, path: str) -> Node:
    found = _all(node, path)
    if not found:
        raise InvalidRequest(f"it has no {path}")
    return found[0]


def _texts(node: Node, path: str) -> list[str]:
    return [text for one in _all(node, path) if (text := (one.text or "").strip())]


def _text(node: Node, path: str) -> str:
    return next(iter(_texts(node, path)), "")
