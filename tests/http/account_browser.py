"""A browser at the page of an account: a person, what is kept of them, and the session that a cookie names."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
from lxml import html
from starlette.applications import Starlette

from mcp_server.backing import Backing
from mcp_server.http.account import routes as account
from mcp_server.http.pages import assets
from mcp_server.http.service import Service
from mcp_server.http.sign_in import cookies
from shared.accounts.emails import address
from shared.accounts.keys import mint
from shared.accounts.roles import HTTP, ROLES, Roles
from shared.accounts.sign_in.secret import derived, hash_of
from shared.accounts.store import Accounts
from shared.settings import HttpSettings, IngestSettings
from shared.stores.postgres import Database
from tests.http_service import http_settings

URL = "https://lectern.test"
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Browser:
    """Signed in; its clock may be moved."""

    client: httpx2.AsyncClient
    database: Database
    user_id: UUID
    token: str
    clock: Clock

    async def page(self, path: str = "/account") -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return html.document_fromstring(answer.text)

    async def send(self, path: str, **fields: str) -> httpx2.Response:
        """A form of ours, unless `csrf` says otherwise."""
        return await self.client.post(path, data={"csrf": derived(self.token, "form"), **fields})

    async def add_key(self, **given: Any) -> UUID:
        row = await Accounts(self.database).create_key(
            self.user_id,
            mint(secrets.token_bytes),
            {
                "name": None,
                "quota_requests_per_minute": 60,
                "quota_requests_per_day": 10_000,
                "expires_at": None,
                "libraries": None,
            }
            | given,
        )
        key_id: UUID = row["id"]
        return key_id


@asynccontextmanager
async def browsing(
    settings: IngestSettings, database: Database, email: str = "ada@example.org", **more: Any
) -> AsyncIterator[Browser]:
    """A new person who signed in an hour before NOW; `more` are settings of the service.

    The service acts by its own role of PostgreSQL, and tests as the owner of the tables.
    """
    user = await Accounts(database).add_user(address(email), None)
    token, clock = secrets.token_urlsafe(32), Clock()
    began = NOW - timedelta(hours=1)
    await database.rows(
        """INSERT INTO web_sessions (token_hash, user_id, created_at, expires_at)
           VALUES (%(hash)s, %(user)s, %(at)s, %(until)s)""",
        {"hash": hash_of(token), "user": user["id"], "at": began, "until": began + timedelta(hours=12)},
    )
    await Roles(database).apply()
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    acting = f"{url}{'&' if '?' in url else '?'}options=-c%20role%3D{HTTP}"
    made: HttpSettings = http_settings(settings, **{"database_url": acting, **more})
    backing = Backing(made)
    service = Service(made, backing, URL, clock, secrets.token_bytes)
    app = Starlette(routes=[*assets.routes(service), *account.routes(service)])
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url=URL, headers={"Origin": URL}
    ) as client:
        client.cookies.set(cookies.SESSION, token)
        yield Browser(client, database, user["id"], token, clock)
    await backing.close()
    await database.rows("; ".join(f"DROP OWNED BY {role}" for role in ROLES))
