"""A person in front of a terminal, with a browser; and services that say what a test wants."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_server.login.sign_in import Surroundings
from shared.accounts.emails import address
from shared.accounts.passwords import hashed
from shared.accounts.store import Accounts
from shared.settings import Settings
from shared.stores.postgres import Database
from tests.http.bridging import listening
from tests.http_service import serving
from tests.oauth import fields

ADA, PASSWORD = "ada@example.org", "the password of ada"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@dataclass
class Person:
    """In front of a terminal, with a browser that is on the service too: it holds a cookie as browsers do over TLS."""

    url: str
    app: Any = None
    decision: str = "allow"
    told: list[str] = field(default_factory=list)
    opened: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    waited: list[float] = field(default_factory=list)

    def here(self, **changed: Any) -> Surroundings:
        loop = asyncio.get_running_loop()
        surroundings: dict[str, Any] = {
            "tell": self.told.append,
            "open_browser": lambda one: loop.call_soon_threadsafe(self.opened.put_nowait, one),
            "sleep": self.sleep,
            "clock": lambda: NOW,
            "random": secrets.token_urlsafe,
            "machine": "ada's laptop",
        }
        return Surroundings(**surroundings | changed)

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)

    def browser(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app),
            base_url=self.url.replace("http:", "https:"),
            headers={"Origin": self.url},
        )

    async def answer(self, browser: httpx2.AsyncClient, begun: httpx2.Response) -> str:
        """Where the browser is sent in the end, as it was on the page that asks."""
        page = await browser.get(begun.headers["location"])
        assert "a key for the machine" in page.text
        onward = await browser.post("/oauth/consent", data=fields(page) | {"decision": self.decision})
        if not onward.headers.get("location", "").startswith("/sign-in"):
            return onward.headers["location"]
        form = fields(await browser.get(onward.headers["location"]))
        back = await browser.post("/sign-in", data=form | {"email": ADA, "password": PASSWORD})
        done = await browser.get(back.headers["location"])
        return done.headers["refresh"].partition("url=")[2]

    async def comes_back(self, to: str) -> httpx2.Response:
        async with httpx2.AsyncClient() as client:
            return await client.get(to)

    async def signs_in(self, change: Callable[[str], str] = lambda address: address) -> httpx2.Response:
        asked = urlsplit(await self.opened.get())
        async with self.browser() as browser:
            begun = await browser.get(f"{asked.path}?{asked.query}")
            return await self.comes_back(change(await self.answer(browser, begun)))


async def type_in(person: Person, code: str) -> None:
    """By who signs in for it."""
    async with person.browser() as browser:
        first = await browser.get("/oauth/device")
        form = fields(await browser.get(first.headers["location"]))
        back = await browser.post("/sign-in", data=form | {"email": ADA, "password": PASSWORD})
        form = fields(await browser.get(back.headers["location"]))
        begun = await browser.post("/oauth/device/confirm", data=form | {"user_code": code.lower()})
        page = await browser.get(begun.headers["location"])
        await browser.post("/oauth/consent", data=fields(page) | {"decision": person.decision})


@asynccontextmanager
async def scripted(answers: list[tuple[int, Any]], **change: Any) -> AsyncIterator[Person]:
    """In front of a service whose token endpoint answers so, one after the other."""
    left = iter(answers)

    def documents(url: str) -> dict[str, Any]:
        return {
            "resource": f"{url}/mcp",
            "authorization_servers": [url],
            "issuer": url,
            "code_challenge_methods_supported": ["S256"],
            **{f"{name}_endpoint": f"{url}/{name}" for name in ("authorization", "token", "revocation")},
            "device_authorization_endpoint": f"{url}/device",
            "device_code": "code",
            "user_code": "ABCD-EFGH",
            "verification_uri": f"{url}/device",
            "expires_in": 600,
            "interval": 5,
        } | change

    async def told(request: Request) -> Response:
        if request.url.path == "/token":
            status, said = next(left)
            return JSONResponse(said, status)
        return JSONResponse(documents(str(request.base_url).rstrip("/")))

    app = Starlette(routes=[Route("/{path:path}", told, methods=["GET", "POST"])])
    async with listening(app, lifespan="off") as url:
        yield Person(url, app)


def changed(address: str, change: dict[str, str | None]) -> str:
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query)) | change
    return parts._replace(query=urlencode({key: value for key, value in query.items() if value})).geturl()


@asynccontextmanager
async def somebody(settings: Settings, database: Database) -> AsyncIterator[Person]:
    """Ada, who has a password, before a service that runs as long as the block."""
    accounts = Accounts(database)
    user = await accounts.add_user(address(ADA), None)
    await accounts.set_password(user["id"], hashed(PASSWORD))
    async with serving(settings) as service:
        yield Person(service.url, service.app)
