"""Files as banks write them, made for tests: no real bank's, but in the shapes that banks and versions differ in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

IBAN = "DE02120300000000202051"


@dataclass(frozen=True, slots=True)
class Paid:
    """What somebody sent, whichever file tells it."""

    amount: str
    reference: str
    on: date = date(2026, 11, 30)
    payer: str = "Ada Lovelace"
    number: str = ""
    currency: str = "EUR"


def camt(
    *entries: str, version: str = "08", prefix: str = "", statements: int = 1, account: str = IBAN
) -> bytes:
    """A document of these entries, in as many statements."""
    names = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    begins = f"<Stmt><Id>{{at}}</Id><Acct><Id><IBAN>{account}</IBAN></Id></Acct>"
    shares = [entries[at::statements] for at in range(statements)]
    body = "".join(f"{begins.format(at=at)}{''.join(some)}</Stmt>" for at, some in enumerate(shares))
    head = "<GrpHdr><MsgId>1</MsgId></GrpHdr>"
    text = f'<Document xmlns="{names}"><BkToCstmrStmt>{head}{body}</BkToCstmrStmt></Document>'
    if prefix:
        text = text.replace("</", "\0").replace("<", f"<{prefix}:").replace("\0", f"</{prefix}:")
        text = text.replace(' xmlns="', f' xmlns:{prefix}="')
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def entry(
    paid: Paid,
    *details: str,
    side: str = "CRDT",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    more: str = "",
    listed: str = "",
    day: str | None = None,
) -> str:
    """One that is booked, with the details of what it is made of."""
    number = f"<AcctSvcrRef>{paid.number}</AcctSvcrRef>" if paid.number else ""
    inside = f"<NtryDtls>{''.join(details)}</NtryDtls>" if details else ""
    booked = day if day is not None else f"<BookgDt><Dt>{paid.on}</Dt></BookgDt>"
    return (
        f"<Ntry>{f'<NtryRef>{listed}</NtryRef>' if listed else ''}"
        f'<Amt Ccy="{paid.currency}">{paid.amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}{status}'
        f"{booked}{number}{inside}</Ntry>"
    )


def details(
    paid: Paid,
    *,
    amount: bool = False,
    structured: bool = False,
    end_to_end: str = "NOTPROVIDED",
    party: str = "Dbtr/Pty",
    broken_at: int | None = None,
) -> str:
    """A transaction. Its text is broken into lines of so many signs, as some banks do."""
    width = broken_at or max(1, len(paid.reference))
    lines = [paid.reference[at : at + width] for at in range(0, len(paid.reference), width)]
    text = "".join(f"<Ustrd>{escape(line)}</Ustrd>" for line in lines)
    if structured:
        text = f"<Strd><CdtrRefInf><Ref>{escape(paid.reference)}</Ref></CdtrRefInf></Strd>"
    refs = f"<AcctSvcrRef>{paid.number}</AcctSvcrRef>" if paid.number and amount else ""
    names = party.split("/")
    who = "".join(f"<{name}>" for name in names) + f"<Nm>{escape(paid.payer)}</Nm>"
    who += "".join(f"</{name}>" for name in reversed(names))
    own = f'<Amt Ccy="{paid.currency}">{paid.amount}</Amt>' if amount else ""
    return (
        f"<TxDtls><Refs>{refs}<EndToEndId>{escape(end_to_end)}</EndToEndId></Refs>{own}"
        f"<RltdPties>{who}</RltdPties><RmtInf>{text}</RmtInf></TxDtls>"
    )


def camt_of(paid: Sequence[Paid], *, version: str = "08") -> bytes:
    """Each as an entry of its own."""
    party, status = (
        ("Dbtr", "<Sts>BOOK</Sts>") if version == "02" else ("Dbtr/Pty", "<Sts><Cd>BOOK</Cd></Sts>")
    )
    return camt(*(entry(one, details(one, party=party), status=status) for one in paid), version=version)


def batch(paid: Sequence[Paid], number: str = "B1", *, of_parts: bool = True, charged: str = "0") -> str:
    """Several in one entry."""
    total = sum((Decimal(one.amount) for one in paid), Decimal(0)) - Decimal(charged)
    whole = Paid(f"{total:f}", "", paid[0].on, number=number, currency=paid[0].currency)
    cost = (
        f'<Chrgs><Rcrd><Amt Ccy="{whole.currency}">{charged}</Amt></Rcrd></Chrgs>' if charged != "0" else ""
    )
    return entry(whole, *(details(one, amount=of_parts) for one in paid), more=cost)


def german(paid: Sequence[Paid], encoding: str = "cp1252") -> bytes:
    """With lines above the names, decimal commas and a line of sums."""
    rows = [
        '"Girokonto";"DE02120300000000202051"',
        '"Kontostand vom 30.11.2026:";"1.234,56 €"',
        '""',
        "Buchungstag;Wertstellung;Status;Zahlungspflichtige*r;Verwendungszweck;Betrag (€)",
        *(
            f'"{one.on:%d.%m.%y}";"{one.on:%d.%m.%y}";"Gebucht";"{one.payer}";"{one.reference}";"{_comma(one)}"'
            for one in paid
        ),
        '"";"";"";"";"Summe";""',
    ]
    return "\r\n".join(rows).encode(encoding)


def french(paid: Sequence[Paid]) -> bytes:
    """Debit and credit apart."""
    rows = ["Date opération;Date valeur;Libellé;Débit euros;Crédit euros"]
    rows += [
        f"{one.on:%d/%m/%Y};{one.on:%d/%m/%Y};{one.payer} {one.reference};;{_comma(one)}" for one in paid
    ]
    return "\n".join(rows).encode("utf-8-sig")


def english(paid: Sequence[Paid]) -> bytes:
    rows = ["Date\tType\tCounterparty\tReference\tAmount\tCurrency"]
    rows += [
        f"{one.on}\tTransfer\t{one.payer}\t{one.reference}\t{one.amount}\t{one.currency}" for one in paid
    ]
    return "\n".join(rows).encode()


WISE_NAMES = (
    '"TransferWise ID",Date,"Date Time",Amount,Currency,Description,"Payment Reference","Running Balance",'
    '"Exchange From","Exchange To","Exchange Rate","Payer Name","Payee Name","Payee Account Number",Merchant,'
    '"Card Last Four Digits","Card Holder Full Name",Attachment,Note,"Total fees","Exchange To Amount",'
    '"Transaction Type","Transaction Details Type"'
)


def wise(paid: Sequence[Paid], kind: str = "DEPOSIT", fee: str = "0.00") -> bytes:
    """As Wise exports a balance, by the names of its columns."""
    rows = [
        f"{one.number},{one.on:%d-%m-%Y},{one.on:%d-%m-%Y} 10:00:00.000,{one.amount},{one.currency},"
        f'"Received money from {one.payer} with reference {one.reference}","{one.reference}",100.00,,,,'
        f"{one.payer},,,,,,,,{fee},,{'DEBIT' if one.amount.startswith('-') else 'CREDIT'},{kind}"
        for one in paid
    ]
    return "\n".join([WISE_NAMES, *rows]).encode()


def _comma(one: Paid) -> str:
    return f"{Decimal(one.amount):,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")
