"""What ended of people's sign-ins is forgotten as somebody signs in, and what lives stays."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.accounts.emails import address
from shared.accounts.oauth.clients import Client
from shared.accounts.oauth.store import Tokens
from shared.accounts.sign_in.store import SignIn
from shared.accounts.store import Accounts
from shared.stores.postgres import Database, Row

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PATIENCE = 30.0
INVITED = """INSERT INTO invitations (token_hash, user_id, created_at, expires_at, used_at)
  VALUES (%(name)s, %(user)s, %(now)s, %(until)s, %(used)s)"""
SESSION = "INSERT INTO web_sessions (token_hash, user_id, expires_at) VALUES (%(name)s, %(user)s, %(until)s)"
CLIENT = """INSERT INTO oauth_clients (id, name, redirect_uris, is_registered, created_at)
  VALUES (%(name)s, 'A client', '{https://client.example}', %(registered)s, %(made)s)"""
GRANT = """INSERT INTO oauth_grants (user_id, client_id, api_key_id, resource, machine, created_at, revoked_at)
  VALUES (%(user)s, %(name)s, %(key)s, 'https://lectern.test/mcp', %(machine)s, %(made)s, %(revoked)s)"""
TOKEN = """INSERT INTO oauth_tokens (token_hash, grant_id, kind, created_at, expires_at)
  SELECT 'token of ' || client_id, id, 'refresh', %(made)s, %(until)s FROM oauth_grants WHERE client_id = %(name)s"""
KEY = """INSERT INTO api_keys (user_id, key_hash, key_prefix, name)
  VALUES (%(user)s, %(name)s, %(prefix)s, 'sign-in') RETURNING id"""


@pytest.fixture
async def ada(database: Database) -> Row:
    return await Accounts(database).add_user(address("ada@example.org"), None)


async def sign_in(database: Database, user: Row) -> None:
    assert await SignIn(database).begin_session("new", user["id"], "test", NOW, NOW + DAY)


async def left(database: Database, table: str, column: str) -> set[str]:
    return {row["name"] for row in await database.rows(f"SELECT {column} AS name FROM {table}")}


async def test_sessions_that_ended_are_forgotten_and_invitations_a_month_after(
    database: Database, ada: Row
) -> None:
    for name, until in {"ended": NOW, "lives": NOW + DAY}.items():
        await database.rows(SESSION, {"name": name, "user": ada["id"], "until": until})
    for name, until, used in (
        ("old", NOW - 30 * DAY, None),
        ("used long ago", NOW + DAY, NOW - 30 * DAY),
        ("expired", NOW - 29 * DAY, None),
        ("used", NOW + DAY, NOW - 29 * DAY),
        ("waits", NOW + DAY, None),
    ):
        given = {"name": name, "user": ada["id"], "now": NOW, "until": until, "used": used}
        await database.rows(INVITED, given)
    await sign_in(database, ada)
    assert await left(database, "web_sessions", "token_hash") == {"lives", "new"}
    assert await left(database, "invitations", "token_hash") == {"expired", "used", "waits"}


async def test_they_are_forgotten_as_a_client_registers_itself_too(database: Database, ada: Row) -> None:
    await database.rows(SESSION, {"name": "ended", "user": ada["id"], "until": NOW})
    await Tokens(database).register(Client("lcl_a", "An editor", ("http://127.0.0.1/",)), NOW)
    assert await left(database, "web_sessions", "token_hash") == set()


async def test_what_another_works_with_is_left_to_the_next_sign_in(database: Database, ada: Row) -> None:
    until = NOW - 30 * DAY
    await database.rows(SESSION, {"name": "session", "user": ada["id"], "until": until})
    given = {"name": "invitation", "user": ada["id"], "now": until, "until": until, "used": None}
    await database.rows(INVITED, given)
    await client(database, ada, "a client", until=until, revoked=until)
    tables = {
        "web_sessions": "token_hash",
        "invitations": "token_hash",
        "oauth_tokens": "token_hash",
        "oauth_grants": "id",
        "oauth_clients": "id",
    }
    async with database.transaction() as other, asyncio.timeout(PATIENCE):
        for table in tables:
            await other.execute(f"SELECT FROM {table} FOR UPDATE")
        before = [await left(database, table, column) for table, column in tables.items()]
        await sign_in(database, ada)
        after = [await left(database, table, column) for table, column in tables.items()]
    assert after == [before[0] | {"new"}, *before[1:]]
    assert all(before)
    await Tokens(database).register(Client("lcl_a", "An editor", ("http://127.0.0.1/",)), NOW)
    assert [await left(database, table, column) for table, column in tables.items()] == [
        {"new"},
        set(),
        set(),
        set(),
        {"lcl_a"},
    ]


async def client(database: Database, user: Row, name: str, **given: Any) -> None:
    """One that somebody let in, with a key, and with a token until `until`."""
    known = {"made": NOW - 60 * DAY, "registered": False, "machine": None, "revoked": None, "until": None}
    values = known | given | {"name": name, "user": user["id"], "prefix": f"lect_{name[:5]}"}
    [key] = await database.rows(KEY, values)
    await database.rows(CLIENT, values)
    await database.rows(GRANT, values | {"key": key["id"]})
    if values["until"]:
        await database.rows(TOKEN, values)


async def test_grants_end_with_their_last_token_and_are_forgotten_with_their_clients_a_month_after(
    database: Database, ada: Row
) -> None:
    await client(database, ada, "lives", until=NOW + DAY)
    await client(database, ada, "machine", machine="laptop")
    await client(database, ada, "dead", until=NOW)
    await client(database, ada, "revoked", until=NOW - DAY, revoked=NOW - 29 * DAY)
    await client(database, ada, "gone", until=NOW - 30 * DAY, revoked=NOW - 30 * DAY)
    await client(database, ada, "watched", until=NOW + DAY, revoked=NOW - 30 * DAY)
    for name, made in {"new": NOW - 29 * DAY, "old": NOW - 30 * DAY}.items():
        await database.rows(CLIENT, {"name": name, "registered": True, "made": made})
    await sign_in(database, ada)
    grants = await database.rows("SELECT client_id, revoked_at FROM oauth_grants")
    assert {row["client_id"]: row["revoked_at"] for row in grants} == {
        "lives": None,
        "machine": None,
        "dead": NOW,
        "revoked": NOW - 29 * DAY,
        "watched": NOW - 30 * DAY,
    }
    assert await left(database, "oauth_clients", "id") == {*(row["client_id"] for row in grants), "new"}
    tokens = await left(database, "oauth_tokens", "token_hash")
    assert tokens == {f"token of {name}" for name in ("lives", "dead", "revoked", "watched")}
    ended = await database.rows("SELECT key_hash FROM api_keys WHERE revoked_at = %(now)s", {"now": NOW})
    assert [row["key_hash"] for row in ended] == ["dead"]
