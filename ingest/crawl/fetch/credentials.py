"""Credentials for private documentation: where they are found, and that they reach one host only."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.crawl.addresses.urls import origin
from shared.errors import InvalidRequest

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_OURS = re.compile(
    # what belongs to the connection, to the message, or to the crawl itself
    r"host|connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|expect|content-.*"
    r"|user-agent|accept-encoding|range|if-.*",
    re.IGNORECASE,
)
_PLACE = re.compile(r"((?:[\w.-]+ +)?(?:[^\s$]*[=:])?)(?:\$\{(\w+)\}|\$(\w+)|@(.+))")
"""A place to find the value at, after a word such as `Bearer` and what ends in a colon or an equals sign."""
_VALUE = re.compile(r"[\x20-\x7e]{1,8000}")
_FORM = "write --header 'Name: $VARIABLE' or --header 'Name: @FILE', in single quotes"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Request headers for one origin (scheme, host and port). Their values are never shown."""

    origin: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def headers_for(self, url: str) -> Mapping[str, str]:
        """What is sent with a request for a normalised URL."""
        return self.headers if self.headers and origin(url) == self.origin else {}

    def has(self, name: str) -> bool:
        """Whether a header of this name is among them."""
        return name.lower() in map(str.lower, self.headers)

    def advice(self, url: str) -> str:
        """What to do where a normalised URL asks who we are."""
        if not self.headers:
            return "needs credentials: --header"
        if origin(url) != self.origin:
            return f"credentials are sent to {self.origin} only"
        return "the credentials of --header do not suffice"


def find_credentials(url: str, specifications: Iterable[str], environment: Mapping[str, str]) -> Credentials:
    """The credentials for the origin of a normalised URL.

    A specification is `Name: $VARIABLE` or `Name: @FILE`, with a word such as `Bearer` before it if need be.
    A value in the open is refused: other users of the machine see it in the list of processes. Raises
    InvalidRequest that names the header and never shows a value.
    """
    found: dict[str, str] = {}
    for specification in specifications:
        name, value = _find(specification, environment)
        if name.lower() in map(str.lower, found):
            raise InvalidRequest(f"--header names {name} twice", "name it once")
        found[name] = value
    return Credentials(origin(url), found)


def _find(specification: str, environment: Mapping[str, str]) -> tuple[str, str]:
    name, colon, place = (part.strip() for part in specification.partition(":"))
    if not colon or not _NAME.fullmatch(name):
        raise InvalidRequest("--header has no name of a header before a colon", _FORM)
    if _NOT_OURS.fullmatch(name):
        raise InvalidRequest(f"--header cannot set {name}", "leave it to the crawl")
    match = _PLACE.fullmatch(place)
    if match is None:
        raise InvalidRequest(
            f"--header gives the value of {name} in the open, where the list of processes shows it", _FORM
        )
    before, braced, plain, path = match.groups()
    secret = _read(name, path) if path else _variable(name, braced or plain, environment)
    value = f"{before}{secret}"
    scheme, _, pair = value.partition(" ")
    if scheme.lower() == "basic" and ":" in pair:
        value = f"{scheme} {base64.b64encode(pair.strip().encode()).decode()}"
    if not _VALUE.fullmatch(value):
        raise InvalidRequest(
            f"the value of {name} is not one line of plain characters", "correct what --header names"
        )
    return name, value


def _variable(name: str, variable: str, environment: Mapping[str, str]) -> str:
    value = environment.get(variable, "").strip()
    if not value:
        raise InvalidRequest(
            f"--header takes {name} from ${variable}, which is not set", f"export {variable}"
        )
    return value


def _read(name: str, path: str) -> str:
    try:
        value = Path(path).expanduser().read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "").lower() if isinstance(error, OSError) else "not text"
        raise InvalidRequest(
            f"--header takes {name} from {path}, which cannot be read ({reason})", "name a readable file"
        ) from None
    if not value:
        raise InvalidRequest(f"--header takes {name} from {path}, which is empty", "write the value into it")
    return value
