"""Clients, grants and tokens as rows. What is kept of a token is its hash."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg import AsyncConnection

from shared.accounts import keys
from shared.accounts.callers import caller
from shared.accounts.oauth.asked import Asked, check_resource
from shared.accounts.oauth.clients import KEY, READ, Client
from shared.accounts.oauth.tokens import (
    ACCESS,
    ACCESS_LASTS,
    CODE_LASTS,
    KEY_LASTS,
    REFRESH,
    REFRESH_LASTS,
    fits,
    new_token,
    token_hash,
)
from shared.errors import OAuthRefused
from shared.model.account import Denied, Principal
from shared.stores import sql
from shared.stores.postgres import Database, Row, fetched

_SQL = sql.load("shared.accounts.oauth")

Granted = Literal["granted", "ended", "many"]


@dataclass(frozen=True, slots=True)
class Issued:
    """What a client gets: a token, and what renews it; or an API key, that nothing renews."""

    access_token: str
    lasts: timedelta
    scope: str
    refresh_token: str | None = None


class Tokens:
    """Errors: DatabaseUnavailable, StatementRefused from every method, beside those that a method names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def principal(self, hashed: str, resource: str, now: datetime) -> Principal | Denied:
        """Who calls with the access token of this hash; its calls count against the key of its grant."""
        given = {"hash": hashed, "resource": resource, "now": now}
        return caller(await self._database.row(_SQL["authenticate"], given), now)

    async def live(self, hashes: Collection[str], now: datetime) -> frozenset[str]:
        """Those that keys, codes and tokens have which are not over."""
        rows = await self._database.rows(_SQL["live"], {"hashes": list(hashes), "now": now})
        return frozenset(row["hash"] for row in rows)

    async def registered(self, client_id: str) -> Client | None:
        """A client that registered itself."""
        row = await self._database.row(_SQL["registered"], {"client": client_id})
        return Client(client_id, row["name"], tuple(row["redirect_uris"])) if row else None

    async def register(self, client: Client, now: datetime) -> None:
        await self._done("register", _of(client) | {"now": now})

    async def grant(
        self,
        session: str,
        asked: Asked,
        resource: str,
        code: str,
        now: datetime,
        *,
        lasts: timedelta = CODE_LASTS,
        most: int,
    ) -> Granted:
        """Let the client in, for a code, by the session of this hash; not where it ended, or by who has `many`."""
        given = _of(asked.client) | {
            "session": session,
            "resource": resource,
            "machine": asked.machine,
            "code": token_hash(code),
            "challenge": asked.challenge,
            "redirect_uri": asked.redirect_uri,
            "now": now,
            "until": now + lasts,
            "most": most,
        }
        return (await self._done("grant", given))["outcome"]  # type: ignore[no-any-return]

    async def redeem(
        self, given: Mapping[str, str], resource: str, now: datetime, random: Callable[[int], bytes]
    ) -> Issued:
        """A code for tokens, or for the key of a machine. Raises OAuthRefused; a code is spent even then."""

        def check(spent: Row) -> None:
            if given.get("redirect_uri", "") != spent["redirect_uri"]:
                raise _refused("the code was sent to another address")
            if not fits(given.get("code_verifier", ""), spent["code_challenge"]):
                raise _refused("the code_verifier is not that of the code_challenge")

        return await self._exchanged("code", given, check, resource, now, random)

    async def refresh(
        self, given: Mapping[str, str], resource: str, now: datetime, random: Callable[[int], bytes]
    ) -> Issued:
        """A refresh token for the next. Raises OAuthRefused; it is spent even then."""
        return await self._exchanged("refresh", given, lambda _spent: None, resource, now, random)

    async def give_back(self, token: str, client_id: str, now: datetime) -> None:
        """End the grant of a token, or of the key of a machine."""
        await self._done("give_back", {"hash": token_hash(token), "client": client_id, "now": now})

    async def _exchanged(
        self,
        kind: Literal["code", "refresh"],
        given: Mapping[str, str],
        check: Callable[[Row], None],
        resource: str,
        now: datetime,
        random: Callable[[int], bytes],
    ) -> Issued:
        presented = given.get("code" if kind == "code" else "refresh_token", "")
        async with self._database.transaction() as connection:
            rows = await fetched(
                connection, _SQL["spend"], {"hash": token_hash(presented), "kind": kind, "now": now}
            )
            try:
                spent = _spent(rows, given, resource, now)
                check(spent)
            except OAuthRefused as error:
                refused = error
            else:
                issued = await _issued(connection, spent, now, random)
                if issued is not None:
                    return issued
                refused = _refused("this sign-in ended")
        raise refused

    async def _done(self, name: str, given: dict[str, Any]) -> Row:
        """Not repeated by itself: what writes must not happen twice."""
        async with self._database.connection() as connection:
            [row] = await fetched(connection, _SQL[name], given)
            return row


def _spent(rows: list[Row], given: Mapping[str, str], resource: str, now: datetime) -> Row:
    """What was presented, where nothing speaks against it. Raises OAuthRefused."""
    if not rows:
        raise _refused("this code or token is unknown, or another client's")
    [spent] = rows
    if spent["was_spent"]:
        raise _refused("this code or token was used before: its sign-in ended")
    if spent["is_ended"] or spent["expires_at"] <= now:
        raise _refused("this code or token is too old, or was revoked")
    if given.get("client_id") != spent["client_id"]:
        raise _refused("this code or token is unknown, or another client's")
    if spent["resource"] != resource:
        raise _refused("this code or token is for another resource")
    check_resource(given, resource)
    return spent


async def _issued(
    connection: AsyncConnection[Row], spent: Row, now: datetime, random: Callable[[int], bytes]
) -> Issued | None:
    """None where the grant ended meanwhile."""
    minted = keys.mint(random)
    of = {"grant_id": spent["grant_id"], "hash": minted.hash, "prefix": minted.prefix, "now": now}
    if spent["machine"] is not None:
        issued = Issued(minted.key, KEY_LASTS, KEY)
        [row] = await fetched(connection, _SQL["issue_key"], of | {"until": now + KEY_LASTS})
    else:
        access, refresh = new_token(ACCESS, random), new_token(REFRESH, random)
        issued = Issued(access, ACCESS_LASTS, READ, refresh)
        hashes = {"access": token_hash(access), "refresh": token_hash(refresh)}
        until = {"access_until": now + ACCESS_LASTS, "refresh_until": now + REFRESH_LASTS}
        [row] = await fetched(connection, _SQL["issue_tokens"], of | hashes | until)
    return issued if row["issued"] else None


def _of(client: Client) -> dict[str, Any]:
    return {"client": client.id, "name": client.name, "redirect_uris": list(client.redirect_uris)}


def _refused(line: str) -> OAuthRefused:
    return OAuthRefused("invalid_grant", f"{line}; sign in again")
