"""A person signs in at a service, by a browser here or elsewhere, and this machine gets a key for it."""

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx2

from mcp_server import reach
from mcp_server.credentials import Target
from mcp_server.login.asking import asked, refused, shown
from mcp_server.login.callback import waiting
from mcp_server.login.discovery import Endpoints, discovered
from shared.accounts.keys import hash_of
from shared.accounts.oauth.clients import KEY, OWN
from shared.accounts.oauth.tokens import challenge_of
from shared.errors import InvalidKey, ServiceAway, ServiceError, SignInRefused

BROWSER_SECONDS: Final = 300.0
_SLOWER: Final = 5
_MOST_INTERVAL: Final = 60
_MOST: Final = 10**9
"""Seconds that anything lasts."""
_DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_CODE: Final = re.compile(r"[A-Z0-9-]{4,20}")
_AGAIN: Final = "run `lectern-mcp login` again"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a sign-in needs of the machine; `open_browser` is None where there is none."""

    tell: Callable[[str], None]
    open_browser: Callable[[str], object] | None
    sleep: Callable[[float], Awaitable[None]]
    clock: Callable[[], datetime]
    random: Callable[[int], str]
    machine: str


class NewKey(NamedTuple):
    """A key, and when it ends by the clock of this machine."""

    key: str
    until: datetime


class Person(NamedTuple):
    """Whom a service knows by a key."""

    email: str
    key_prefix: str
    until: datetime | None
    plan: str | None


async def new_key(
    server: str, here: Surroundings, *, by_device: bool, seconds: float = BROWSER_SECONDS
) -> NewKey:
    """Raises ServiceError, SignInRefused."""
    async with reach.client(server) as client:
        found = await discovered(client, server)
        way = _by_device(client, found, here) if by_device else _by_browser(client, found, here, seconds)
        said = await way
    given, lasts = said.get("access_token"), said.get("expires_in")
    key = given if isinstance(given, str) else ""
    try:
        hash_of(key)
    except InvalidKey:
        raise ServiceError(
            f"{server} gave something else than a key", "whoever runs it must mend that"
        ) from None
    return NewKey(key, here.clock() + timedelta(seconds=_whole(lasts, 0)))


async def given_back(server: str, key: str) -> None:
    """The key of a sign-in ends (RFC 7009). Raises ServiceError."""
    async with reach.client(server) as client:
        found = await discovered(client, server)
        status, said = await asked(client, server, "POST", found.revoke, {"token": key, "client_id": OWN.id})
        if status != 200:
            raise refused(said)


async def known_as(to: Target) -> Person:
    """Raises ServiceError, InvalidKey."""
    key = reach.key_for(to)
    async with reach.client(to.server) as client:
        address = f"{to.server}/api/whoami"
        status, said = await asked(client, to.server, "GET", address, key=key)
    if status == 404:
        raise ServiceError(f"{to.server} does not say whose key this is", "a newer service does")
    until = said.get("expires_at")
    return Person(
        shown(said.get("email")),
        shown(said.get("key_prefix")),
        datetime.fromisoformat(until) if isinstance(until, str) else None,
        shown(said["plan"]) if said.get("plan") else None,
    )


async def _by_browser(
    client: httpx2.AsyncClient, found: Endpoints, here: Surroundings, seconds: float
) -> dict[str, Any]:
    state, verifier = here.random(32), here.random(48)
    async with waiting(state) as callback:
        asking = _asking(found, here) | {
            "response_type": "code",
            "redirect_uri": callback.address,
            "state": state,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        address = f"{found.authorize}?{urlencode(asking)}"
        here.tell(f"sign in with a browser of this machine: {address}")
        if here.open_browser is not None:
            # one that starts in this terminal would not come back
            threading.Thread(target=here.open_browser, args=(address,), daemon=True).start()
        else:
            here.tell("no browser can be opened here: on another machine, use lectern-mcp login --no-browser")
        try:
            async with asyncio.timeout(seconds):
                answer = await callback.answered
        except TimeoutError:
            raise SignInRefused(
                f"nobody answered in the browser for {seconds / 60:.0f} minutes", _AGAIN
            ) from None
        redirect_uri = callback.address
    if answer.get("iss") != found.issuer:
        raise SignInRefused("the answer in the browser came from another service", _AGAIN)
    if "error" in answer or not answer.get("code"):
        raise refused(answer)
    return await _redeemed(
        client,
        found,
        grant_type="authorization_code",
        code=answer["code"],
        redirect_uri=redirect_uri,
        code_verifier=verifier,
    )


async def _by_device(client: httpx2.AsyncClient, found: Endpoints, here: Surroundings) -> dict[str, Any]:
    status, said = await asked(client, found.issuer, "POST", found.device, _asking(found, here))
    if status != 200:
        raise refused(said)
    code, address = said.get("user_code"), said.get("verification_uri")
    if not (isinstance(code, str) and _CODE.fullmatch(code) and _is_of(found.issuer, address)):
        raise ServiceError(f"{found.issuer} shows no code to type", "whoever runs it must mend that")
    here.tell(f"open {address} in any browser, and type {code}")
    interval, left = _whole(said.get("interval"), 5), _whole(said.get("expires_in"), 600)
    while (left := left - interval) >= 0:
        await here.sleep(interval)
        try:
            return await _redeemed(
                client, found, grant_type=_DEVICE_GRANT, device_code=str(said.get("device_code"))
            )
        except _NotYet as error:
            interval = min(interval + error.slower, _MOST_INTERVAL)
        except ServiceAway:
            interval = min(interval * 2, _MOST_INTERVAL)
    raise SignInRefused("nobody typed the code in time", _AGAIN)


class _NotYet(Exception):
    def __init__(self, slower: int) -> None:
        self.slower = slower


async def _redeemed(client: httpx2.AsyncClient, found: Endpoints, **given: str) -> dict[str, Any]:
    """Raises SignInRefused, ServiceError, and _NotYet while a person is waited for."""
    form = given | {"client_id": OWN.id, "resource": found.resource}
    status, said = await asked(client, found.issuer, "POST", found.token, form)
    if status == 200:
        return said
    match said.get("error"):
        case "authorization_pending":
            raise _NotYet(0)
        case "slow_down":
            raise _NotYet(_SLOWER)
    raise refused(said)


def _asking(found: Endpoints, here: Surroundings) -> dict[str, str]:
    return {"client_id": OWN.id, "scope": KEY, "machine": here.machine, "resource": found.resource}


def _is_of(issuer: str, address: object) -> bool:
    if not isinstance(address, str) or not address.isascii() or not address.isprintable():
        return False
    return urlsplit(address)[:2] == urlsplit(issuer)[:2]


def _whole(value: object, otherwise: int) -> int:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MOST else otherwise
    )
