"""Pure: what an issuer says of itself, as far as it is believed (OpenID Connect Discovery 1.0)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shared.accounts.sign_in.id_token import ALGORITHMS
from shared.errors import IssuerUnavailable

_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_CORRECT = "the operator corrects LECTERN_OIDC_ISSUER, or the provider its discovery"


@dataclass(frozen=True, slots=True)
class Metadata:
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    algorithms: tuple[str, ...]
    sends_issuer: bool
    """Whether each of its answers says who sent it (RFC 9207)."""
    takes_secret_in_body: bool


def address_of(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def read(said: Any, issuer: str) -> Metadata:
    """Raises IssuerUnavailable."""
    if not isinstance(said, Mapping):
        raise _broken("it is no object")
    if said.get("issuer") != issuer:
        raise _broken("it is about another issuer")
    for name in _ENDPOINTS:
        if not _is_safe(said.get(name)):
            raise _broken(f"{name} is missing, or no https:// address")
    told = said.get("id_token_signing_alg_values_supported") or ["RS256"]
    algorithms = tuple(one for one in ALGORITHMS if isinstance(told, list) and one in told)
    if not algorithms:
        raise _broken("it signs nothing in a way that can be believed")
    methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    userinfo = said.get("userinfo_endpoint")
    return Metadata(
        said["authorization_endpoint"],
        said["token_endpoint"],
        said["jwks_uri"],
        userinfo if _is_safe(userinfo) else None,
        algorithms,
        said.get("authorization_response_iss_parameter_supported") is True,
        isinstance(methods, list)
        and "client_secret_basic" not in methods
        and "client_secret_post" in methods,
    )


def _is_safe(address: object) -> bool:
    """Nobody listens in, but on this machine."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def _broken(why: str) -> IssuerUnavailable:
    return IssuerUnavailable(f"the discovery of the provider cannot be used: {why}", _CORRECT)
