"""Pure: which columns of a bank's CSV are what, by the names that banks give them (columns.toml)."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

from shared.billing.payments.transfers.statements.amounts import currency_in


class Role(StrEnum):
    """What a column has: as columns.toml says."""

    DATE = "date"
    AMOUNT = "amount"
    CREDIT = "credit"
    DEBIT = "debit"
    SIDE = "side"
    CURRENCY = "currency"
    REFERENCE = "reference"
    PAYER = "payer"
    NUMBER = "number"
    STATUS = "status"
    FEE = "fee"
    KIND = "kind"
    WISE = "wise"


_NAMES: Final[Mapping[str, Sequence[str]]] = tomllib.loads(
    files("shared.billing.payments.transfers.statements").joinpath("columns.toml").read_text("utf-8")
)
_IDLE: Final = {"in", "en", "de", "euro", "euros"}
"""Words at the end of a name that are about the currency."""
_PARTS = re.compile(r"(?:verwendungszweck|beschreibung|description) ?\d+")
"""A reference in several columns."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns have a role, the best name first, and the currency that the names of the amounts say."""

    roles: Mapping[Role, tuple[int, ...]]
    currency: str | None

    @property
    def has_money(self) -> bool:
        return Role.AMOUNT in self.roles or Role.CREDIT in self.roles

    @property
    def money(self) -> tuple[int, ...]:
        """Where amounts are."""
        wanted = (Role.AMOUNT, Role.CREDIT, Role.DEBIT)
        return tuple(self.roles[role][0] for role in wanted if role in self.roles)

    def cells(self, row: Sequence[str], role: Role) -> list[str]:
        """What a row has of it, in the order of the names; none of what is empty."""
        found = (row[at].strip() for at in self.roles.get(role, ()) if at < len(row))
        return [cell for cell in found if cell]

    def cell(self, row: Sequence[str], role: Role) -> str:
        return next(iter(self.cells(row, role)), "")


def columns(row: Sequence[str]) -> Columns:
    """Of a row that may be the one with the names."""
    plain = [_plain(name) for name in row]
    roles: dict[Role, tuple[int, ...]] = {}
    for role in Role:
        found = [plain.index(name) for name in _NAMES[role] if name in plain]
        if role is Role.REFERENCE:
            found += [at for at, name in enumerate(plain) if _PARTS.fullmatch(name)]
        if found:
            roles[role] = tuple(dict.fromkeys(found))
    paid = (row[at] for role in (Role.AMOUNT, Role.CREDIT) for at in roles.get(role, ()))
    return Columns(roles, next((code for name in paid if (code := currency_in(name))), None))


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(sign for sign in folded if not unicodedata.combining(sign))
    words = re.sub(r"[^a-z0-9]+", " ", letters).split()
    code = (currency_in(name) or "").casefold()
    while len(words) > 1 and (words[-1] in _IDLE or words[-1] == code):
        words.pop()
    return " ".join(words)
