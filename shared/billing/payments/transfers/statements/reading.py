"""Pure: a file of a bank becomes its transfers, whatever kind of statement it is."""

from datetime import UTC, datetime
from typing import Final

from shared.billing.payments.transfers.statements import camt, table
from shared.billing.payments.transfers.statements.statement import Statement
from shared.errors import InvalidRequest

EVER: Final = datetime.max.replace(tzinfo=UTC)
MOST_BYTES: Final = 64 << 20
_HINT: Final = "export CAMT.053 or CSV from the bank"
_OTHERS: Final = {
    b"PK\x03\x04": "an archive or a spreadsheet",
    b"\x1f\x8b": "an archive",
    b"\xd0\xcf\x11\xe0": "a spreadsheet",
    b"%PDF": "a PDF",
    b":20:": "MT940",
    b"{1:": "MT940",
    b"OFXHEADER": "OFX",
}


def read(body: bytes, currency: str | None = None, *, latest: datetime = EVER) -> Statement:
    """`currency` is the account's, where its file does not say it; what came after `latest` is bad.

    Raises InvalidRequest for what is no statement.
    """
    if len(body) > MOST_BYTES:
        raise InvalidRequest(f"it has more than {MOST_BYTES >> 20} MiB", "export a shorter time")
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise InvalidRequest("it is empty", _HINT)
    for begins, kind in _OTHERS.items():
        if start.startswith(begins):
            raise InvalidRequest(f"it is {kind}", _HINT)
    if start.startswith(b"<"):
        return camt.read(start, latest)
    if body[:4] in (b"\xff\xfe<\0", b"\xfe\xff\0<"):
        return camt.read(body, latest)
    return table.read(body, currency, latest)
