"""Pure: what a client says of itself, in the document at its address (CIMD) or as it registers (RFC 7591)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.accounts.oauth.redirects import checked_redirect
from shared.accounts.oauth.tokens import new_token
from shared.errors import InvalidUrl, OAuthRefused
from shared.one_line import one_line
from shared.visible import visible

KEY: Final = "key"
"""The scope of a key for a machine, of our own client alone."""
READ: Final = "read"
"""The scope of everything else: to read documentation as the person may."""
_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Client:
    """`host` is where its document lies; empty for what registered itself, whose name anybody may have given."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    host: str = ""

    @property
    def is_own(self) -> bool:
        return self.id == OWN.id

    @property
    def is_verified(self) -> bool:
        """Whether more than the client itself speaks for its name."""
        return self.is_own or bool(self.host)


OWN: Final = Client("lectern-mcp", "Lectern on the command line", ("http://127.0.0.1/callback",))
"""Of `lectern-mcp login`."""


_REGISTERED: Final = re.compile(r"lcl_[A-Za-z0-9_-]{43}")


def new_client_id(random: Callable[[int], bytes]) -> str:
    """Of one that registers itself."""
    return new_token("lcl_", random)


def is_registered(client_id: str) -> bool:
    """Whether it can be one of those."""
    return _REGISTERED.fullmatch(client_id) is not None


class _Metadata(BaseModel):
    """What of a client's metadata matters here; the rest is left alone."""

    model_config = ConfigDict(strict=True)

    client_id: str = ""
    client_name: str | None = None
    redirect_uris: list[str] = Field(min_length=1, max_length=20)
    token_endpoint_auth_method: str | None = None


def described(client_id: str, metadata: Any) -> Client:
    """By the document at its address. Raises OAuthRefused."""
    told = _read(metadata)
    if told.client_id != client_id:
        raise OAuthRefused("invalid_client", "the document at the client's address is about another client")
    if told.token_endpoint_auth_method not in (None, "none"):
        raise OAuthRefused("invalid_client", "the client wants to prove itself, and here clients are public")
    host = urlsplit(client_id).netloc
    return Client(client_id, _name(told, host), tuple(told.redirect_uris), host)


def registered(client_id: str, metadata: Any) -> Client:
    """By what it sent. Raises OAuthRefused."""
    told = _read(metadata)
    return Client(client_id, _name(told, "a client without a name"), tuple(told.redirect_uris))


def _read(metadata: Any) -> _Metadata:
    try:
        told = _Metadata.model_validate(metadata)
    except ValidationError:
        raise OAuthRefused(
            "invalid_client_metadata", "the client's metadata are not as they should be (RFC 7591)"
        ) from None
    for address in told.redirect_uris:
        try:
            checked_redirect(address)
        except InvalidUrl as error:
            raise OAuthRefused("invalid_redirect_uri", error.line) from None
    return told


def _name(told: _Metadata, otherwise: str) -> str:
    return one_line(visible(told.client_name or ""))[:_NAME].strip() or otherwise[:_NAME]
