"""What a caller reads whose call may not go on. Pure."""

from typing import Any

from shared.counted import counted
from shared.errors import LecternError
from shared.model.account import Denied, Refusal

_SAID: dict[Refusal, tuple[str, str]] = {
    "key": (
        "this API key is missing, unknown, revoked or expired",
        "set a valid one in LECTERN_API_KEY, or run `lectern-mcp login --key`; your operator creates keys",
    ),
    "user": ("the account of this API key is disabled", "ask your operator"),
    "concurrent": ("this account may run {} at once", "try again when one has ended"),
    "minute": ("this API key may make {} a minute", "try again in {wait}"),
    "day": ("this API key may make {} a day", "try again in {wait}"),
    "month_requests": (
        "this account may make {} a month",
        "try again in {wait}, or ask your operator for more",
    ),
    "month_tokens": ("this account may get {} a month", "try again in {wait}, or ask your operator for more"),
    "unavailable": (
        "limits cannot be counted now",
        "try again in a moment; `ingest doctor` shows what fails",
    ),
}
_UNITS: dict[Refusal, str] = {"month_tokens": "token"}
_STEPS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


class Refused(LecternError):
    """A call that may not go on. `data` is the same for a program."""

    def __init__(self, denied: Denied) -> None:
        self.denied = denied
        said, hint = _SAID[denied.refused_by]
        limit = counted(denied.limit or 0, _UNITS.get(denied.refused_by, "call"))
        super().__init__(said.format(limit), hint.format(wait=_wait(denied.retry_after_seconds or 0)))

    @property
    def data(self) -> dict[str, Any]:
        return {
            "refused_by": self.denied.refused_by,
            "limit": self.denied.limit,
            "retry_after_seconds": self.denied.retry_after_seconds,
        }


class BadKey(Refused):
    """A key that cannot be one, in the words of what is wrong with it."""

    def __init__(self, error: LecternError) -> None:
        super().__init__(Denied("key"))
        self.args = (str(error),)
        self.hint = error.hint


def _wait(seconds: int) -> str:
    """In the largest unit that fits twice, rounded up: 90 seconds, 3 minutes, 40 hours, 12 days."""
    size, unit = next(((size, unit) for size, unit in _STEPS if seconds >= 2 * size), _STEPS[-1])
    return counted(-(-seconds // size), unit)
