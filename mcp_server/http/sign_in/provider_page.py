"""`/sign-in/with/{provider}` leads to a provider; `/oauth/callback/{provider}` is where it leads back to."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mcp_server.http.proxies import client_address
from mcp_server.http.sign_in import attempts
from mcp_server.http.sign_in.next_page import ours
from mcp_server.http.sign_in.providers.port import Answer, Begun, Provider
from mcp_server.http.sign_in.room import Room
from mcp_server.http.sign_in.settling import settled
from mcp_server.http.sign_in.visits import Welcome, visit
from shared.accounts.sign_in.brought import BEGIN_AGAIN, read
from shared.accounts.sign_in.secret import token
from shared.errors import SignInRefused

SECONDS: Final = 600


async def begin(room: Room, request: Request) -> Response:
    return await lead(room, request, back=ours(request.query_params.get("next")))


async def lead(room: Room, request: Request, *, back: str, invitation: str | None = None) -> Response:
    """To the provider that the path names; `invitation` is the hash of one that is to be used for it.

    Raises SignInRefused, IssuerUnavailable, CountersUnavailable.
    """
    provider = _named(room, request)
    random, welcome = room.service.random, Welcome(room.service, request)
    kept = await room.service.backing.limits_redis()
    await attempts.begin(kept, client_address(request))
    begun = Begun(token(random), token(random), token(random), _callback(room, provider))
    address = await provider.address(begun)
    session = {
        "provider": provider.name,
        "verifier": begun.verifier,
        "nonce": begun.nonce,
        "visit": welcome.visit.id,
        "next": back,
        "invitation": invitation,
    }
    await kept.put(_key(begun.state), session, SECONDS)
    return welcome.onto(RedirectResponse(address, 303, {"Cache-Control": "no-store"}))


async def callback(room: Room, request: Request) -> Response:
    provider = _named(room, request)
    brought = read(request.query_params.multi_items())
    kept: dict[str, Any] | None = await (await room.service.backing.limits_redis()).take(_key(brought.state))
    if kept is None:
        raise SignInRefused("this sign-in was used already, or is older than ten minutes", BEGIN_AGAIN)
    seen = visit(request)
    if seen is None or seen.id != kept["visit"]:
        raise SignInRefused("this sign-in began in another browser", BEGIN_AGAIN)
    if kept["provider"] != provider.name:
        raise SignInRefused("another provider answers than the one you went to", BEGIN_AGAIN)
    if brought.error == "access_denied":
        raise SignInRefused(f"you did not allow it at {provider.title}", BEGIN_AGAIN)
    if brought.error or brought.code is None:
        raise SignInRefused(f"{provider.title} did not sign you in ({brought.error})", BEGIN_AGAIN)
    begun = Begun(brought.state, kept["verifier"], kept["nonce"], _callback(room, provider))
    identity = await provider.identity(begun, Answer(brought.code, brought.issuer))
    return await settled(room, request, provider.title, identity, kept["next"], kept["invitation"])


def _named(room: Room, request: Request) -> Provider:
    provider = room.providers.get(request.path_params["provider"])
    if provider is None:
        raise SignInRefused("nobody signs in by a provider of that name here", BEGIN_AGAIN)
    return provider


def _callback(room: Room, provider: Provider) -> str:
    return f"{room.service.public_url}/oauth/callback/{provider.name}"


def _key(state: str) -> str:
    return f"oauth:session:{state}"
