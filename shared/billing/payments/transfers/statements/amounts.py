"""Pure: amounts and days as banks write them."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from shared.billing import money
from shared.errors import InvalidRequest

_SPACES = re.compile(r"[\s'’]")
_SIGNS: Final = {"€": "EUR", "$": "USD", "£": "GBP", "EUROS": "EUR", "EURO": "EUR"}
_MINUS: Final = str.maketrans("−–—", "---")
_SIDES: Final = {"S": -1, "D": -1, "DR": -1, "DB": -1, "H": 1, "C": 1, "CR": 1}
"""Debit and credit behind a number: Soll and Haben, debit and credit."""
_YEARS: Final = range(1990, 2100)
"""Of transfers. Others are mistakes, and near the ends of the calendar no zone could show them."""
_BANK_NOON: Final = time(12, tzinfo=UTC)
_DAY = re.compile(r"(\d{1,4})([-./ ])(\d{1,2})\2(\d{2,4})(?:[T ,]+(.+))?")
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/\d{2,4}\b")


def currency_in(text: str) -> str | None:
    """The code of a currency that stands in it as a word, or its sign."""
    words: list[str] = re.findall(r"[A-Z]{3,5}|[€$£]", text.upper())
    codes = (_SIGNS.get(word, word) for word in words)
    return next((code for code in codes if code in money.DIGITS), None)


def decimal_mark(texts: Iterable[str]) -> str | None:
    """Which of comma and point begins the decimals, where a column of amounts shows it."""
    marks = {mark for text in texts if (mark := _mark(_bare(text)[0]))}
    return marks.pop() if len(marks) == 1 else None


def amount(text: str, mark: str | None, code: str) -> Decimal:
    """In the currency of this code, with its sign, wherever it stands. `mark` begins decimals, where that is known.

    Where nothing shows what a mark is, three digits behind one are thousands. Raises InvalidRequest.
    """
    typed = text.strip()[:40]
    bare, sign = _bare(text)
    mark = mark or _mark(bare)
    if mark is None and re.search("[.,]", bare) and money.DIGITS[code] == 3:
        raise InvalidRequest(f"{typed!r} may be thousands, or have decimals")
    thousands, decimals = {",": ("[.]", "[,]"), ".": ("[,]", "[.]"), None: ("[.,]", "#")}[mark]
    number = rf"([0-9]{{1,3}}({thousands}[0-9]{{3}})+|[0-9]*)({decimals}[0-9]+)?"
    if not bare or not re.fullmatch(number, bare):
        raise InvalidRequest(f"{typed!r} is no amount")
    read = Decimal(re.sub(thousands, "", bare).replace(",", ".")) * sign
    if abs(read) > money.MOST:
        raise InvalidRequest(f"{typed!r} is no amount that anybody pays")
    if money.rounded(read, code) != read:
        raise InvalidRequest(f"{code} has {money.decimals(code)}, and {typed} has more")
    return money.rounded(read, code)


def month_first(texts: Iterable[str]) -> bool:
    """Whether days with slashes have the month first: one of them can be nothing else."""
    pairs = [(int(found[1]), int(found[2])) for text in texts if (found := _MONTH_FIRST.match(text.strip()))]
    return any(second > 12 >= first for first, second in pairs) and not any(first > 12 for first, _ in pairs)


def day(text: str, *, month_first: bool = False) -> datetime:
    """An instant, or noon of a day, which is that day nearly everywhere. Raises InvalidRequest."""
    read = _day(text.strip(), month_first=month_first)
    if read is None:
        raise InvalidRequest(f"{text.strip()[:40]!r} is no date")
    if read.year not in _YEARS:
        raise InvalidRequest(f"{text.strip()[:40]!r} is no date of a transfer")
    return read


def came(at: datetime, latest: datetime) -> datetime:
    """Raises InvalidRequest for what is to come."""
    if at > latest:
        raise InvalidRequest(f"{at:%Y-%m-%d} is to come")
    return at


def _day(wanted: str, *, month_first: bool) -> datetime | None:
    try:
        if len(wanted) > 10 and wanted[4:5] == "-":
            read = datetime.fromisoformat(wanted)
            return read if read.tzinfo else read.replace(tzinfo=UTC)
        if re.fullmatch(r"\d{8}", wanted):
            return _noon(int(wanted[:4]), int(wanted[4:6]), int(wanted[6:]))
        if found := _DAY.fullmatch(wanted):
            first, mark, second, third = found.group(1, 2, 3, 4)
            if len(first) == 4:
                return _noon(int(first), int(second), int(third))
            numbers = int(first), int(second)
            days, months = reversed(numbers) if month_first and mark == "/" else numbers
            return _noon(int(third) + (2000 if len(third) == 2 else 0), months, days)
    except ValueError:
        pass
    return None


def _noon(year: int, month: int, of_month: int) -> datetime:
    return datetime.combine(date(year, month, of_month), _BANK_NOON)


def _bare(text: str) -> tuple[str, int]:
    """Digits and marks, and the sign."""
    found = _SPACES.sub("", text.translate(_MINUS)).upper()
    code = currency_in(text)
    for word in (*_SIGNS, *([code] if code else [])):
        found = found.replace(word, "")
    sign = 1
    side = re.fullmatch(r"(.*[0-9])([A-Z]{1,2})", found)
    if side and side[2] in _SIDES:
        found, sign = side[1], _SIDES[side[2]]
    if found.startswith("(") and found.endswith(")"):
        found, sign = found[1:-1], -1
    if found.endswith(("-", "+")):
        found = found[-1] + found[:-1]
    if found.startswith(("-", "+")):
        sign *= -1 if found[0] == "-" else 1
        found = found[1:]
    return found, sign


def _mark(bare: str) -> str | None:
    """The mark before decimals, where one number shows it."""
    marks = re.sub(r"[^.,]", "", bare)
    if not marks:
        return None
    last = bare[max(bare.rfind("."), bare.rfind(",")) + 1 :]
    if len(set(marks)) == 2:
        return marks[-1] if marks.count(marks[-1]) == 1 else None
    if len(marks) > 1:
        return "," if marks[0] == "." else "."  # it parts thousands
    return marks if len(last) != 3 else None
