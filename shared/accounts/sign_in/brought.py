"""Pure: what a browser brings back from a provider, before anything of it is believed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.errors import SignInRefused

_STATE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE_OF_ERROR: Final = re.compile(r"[a-z_]{1,40}")
_MOST: Final = 4096
BEGIN_AGAIN: Final = "begin again"


@dataclass(frozen=True, slots=True)
class Brought:
    """`error` is a word; what the provider writes beside it could be anybody's."""

    state: str
    code: str | None
    issuer: str | None
    error: str | None


def read(parameters: Sequence[tuple[str, str]]) -> Brought:
    """Raises SignInRefused where it cannot be an answer to a sign-in of ours."""
    given: dict[str, str] = {}
    for name, value in parameters:
        if name in given and name in ("state", "code", "iss", "error"):
            raise SignInRefused("your browser brought two answers at once", BEGIN_AGAIN)
        given[name] = value
    if not _STATE.fullmatch(given.get("state", "")):
        raise SignInRefused("your browser brought an answer to no sign-in of ours", BEGIN_AGAIN)
    error = given.get("error")
    if error is not None and not _CODE_OF_ERROR.fullmatch(error):
        error = "unknown_error"
    code = given.get("code")
    if not error and not (code and len(code) <= _MOST and code.isprintable()):
        raise SignInRefused("your browser brought no code from the provider", BEGIN_AGAIN)
    return Brought(given["state"], code, given.get("iss"), error)
