"""Who a firm's customers are: how each pays, and what they do on a day; all of it follows from a seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from bench.payments.chance import chance, pick
from shared.billing.money import rounded

Kind = Literal["good", "weak", "stolen", "asks", "debit", "page", "transfer", "none", "expiring"]
_LIKELY: Final[Mapping[Kind, int]] = {
    "good": 5,
    "weak": 3,
    "stolen": 2,
    "asks": 3,
    "debit": 3,
    "page": 2,
    "transfer": 3,
    "none": 1,
    "expiring": 1,
}
_KINDS: Final[Sequence[Kind]] = [kind for kind, times in _LIKELY.items() for _ in range(times)]
FIRST_DAYS: Final = 10
"""All subscribe within these."""


@dataclass(frozen=True, slots=True)
class Person:
    place: int
    user_id: UUID
    email: str
    currency: str
    kind: Kind

    @property
    def has_method(self) -> bool:
        return self.kind not in ("page", "transfer", "none")


def people(seed: int, users: Sequence[tuple[UUID, str]]) -> list[Person]:
    """Every kind is among the first ones."""
    found = []
    for place, (user_id, currency) in enumerate(users):
        kind = _KINDS[place] if place < len(_KINDS) else pick(_KINDS, seed, "kind", place)
        code = "EUR" if kind == "debit" else currency
        found.append(Person(place, user_id, f"user{place}@example.org", code, kind))
    return found


def transferred(
    seed: int, person: Person, day: datetime, bills: Sequence[tuple[str, Decimal]]
) -> tuple[Decimal, str]:
    """What somebody sends for the first of these invoices, or for two, and what they write on it."""
    [number, due], drawn = bills[0], chance(seed, "sends", person.place, day)
    if drawn < 0.12:
        return rounded(due / 2, person.currency) or due, number
    if drawn < 0.22:
        return rounded(due * Decimal("1.25"), person.currency), f"invoice {number}, thanks"
    if drawn < 0.3:
        return due, pick(("thanks", "LECT-2019-999999", "for the invoice"), seed, "writes", person.place, day)
    if len(bills) > 1:
        return due + bills[1][1], f"{number} {bills[1][0]}"
    return due, number.lower().replace("-", " ") if drawn > 0.8 else number
