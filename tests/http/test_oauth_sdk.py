"""The OAuth clients of the Python and TypeScript SDKs sign in over loopback, as our own client and as any other."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

from mcp_server.http.sign_in.cookies import SESSION
from shared.accounts.emails import address
from shared.accounts.sign_in.secret import hash_of, token
from shared.accounts.sign_in.store import SignIn
from shared.accounts.store import Accounts
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.http_service import as_the_service, serving
from tests.node import environment, installed
from tests.oauth import BACK, OWN, fields, said

pytestmark = pytest.mark.anyio

PROGRAM = Path(__file__).parents[1] / "node_programs" / "let_in.mjs"


class Remembered(TokenStorage):
    """What a client keeps; it may know from before which one it is."""

    def __init__(self, client: OAuthClientInformationFull | None) -> None:
        self.client = client
        self.tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Person:
    """Somebody who is signed in in a browser, and allows what they are asked."""

    def __init__(self, url: str, session: str) -> None:
        self._url = url
        self._cookies = {SESSION: session}
        self.answer: dict[str, str] = {}

    async def go_to(self, address: str) -> None:
        async with httpx2.AsyncClient(base_url=self._url) as browser:
            begun = await browser.get(address)
            self._cookies |= {name: str(value) for name, value in begun.cookies.items()}
            browser.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            page = await browser.get(begun.headers["location"])
            form = fields(page) | {"decision": "allow"}
            self.answer = said(await browser.post("/oauth/consent", data=form, headers={"Origin": self._url}))

    async def came_back(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult.model_validate(self.answer)


async def signed_in(database: Database) -> str:
    user = await Accounts(database).add_user(address("ada@example.org"), None)
    made, now = token(secrets.token_bytes), datetime.now(UTC)
    assert await SignIn(database).begin_session(
        hash_of(made), user["id"], "test", now, now + timedelta(hours=1)
    )
    return made


@pytest.mark.parametrize("known", [OWN, None], ids=["our own client", "registers itself"])
async def test_the_sdk_signs_in_calls_and_renews(
    make_settings: Callable[..., IngestSettings], database: Database, known: str | None
) -> None:
    session = await signed_in(database)
    metadata = OAuthClientMetadata(redirect_uris=[AnyUrl(BACK)], client_name="The SDK")
    client: Any = known and OAuthClientInformationFull(client_id=known, redirect_uris=[AnyUrl(BACK)])
    storage = Remembered(client)
    settings = make_settings()
    as_role = make_settings(database_url=await as_the_service(settings))
    async with serving(as_role, oauth_dcr="on") as service:
        person = Person(service.url, session)
        provider = OAuthClientProvider(
            f"{service.url}/mcp", metadata, storage, person.go_to, person.came_back
        )
        async with (
            httpx2.AsyncClient(auth=provider, timeout=30) as bearer,
            Client(streamable_http_client(f"{service.url}/mcp", http_client=bearer)) as mcp,
        ):
            assert [tool.name for tool in (await mcp.list_tools()).tools] == [
                "resolve-library-id",
                "query-docs",
            ]
            first = storage.tokens
            assert first
            provider.context.token_expiry_time = 1  # as if its hour were over
            await mcp.list_prompts()
            assert storage.tokens
            assert storage.tokens.access_token != first.access_token
    [grant] = await database.rows("SELECT client_id, revoked_at FROM oauth_grants")
    assert grant["revoked_at"] is None
    assert (grant["client_id"] == OWN) == (known == OWN)


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.parametrize("known", [[OWN], []], ids=["our own client", "registers itself"])
async def test_the_typescript_sdk_signs_in_and_calls(
    make_settings: Callable[..., IngestSettings], database: Database, known: list[str]
) -> None:
    session = await signed_in(database)
    modules = str(await asyncio.to_thread(installed, "@modelcontextprotocol/sdk@1.32.2"))
    async with serving(make_settings(), oauth_dcr="on") as service:
        person = Person(service.url, session)
        words = [str(PROGRAM), modules, f"{service.url}/mcp", BACK, *known]
        client = await asyncio.create_subprocess_exec(
            "node", *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment()
        )
        assert client.stdout
        try:
            async with asyncio.timeout(60):
                await person.go_to((await client.stdout.readline()).decode().strip())
                shown, _ = await client.communicate(f"{person.answer['code']}\n".encode())
        finally:
            if client.returncode is None:
                client.kill()
                await client.wait()
    assert shown.decode().split() == ["resolve-library-id", "query-docs"]
