"""Pure: what Wise answers of our balances, as values. Its documentation: api-reference/balance and balance-statement.

Raises ProviderStopped for what that does not have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from shared.billing.money import DIGITS, MOST
from shared.billing.payments.port import BalanceLine, Transfer
from shared.errors import ProviderStopped
from shared.one_line import one_line

_INCOMING: Final = ("DEPOSIT", "TRANSFER", "UNKNOWN")
"""Credits that others sent; all else is between our own balances, of cards, or Wise's interest."""
_MOST_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction of one balance. `net` is signed, and what Wise took is off it; `after` is in the balance then."""

    number: str
    is_credit: bool
    kind: str
    net: Decimal
    fee: Decimal
    currency: str
    after: Decimal
    at: datetime
    reference: str
    payer: str | None

    @property
    def is_incoming(self) -> bool:
        return self.is_credit and self.kind in _INCOMING and self.net + self.fee > 0

    @property
    def transfer(self) -> Transfer:
        """What its payer sent: Wise's fee is ours."""
        return Transfer(
            self.number, self.net + self.fee, self.currency, self.reference, self.at, payer=self.payer
        )

    @property
    def line(self) -> BalanceLine:
        """Wise does not say what we sent money for: all but what others sent is an adjustment."""
        side = "credit" if self.is_credit else "debit"
        return BalanceLine(
            f"{self.number}/{side}/{self.currency}",  # both sides of a conversion have one number
            "payment" if self.is_incoming else "adjustment",
            self.net + self.fee,
            self.fee,
            self.currency,
            self.at,
            source=self.number if self.is_incoming else None,
        )


def balances(said: Any) -> list[tuple[str, str]]:
    """The id of each, and its currency, where that is one that we know."""
    found = [(_text(one, "id"), _text(one, "currency")) for one in _rows(said, "balances")]
    return [(balance, currency) for balance, currency in found if currency in DIGITS]


def entries(said: Any) -> list[Entry]:
    """Of a statement, the oldest first."""
    found = _rows(said.get("transactions") if isinstance(said, dict) else None, "transactions")
    return sorted(map(_entry, found), key=lambda entry: entry.at)


def odd(what: str) -> ProviderStopped:
    return ProviderStopped(
        f"Wise answers {what}, which its documentation does not have",
        "match by a file until then: lectern-admin payment match --statement FILE --provider wise",
    )


def _entry(row: Mapping[str, Any]) -> Entry:
    side = row.get("type")
    if side not in ("CREDIT", "DEBIT"):
        raise odd(f"a transaction that is {one_line(str(side))[:40]}")
    details = row.get("details")
    details = details if isinstance(details, dict) else {}
    payer = details.get("senderName")
    amount = _amount(row, "amount")
    if row["amount"].get("currency") not in DIGITS:
        raise odd("a transaction without its currency")
    return Entry(
        number=_text(row, "referenceNumber"),
        is_credit=side == "CREDIT",
        kind=str(details.get("type")),
        net=amount,
        fee=_amount(row, "totalFees"),
        currency=row["amount"]["currency"],
        after=_amount(row, "runningBalance"),
        at=_date(row),
        reference=one_line(str(details.get("paymentReference") or details.get("description") or "")),
        payer=one_line(str(payer)) if payer else None,
    )


def _amount(row: Mapping[str, Any], name: str) -> Decimal:
    found = row.get(name)
    value = found.get("value") if isinstance(found, dict) else None
    if not isinstance(value, int | Decimal) or isinstance(value, bool) or abs(Decimal(value)) > MOST:
        raise odd(f"a transaction without {name}")
    return Decimal(value)


def _date(row: Mapping[str, Any]) -> datetime:
    try:
        read = datetime.fromisoformat(row["date"])
    except (KeyError, TypeError, ValueError):
        raise odd("a transaction without its date") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _rows(found: Any, what: str) -> list[Mapping[str, Any]]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise odd(f"no list of {what}")
    return found


def _text(row: Mapping[str, Any], name: str) -> str:
    found = row.get(name)
    if not isinstance(found, int | str) or isinstance(found, bool) or not 0 < len(str(found)) <= _MOST_ID:
        raise odd(f"something without its {name}")
    return str(found)
