"""Pure: e-mail addresses, and when two of them are one person's."""

import unicodedata
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from shared.errors import InvalidRequest
from shared.one_line import one_line
from shared.visible import visible

MOST_CHARACTERS = 255


class Address(NamedTuple):
    """An address as it is shown, and what is equal for addresses that are taken for one."""

    email: str
    key: str


def address(text: str, *, internal: bool = False) -> Address:
    """The address that was typed; names such as `host.local` only where they are `internal`.

    Nothing is asked of the network. Raises InvalidRequest.
    """
    typed = visible(text).strip()
    if len(typed) > MOST_CHARACTERS:
        raise InvalidRequest(f"an e-mail address has at most {MOST_CHARACTERS} characters", "shorten it")
    try:
        found = validate_email(typed, check_deliverability=False, globally_deliverable=not internal)
    except EmailNotValidError as error:
        hint = (
            "correct it"
            if internal
            else "correct it, or allow names of your own network by --internal-domain"
        )
        raise InvalidRequest(
            f"this is no e-mail address ({one_line(str(error)).rstrip('.')})", hint
        ) from None
    if len(found.normalized) > MOST_CHARACTERS:
        raise InvalidRequest(f"an e-mail address has at most {MOST_CHARACTERS} characters", "shorten it")
    return Address(found.normalized, key_of(found.local_part, found.ascii_domain))


def key_of(local: str, ascii_domain: str) -> str:
    """By compatibility forms, small letters and the ASCII form of the domain."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", local).casefold())
    return f"{folded}@{ascii_domain.casefold()}"
