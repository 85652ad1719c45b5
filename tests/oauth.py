"""A service that lets clients in, a person's browser on it, and a client: for tests, in one process."""

import re
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from mcp_server.backing import Backing
from mcp_server.callers import Callers
from mcp_server.http.bearer import bearer
from mcp_server.http.oauth import routes as oauth
from mcp_server.http.oauth.documents import ClientDocuments
from mcp_server.http.service import Service
from mcp_server.http.sign_in import routes as sign_in
from mcp_server.http.sign_in import sessions
from shared.accounts.oauth.tokens import challenge_of
from shared.model.account import Denied
from shared.settings import IngestSettings
from tests.certificate import new_certificate
from tests.http_service import as_the_service, http_settings
from tests.running import running

URL = "https://lectern.test"
RESOURCE = f"{URL}/mcp"
OWN = "lectern-mcp"
BACK = "http://127.0.0.1:4711/callback"
VERIFIER = "v" * 43


class Clock:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Letting:
    """The service at URL, and browsers on it, of which each has its own cookies."""

    app: Starlette
    service: Service
    clock: Clock
    address: str = field(default_factory=lambda: f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1")
    """Of all browsers here, and of nobody in another test of the hour."""
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    def browser(self) -> httpx2.AsyncClient:
        made = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app, client=(self.address, 1)),
            base_url=URL,
            headers={"Origin": URL},
        )
        self.opened.append(made)
        return made

    async def signed_in(self, user_id: UUID) -> httpx2.AsyncClient:
        browser = self.browser()
        assert (await browser.get(f"/enter/{user_id}")).status_code == 200
        return browser

    async def who(self, token: str) -> Any:
        """Whom a call with this token is made for, and the key that it counts against; or why not."""
        headers = {"Authorization": f"Bearer {token}"}
        return (await self.browser().get("/who", headers=headers)).json()


@asynccontextmanager
async def letting_in(
    settings: IngestSettings,
    documents: Callable[[Clock], ClientDocuments] | None = None,
    **more: Any,
) -> AsyncIterator[Letting]:
    made, clock = http_settings(settings, database_url=await as_the_service(settings), **more), Clock()
    service = Service(made, Backing(made), URL, clock, secrets.token_bytes)
    minutes = count(step=60)  # whoever calls is asked for again, as half a minute later
    service.backing.callers = Callers(made, service.backing.accounts, lambda: next(minutes))

    async def enter(request: Request) -> Response:
        answer = PlainTextResponse("in")
        begun = await sessions.begin(service, request, answer, UUID(request.path_params["user_id"]), "test")
        return answer if begun else PlainTextResponse("disabled", 403)

    async def who(request: Request) -> Response:
        found = await bearer(service, request)
        if isinstance(found, Denied):
            return JSONResponse(found.refused_by)
        return JSONResponse([str(found.user_id), str(found.api_key_id)])

    own = [Route("/enter/{user_id}", enter), Route("/who", who)]
    read = documents(clock) if documents else None
    app = Starlette(routes=[*own, *oauth.routes(service, read), *sign_in.routes(service)])
    letting = Letting(app, service, clock)
    try:
        yield letting
    finally:
        for browser in letting.opened:
            await browser.aclose()
        await service.backing.close()


def asking(client_id: str = OWN, **changed: str | None) -> dict[str, str]:
    """An authorization request that is as it should be, but for what is changed; None leaves it out."""
    asked: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "state": "st&te",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        "resource": RESOURCE,
        **changed,
    }
    return {name: value for name, value in asked.items() if value is not None}


def redeeming(code: str, client_id: str = OWN, **changed: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": client_id,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "resource": RESOURCE,
        **changed,
    }


def fields(page: httpx2.Response) -> dict[str, str]:
    """The hidden fields of the last form of a page."""
    form = page.text.rpartition("<form")[2]
    return {
        name: unescape(value)
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    }


def said(answer: httpx2.Response) -> dict[str, str]:
    """What a client hears by the address that the browser is sent to."""
    address = answer.headers.get("location") or answer.headers["refresh"].partition("url=")[2]
    return dict(parse_qsl(urlsplit(address).query))


async def consent_page(browser: httpx2.AsyncClient, **asked: str | None) -> httpx2.Response:
    begun = await browser.get("/oauth/authorize", params=asking(**asked))  # type: ignore[arg-type]
    assert begun.status_code == 303, begun.text
    return await browser.get(begun.headers["location"])


async def decide(browser: httpx2.AsyncClient, page: httpx2.Response, decision: str) -> httpx2.Response:
    return await browser.post("/oauth/consent", data=fields(page) | {"decision": decision})


async def allowed(browser: httpx2.AsyncClient, **asked: str | None) -> str:
    """The code that a client gets whom this person lets in."""
    answer = await decide(browser, await consent_page(browser, **asked), "allow")
    return said(answer)["code"]


async def signed_in_client(letting: Letting, browser: httpx2.AsyncClient, **asked: str | None) -> Any:
    """What a client gets for the code."""
    code = await allowed(browser, **asked)
    form = redeeming(code, asked.get("client_id") or OWN, redirect_uri=asked.get("redirect_uri") or BACK)
    answer = await letting.browser().post("/oauth/token", data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def registered(letting: Letting, *redirects: str, name: str = "An editor") -> str:
    """The id of a client that registered itself."""
    metadata = {"client_name": name, "redirect_uris": list(redirects or (BACK,))}
    answer = await letting.browser().post("/oauth/register", json=metadata)
    return str(answer.json()["client_id"])


@asynccontextmanager
async def client_documents(
    directory: Path, pages: dict[str, Response]
) -> AsyncIterator[tuple[str, ssl.SSLContext]]:
    """Where documents of clients lie, by path, over TLS; and whom to trust there."""
    certificate = new_certificate(directory)
    listening = socket.create_server(("127.0.0.1", 0))

    async def page(request: Request) -> Response:
        return pages.get(request.url.path, PlainTextResponse("no such page", 404))

    app = Starlette(routes=[Route("/{path:path}", page)])
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
    config.load()
    config.ssl = certificate.context()
    server = uvicorn.Server(config)
    async with running(server, listening):
        yield (
            f"https://127.0.0.1:{listening.getsockname()[1]}",
            ssl.create_default_context(cafile=str(certificate.path)),
        )
