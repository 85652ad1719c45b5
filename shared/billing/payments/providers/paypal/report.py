"""Pure: PayPal's list of transactions as payments, and as moves of our balance."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from shared.billing.payments.port import BalanceLine, Listed
from shared.billing.payments.providers.paypal import fit
from shared.billing.payments.providers.paypal.reading import instant, uuid_of

Json = dict[str, Any]
Kind = Literal["payment", "refund", "dispute", "fee", "payout", "adjustment"]

WINDOW: Final = timedelta(days=31)
"""As much as one request may ask for."""
LATE: Final = timedelta(days=7)
"""How long after it began a transaction may come to move the balance."""
_KINDS: Final[dict[str, Kind]] = {
    "T00": "payment",
    "T01": "fee",
    "T04": "payout",
    "T1106": "dispute",  # taken back by PayPal
    "T1107": "refund",
    "T1108": "fee",
    "T1110": "dispute",  # held while it is disputed
    "T1111": "dispute",  # no longer held
    "T12": "dispute",
}
"""By the code of the event: the longest beginning counts."""
_STATES: Final[dict[str, Literal["processing", "completed", "failed"]]] = {
    "S": "completed",
    "V": "completed",  # and went back
    "P": "processing",
    "D": "failed",
}
_BEFORE: Final = datetime(1970, 1, 1, tzinfo=UTC)


def windows(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + WINDOW, until)
        yield since, end
        since = end


def listed(transactions: Iterable[Json]) -> list[Listed]:
    """Payments to us, the oldest first. A payment may be listed twice: as it waits, and as it moves the balance."""
    found: dict[str, Json] = {}
    returned: dict[str, Decimal] = {}
    seen = set()
    for one in transactions:
        kind, amount = _kind(one), _amount(one)
        key = (one.get("transaction_id"), one.get("transaction_event_code"), one.get("transaction_status"))
        if key in seen:
            continue
        seen.add(key)
        if kind == "payment" and amount > 0:
            name = str(one["transaction_id"])
            if name not in found or found[name].get("transaction_status") == "P":
                found[name] = one
        elif kind in ("refund", "dispute") and one.get("transaction_status") in ("S", "V"):
            of = str(one.get("paypal_reference_id"))
            returned[of] = returned.get(of, Decimal(0)) - amount
    payments = [_listed(one, returned.get(name, Decimal(0))) for name, one in found.items()]
    return sorted(payments, key=lambda payment: (payment.at, payment.id))


def balance_lines(transactions: Iterable[Json]) -> list[BalanceLine]:
    """What moved the balance, the oldest first."""
    lines = {}
    for one in transactions:
        if one.get("transaction_status") not in ("S", "V") or not one.get("transaction_id"):
            continue
        code, amount, kind = str(one.get("transaction_event_code")), _amount(one), _kind(one)
        if kind == "payment" and amount < 0:
            kind = "adjustment"  # we paid somebody
        fee = -fit.read(one["fee_amount"])[0] if one.get("fee_amount") else Decimal(0)
        source = one.get("paypal_reference_id") if kind == "dispute" else one["transaction_id"]
        line = BalanceLine(
            id=f"{one['transaction_id']}/{code}",
            kind=kind,
            amount=amount,
            fee=fee,
            currency=fit.read(one["transaction_amount"])[1],
            at=_at(one),
            source=str(source) if source and kind in ("payment", "refund", "dispute") else None,
        )
        lines[line.id] = line
    return sorted(lines.values(), key=lambda line: (line.at, line.id))


def _listed(one: Json, refunded: Decimal) -> Listed:
    amount, currency = fit.read(one["transaction_amount"])
    return Listed(
        id=str(one["transaction_id"]),
        amount=amount,
        refunded=refunded,
        currency=currency,
        state=_STATES.get(str(one.get("transaction_status")), "processing"),
        at=_at(one),
        payment_id=uuid_of(one.get("custom_field")),
    )


def _kind(one: Json) -> Kind:
    code = str(one.get("transaction_event_code"))
    return _KINDS.get(code) or _KINDS.get(code[:3]) or "adjustment"


def _amount(one: Json) -> Decimal:
    return fit.read(one["transaction_amount"])[0] if one.get("transaction_amount") else Decimal(0)


def _at(one: Json) -> datetime:
    return instant(one.get("transaction_initiation_date")) or _BEFORE
