"""Pure: how a method is called, how long it lasts, and what is no token of one."""

import re
from datetime import date, timedelta
from typing import Final, Literal

from shared.errors import InvalidRequest

Lasts = Literal["past", "soon", "ahead"]

_KINDS: Final = {"card": "card", "bank_account": "bank account", "sepa": "SEPA debit"}
_SOON: Final = timedelta(days=31)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{4,255}")
_GAPS: Final = re.compile(r"[\s.-]+")
_CARD: Final = re.compile(r"[0-9]{12,19}")
_IBAN: Final = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30}")


def called(kind: str, brand: str | None, last_four: str | None) -> str:
    """`visa ...4242`, and `SEPA debit ...3000` where no brand is known."""
    name = brand or _KINDS[kind]
    return f"{name} ...{last_four}" if last_four else name


def ends_on(month: int | None, year: int | None) -> date | None:
    """The first day on which a card is no longer valid; it is valid all of its month."""
    if month is None or year is None:
        return None
    return date(year + month // 12, month % 12 + 1, 1)


def lasts(month: int | None, year: int | None, today: date) -> Lasts:
    ends = ends_on(month, year)
    if ends is None or today < ends - _SOON:
        return "ahead"
    return "soon" if today < ends else "past"


def token(typed: str) -> str:
    """Raises InvalidRequest, which repeats nothing: it may be the number of a card or an account."""
    text = typed.strip()
    whole = _GAPS.sub("", text)
    if _CARD.fullmatch(whole) or _is_iban(whole):
        raise InvalidRequest(
            "that is the number of a card or an account, and Lectern takes none",
            "let its owner type it on the provider's page: lectern-admin method link EMAIL",
        )
    if not _TOKEN.fullmatch(text):
        raise InvalidRequest(
            "that is no token of a provider", "copy it from there: it is one word, such as pm_1PqR..."
        )
    return text


def _is_iban(text: str) -> bool:
    """By its check digits, for a token may look like one."""
    if not _IBAN.fullmatch(text):
        return False
    digits = "".join(str(int(sign, 36)) for sign in text[4:] + text[:4])
    return int(digits) % 97 == 1
