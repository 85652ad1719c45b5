"""Pure: what a call that cannot be answered is answered: a status, headers, and one line for a person."""

from dataclasses import dataclass, field

from mcp_server.gate import Miss
from mcp_server.refusals import Refused
from shared.errors import AnswerLate, LecternError
from shared.model.account import Refusal

_STATUS: dict[Refusal, tuple[int, str]] = {
    "key": (401, "invalid_api_key"),
    "user": (403, "account_disabled"),
    "unavailable": (503, "unavailable"),
}
_LIMIT = (429, "rate_limited")
_STRANGERS = "too many unknown keys came from your network: send a valid one, or try again in 15 minutes"
MISSES: dict[Miss, tuple[int, str]] = {
    "request": (400, "bad_request"),
    "library": (404, "library_not_found"),
    "version": (404, "version_not_found"),
}
"""What is no answer; that nothing was found for a question is one."""
_AGAIN_SECONDS = 5
"""When to try again where nobody can know it."""


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    error: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)


def problem(error: LecternError) -> Problem:
    """Of a call that ended with this error."""
    if not isinstance(error, Refused):
        status, name = (504, "late") if isinstance(error, AnswerLate) else (503, "unavailable")
        return Problem(status, name, _said(name), {"Retry-After": str(_AGAIN_SECONDS)})
    denied = error.denied
    if denied.refused_by == "key" and denied.retry_after_seconds:
        return Problem(*_LIMIT, _STRANGERS, {"Retry-After": str(denied.retry_after_seconds)})
    status, name = _STATUS.get(denied.refused_by, _LIMIT)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        wait = str(denied.retry_after_seconds or _AGAIN_SECONDS)
        headers["Retry-After"] = wait
        if denied.limit is not None:
            headers |= {
                "RateLimit-Limit": str(denied.limit),
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": wait,
            }
    return Problem(status, name, error.line, headers)


def _said(name: str) -> str:
    """What is broken is the operator's to read, in the log."""
    why = "the answer takes too long" if name == "late" else "this service cannot answer now"
    return f"{why}: try again in a moment"
