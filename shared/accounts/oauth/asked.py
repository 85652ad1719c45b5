"""Pure: what a client asks a person for, and which of it is refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.accounts.oauth.clients import KEY, READ, Client
from shared.accounts.oauth.redirects import leads_to
from shared.accounts.oauth.tokens import is_challenge
from shared.errors import OAuthRefused
from shared.one_line import one_line
from shared.visible import visible

_MOST: Final = 2000
_MACHINE: Final = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """One authorization request. `redirect_uri` is empty for a device, `machine` where no key is asked for."""

    client: Client
    redirect_uri: str
    state: str | None
    challenge: str
    machine: str | None

    @property
    def scope(self) -> str:
        return READ if self.machine is None else KEY


def single(given: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Parameters by name. Raises OAuthRefused where one is given twice, or is too long."""
    found: dict[str, str] = {}
    for name, value in given:
        if name in found or not isinstance(value, str) or len(value) > _MOST:
            raise OAuthRefused("invalid_request", f"{name[:40]!r} is given twice, or is too long")
        found[name] = value
    return found


def redirect_of(client: Client, given: Mapping[str, str]) -> str:
    """Where the answer goes. Raises OAuthRefused: then nothing may be sent there."""
    address = given.get("redirect_uri", "")
    if not leads_to(client.redirect_uris, address):
        raise OAuthRefused("invalid_request", f"{client.name} has no such address to lead back to")
    return address


def code_asked(client: Client, given: Mapping[str, str], resource: str) -> Asked:
    """Of the authorization endpoint, once it is known where the answer goes. Raises OAuthRefused."""
    if given.get("response_type") != "code":
        raise OAuthRefused("unsupported_response_type", "only response_type=code is answered")
    if given.get("response_mode", "query") != "query":
        raise OAuthRefused("invalid_request", "only response_mode=query is answered")
    challenge = given.get("code_challenge", "")
    if given.get("code_challenge_method") != "S256" or not is_challenge(challenge):
        raise OAuthRefused("invalid_request", "a code_challenge with code_challenge_method=S256 is needed")
    check_resource(given, resource)
    return Asked(client, given["redirect_uri"], given.get("state"), challenge, machine_of(client, given))


def device_asked(client: Client, given: Mapping[str, str], resource: str, challenge: str) -> Asked:
    """Of the device authorization endpoint, which our own client alone may use. Raises OAuthRefused."""
    if not client.is_own:
        raise OAuthRefused("unauthorized_client", "this client may not connect devices")
    check_resource(given, resource)
    return Asked(client, "", None, challenge, machine_of(client, given))


def check_resource(given: Mapping[str, str], resource: str) -> None:
    """Without one it is ours, for there is no other. Raises OAuthRefused."""
    if given.get("resource", resource) != resource:
        raise OAuthRefused("invalid_target", f"tokens are made for {resource} alone")


def machine_of(client: Client, given: Mapping[str, str]) -> str | None:
    """The machine that a key is asked for. Raises OAuthRefused."""
    if KEY not in given.get("scope", "").split():
        return None
    if not client.is_own:
        raise OAuthRefused("invalid_scope", "this client may not ask for a key")
    machine = one_line(visible(given.get("machine", "")))
    if not machine or len(machine) > _MACHINE:
        raise OAuthRefused(
            "invalid_request", f"a key needs the name of its machine, of {_MACHINE} signs at most"
        )
    return machine
