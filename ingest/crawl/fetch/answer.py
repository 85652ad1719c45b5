"""Values: what a server answered, and on which condition to request it again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_SENDABLE = re.compile(r"[\x20-\x7e]{1,1000}")
"""Validators of any other kind are not kept: they could not be sent back as they came."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of an answer that it gave, to request it again unless that still holds (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def conditions(self) -> dict[str, str]:
        """The headers of a conditional request; none if there is nothing to go by."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in said.items() if value and _SENDABLE.fullmatch(value)}


@dataclass(frozen=True, slots=True)
class Known:
    """A page as an earlier crawl kept it. `content` is equal where two pages say the same."""

    validators: Validators
    content: bytes
    unwanted: str = ""
    """Why it was not kept, by what it says itself."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of status 200, or of 304 to a conditional request. `url` is where it was found, normalised."""

    url: str
    body: bytes
    content_type: str
    """Lower case, without parameters; empty if the server does not say."""
    charset: str | None
    headers: Mapping[str, str]
    """Case-insensitive."""
    redirects: tuple[str, ...] = ()
    """The URLs that were requested before `url`."""
    attempts: int = 1
    not_modified: bool = False
    """What was there before still holds; `body` is empty."""

    @property
    def etag(self) -> str | None:
        return _sendable(self.headers.get("ETag"))

    @property
    def last_modified(self) -> str | None:
        return _sendable(self.headers.get("Last-Modified"))

    @property
    def validators(self) -> Validators:
        return Validators(self.etag, self.last_modified)


def _sendable(value: str | None) -> str | None:
    return value if value and _SENDABLE.fullmatch(value) else None
