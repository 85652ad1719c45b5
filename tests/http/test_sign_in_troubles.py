"""A provider that is away, slow or broken is named in one line, and settings that cannot work before anybody comes."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mcp_server.http.sign_in.providers import asking
from mcp_server.http.sign_in.providers.configured import providers
from mcp_server.http.sign_in.providers.oidc import Client, Oidc
from mcp_server.http.sign_in.providers.port import Begun
from shared.errors import IssuerUnavailable, SettingsError
from shared.settings import HttpSettings, load

pytestmark = pytest.mark.anyio

BEGUN = Begun("s" * 43, "v" * 43, "n" * 43, "https://lectern.test/oauth/callback/okta")


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """Whatever is asked; without an answer it keeps who asks waiting."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer:
            writer.write(answer)
            await writer.drain()
        else:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def response(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n".encode() + body
    )


def issuer_at(url: str) -> Oidc:
    return Oidc("okta", "Okta", url, Client("id", None, "openid", None), lambda: datetime.now(UTC))


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (b"", "Okta takes too long to answer"),
        (b"garbage\r\n\r\n", "Okta cannot be reached"),
        (response(b"<html>"), "Okta does not answer as it should: what it says is no JSON"),
        (response(b"[" * 100_000), "what it says is no JSON"),
        (response(b"", "503 Away"), "Okta does not answer as it should: it answers 503"),
        (response(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n"), "it answers 302"),
        (response(b" " * (2 << 20)), "it says more than a megabyte"),
        (response(b"[]"), "the discovery of the provider cannot be used: it is no object"),
        (response(b"{}"), "it is about another issuer"),
    ],
    ids=["silent", "garbage", "html", "deep", "503", "302", "huge", "list", "empty"],
)
async def test_a_provider_that_is_broken_is_named_in_one_line(
    answer: bytes, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not answer:
        monkeypatch.setattr(asking, "SECONDS", 0.2)
    async with answering(answer) as url:
        with pytest.raises(IssuerUnavailable) as refused:
            await issuer_at(url).address(BEGUN)
    assert line in refused.value.line


async def test_a_provider_that_is_away_is_named_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(IssuerUnavailable, match="Okta cannot be reached"):
        await issuer_at(f"http://127.0.0.1:{port}").address(BEGUN)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text("a-secret\n")
    return file


ISSUER = {"oidc_issuer": "https://issuer.test", "oidc_client_id": "lectern"}


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            {"oidc_issuer": "https://issuer.test"},
            "LECTERN_OIDC_ISSUER is set, and LECTERN_OIDC_CLIENT_ID is not",
        ),
        ({"oidc_client_id": "a"}, "LECTERN_OIDC_CLIENT_ID is set, and LECTERN_OIDC_ISSUER is not"),
        (
            {"github_client_secret_file": "/dev/null"},
            "LECTERN_GITHUB_CLIENT_SECRET_FILE is set, and LECTERN_GITHUB_CLIENT_ID is not",
        ),
        (ISSUER | {"oidc_name": "github"}, "LECTERN_OIDC_NAME is github, which is GitHub's own"),
        (
            ISSUER | {"oidc_client_secret_file": "/nowhere/secret"},
            "LECTERN_OIDC_CLIENT_SECRET_FILE cannot be read",
        ),
        (ISSUER | {"oidc_client_secret_file": "/dev/null"}, "names a file without a secret"),
        (
            {"github_client_id": "a"},
            "LECTERN_GITHUB_CLIENT_ID is set, and LECTERN_GITHUB_CLIENT_SECRET_FILE is not",
        ),
    ],
)
def test_settings_that_cannot_work_are_told_before_anybody_comes(more: dict[str, Any], line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        providers(load(HttpSettings, **more), lambda: datetime.now(UTC))
    assert line in refused.value.line


def test_providers_are_shown_by_the_names_that_people_know(secret: Path) -> None:
    chosen = load(
        HttpSettings,
        **ISSUER,
        oidc_name="google",
        github_client_id="a",
        github_client_secret_file=secret,
    )
    found = providers(chosen, lambda: datetime.now(UTC))
    assert {name: one.title for name, one in found.items()} == {"google": "Google", "github": "GitHub"}
    assert {name: one.issuer for name, one in found.items()} == {
        "google": "https://issuer.test",
        "github": "https://github.com",
    }
