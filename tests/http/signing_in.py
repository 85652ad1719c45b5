"""The pages of signing in on the stores of a test, as the role of the service, and browsers that open them."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from starlette.applications import Starlette

from mcp_server.backing import Backing
from mcp_server.http.service import Service
from mcp_server.http.sign_in import cookies
from mcp_server.http.sign_in.routes import routes
from shared.settings import HttpSettings, Settings
from shared.stores.postgres import Database
from tests.http_service import as_the_service, http_settings

URL = "https://lectern.test"
FORM = {"origin": URL}


@dataclass
class Clock:
    now: datetime | None = None

    def __call__(self) -> datetime:
        return self.now or datetime.now(UTC)


class Browser(httpx2.AsyncClient):
    """Of one person, with cookies; it follows nothing by itself."""

    def __init__(self, app: Starlette, address: str = "192.0.2.1", **headers: str) -> None:
        transport = httpx2.ASGITransport(app, client=(address, 4000))
        super().__init__(transport=transport, base_url=URL, headers=headers)

    async def begin(self, path: str) -> dict[str, str]:
        """What the way to a provider carries."""
        answer = await self.get(path)
        assert answer.status_code == 303, said(answer)
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return {name: value for name, [value] in query.items()}

    async def submit(self, path: str, **fields: str) -> httpx2.Response:
        """A form of a page that was opened before."""
        return await self.post(path, data=fields, headers=FORM)

    async def form(self, path: str) -> str:
        """What tells a form of this page from others."""
        found = re.search(r'name="csrf" value="([^"]+)"', (await self.get(path)).text)
        assert found
        return found[1]

    @property
    def is_signed_in(self) -> bool:
        return cookies.SESSION in self.cookies


def said(answer: httpx2.Response) -> str:
    """The text of a page, without its marks."""
    main = answer.text.partition("<main>")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main or answer.text)).split())


@dataclass
class Door:
    """The service, and the database as its owner sees it."""

    app: Starlette
    service: Service
    clock: Clock
    owner: Database

    def browser(self, address: str = "192.0.2.1") -> Browser:
        return Browser(self.app, address)


@asynccontextmanager
async def door(settings: Settings, **more: Any) -> AsyncIterator[Door]:
    """The pages for as long as the block lasts; PostgreSQL knows them as the role of the service."""
    assert settings.database_url
    url = settings.database_url.get_secret_value()

    async def locate() -> str:
        return url

    owner = Database(locate, "tests")
    chosen: HttpSettings = http_settings(settings, database_url=await as_the_service(settings), **more)
    clock = Clock()
    service = Service(chosen, Backing(chosen), URL, clock, secrets.token_bytes)
    try:
        yield Door(Starlette(routes=list(routes(service))), service, clock, owner)
    finally:
        await service.backing.close()
        await owner.close()
