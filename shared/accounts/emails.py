"""Pure: e-mail addresses, and when two of them are one person's."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from shared.errors import InvalidRequest
from shared.one_line import one_line
from shared.visible import visible

MOST_CHARACTERS = 255
_BROKEN = {"\ufffd"}


class Address(NamedTuple):
    """An address as it is shown, and what is equal for addresses that are taken for one."""

    email: str
    key: str


def address(text: str, *, internal: bool = False) -> Address:
    """The address that was typed; names such as `host.local` only where they are `internal`.

    Nothing is asked of the network. Raises InvalidRequest.
    """
    if not text.isascii() and (_BROKEN & set(text) or not _is_text(text)):
        raise InvalidRequest(
            "this is no e-mail address (it holds half a character)", "type it in a UTF-8 terminal"
        )
    typed = visible(text).strip()
    if len(typed) > MOST_CHARACTERS:
        raise InvalidRequest(f"an e-mail address has at most {MOST_CHARACTERS} characters", "shorten it")
    try:
        with _special_names(allowed=internal):
            found = validate_email(typed, check_deliverability=False, globally_deliverable=not internal)
    except EmailNotValidError as error:
        allowed = not internal and _is_address(text, internal=True)
        hint = "correct it" + (", or allow names of your own network by --internal-domain" if allowed else "")
        raise InvalidRequest(
            f"this is no e-mail address ({one_line(str(error)).rstrip('.')})", hint
        ) from None
    if len(found.normalized) > MOST_CHARACTERS:
        raise InvalidRequest(f"an e-mail address has at most {MOST_CHARACTERS} characters", "shorten it")
    return Address(found.normalized, key_of(found.local_part, found.ascii_domain))


def address_or_none(said: object) -> Address | None:
    """Of what somebody else says is one; names of internal networks too."""
    try:
        return address(said, internal=True) if isinstance(said, str) else None
    except InvalidRequest:
        return None


@contextmanager
def _special_names(*, allowed: bool) -> Iterator[None]:
    """The library's own way to allow names such as `.local`: its list of them."""
    kept = SPECIAL_USE_DOMAIN_NAMES[:]
    if allowed:
        SPECIAL_USE_DOMAIN_NAMES.clear()
    try:
        yield
    finally:
        SPECIAL_USE_DOMAIN_NAMES[:] = kept


def _is_address(text: str, *, internal: bool) -> bool:
    try:
        address(text, internal=internal)
    except InvalidRequest:
        return False
    return True


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def key_of(local: str, ascii_domain: str) -> str:
    """By compatibility forms, small letters and the ASCII form of the domain."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", local).casefold())
    return f"{folded}@{ascii_domain.casefold()}"
