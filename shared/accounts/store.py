"""People, their keys and their limits, as rows; every change leaves a row of the audit log in its own transaction."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.accounts.access import access_of, rules_of
from shared.accounts.callers import caller
from shared.accounts.emails import Address
from shared.accounts.keys import Minted, is_whole
from shared.errors import InvalidRequest, KeyAmbiguous, KeyUnknown, UserUnknown
from shared.model.account import Denied, Principal
from shared.stores import sql
from shared.stores.audit import Change, audit
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.accounts")

_SHOWN_QUOTAS = ("quota_requests_per_minute", "quota_requests_per_day", "expires_at", "libraries", "name")
_LAST = datetime(9999, 12, 30, tzinfo=UTC)
LIMITS = ("month_requests", "month_tokens", "concurrent")


class Accounts:
    """Errors: DatabaseUnavailable, StatementRefused from every method, beside those that a method names.

    Rows are as the tables have them: users without their password's hash, keys without their own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def authenticate(self, key_hash: str, now: datetime) -> Principal | Denied:
        """Who calls with the key of this hash, or what speaks against it: the key, or its user."""
        return caller(await self._database.row(_SQL["authenticate"], {"hash": key_hash}), now)

    async def key_holder(self, key_id: UUID, at: datetime) -> Row | None:
        """`email`, `key_prefix`, `expires_at` and `plan`; None for a key that is not valid then."""
        return await self._database.row(_SQL["key_holder"], {"key_id": key_id, "at": at})

    async def anybody(self) -> Principal:
        """Who calls without a key: the rules for everyone decide."""
        [row] = await self._database.rows(_SQL["rules_for_everyone"])
        return Principal(access=access_of(None, rules_of(row["rules"])))

    async def used_since(self, key_id: UUID, start: datetime) -> Row:
        """`key_requests`, `user_requests` and `user_tokens` that count against limits."""
        [row] = await self._database.rows(_SQL["usage_since"], {"key_id": key_id, "start": start})
        return row

    # Users

    async def users(self) -> list[Row]:
        """All of them, by address; removed ones too."""
        return await self._database.rows(_SQL["users"])

    async def user(self, address: Address) -> Row:
        """Raises UserUnknown."""
        row = await self._database.row(_SQL["user"], {"email": address.email, "key": address.key})
        if row is None:
            raise UserUnknown(f"no user {address.email}", "`lectern-admin user list` shows who is here")
        return row

    async def add_user(self, address: Address, hashed_password: str | None) -> Row:
        """Raises InvalidRequest where the address is another spelling of one that is here."""
        async with self._database.transaction() as connection:
            given = {"email": address.email, "key": address.key, "password": hashed_password}
            row = await _row(connection, "add_user", given)
            if row is None:
                known = await _row(connection, "user", {"email": address.email, "key": address.key})
                there = known["email"] if known else address.email
                raise InvalidRequest(f"there is a user {there} already", "name that one, or another address")
            await audit(connection, Change("user add", user_id=row["id"]))
            return row

    async def set_password(self, user_id: UUID, hashed_password: str) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(_SQL["set_password"], {"id": user_id, "password": hashed_password})
            await audit(connection, Change("user password", user_id=user_id))

    async def set_disabled(self, user_id: UUID, *, disabled: bool) -> bool:
        """Whether that changed anything."""
        async with self._database.transaction() as connection:
            row = await _row(connection, "set_disabled", {"id": user_id, "disabled": disabled})
            if row is not None:
                action = "user disable" if disabled else "user enable"
                await audit(connection, Change(action, user_id=user_id))
            return row is not None

    async def remove_user(
        self, user_id: UUID, refuse: Callable[[AsyncConnection[Any], Row], Awaitable[None]] | None = None
    ) -> None:
        """Take everything away that names the person; what books rest on stays.

        `refuse` raises where something speaks against it, once the row is locked.
        """
        async with self._database.transaction() as connection:
            row = await _row(connection, "user_locked", {"id": user_id})
            if refuse and row:
                await refuse(connection, row)
            for name in (
                "remove_user",
                "remove_keys",
                "remove_sessions",
                "remove_invitations",
                "remove_rules",
                "remove_groups",
                "remove_grants",
                "remove_questions",
                "remove_customer",
                "remove_methods",
                "remove_payers",
                "remove_events",
                "remove_alerts",
                "remove_messages",
            ):
                await connection.execute(_SQL[name], {"id": user_id})
            await audit(connection, Change("user remove", user_id=user_id))

    async def held(self, user_id: UUID) -> dict[str, list[Row]]:
        """All that is kept of a person, by table; no hash of a password or key."""
        async with self._database.transaction() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            found = {}
            for name, statement in _SQL.items():
                if name.startswith("held_"):
                    rows = await (await connection.execute(statement, {"id": user_id})).fetchall()
                    found[name.removeprefix("held_")] = rows
            return found

    async def limits(self, user_id: UUID) -> Row:
        """What holds, and what of it an operator set: `month_requests`, ... and `plan_...`; nulls are no limit."""
        row = await self._database.row(_SQL["limits"], {"id": user_id})
        return row or dict.fromkeys([*LIMITS, *(f"plan_{name}" for name in LIMITS)])

    async def set_limits(self, user_id: UUID, given: dict[str, int], *, clear: bool) -> Row:
        """Set these of an operator's limits, after the earlier ones were cleared, if that is asked for."""
        async with self._database.transaction() as connection:
            before = await _row(connection, "limits_locked", {"id": user_id}) or {}
            kept = {name: None if clear else before.get(name) for name in LIMITS} | given
            row = await _row(connection, "set_limits", {"id": user_id, **kept})
            was = {name: before.get(name) for name in LIMITS}
            await audit(connection, Change("user limits", user_id=user_id, before=was, after=kept))
            return row or {}

    # Keys

    async def keys(self, user_id: UUID | None = None) -> list[Row]:
        """Keys of one user or of all, the newest first."""
        return await self._database.rows(_SQL["keys"], {"user_id": user_id})

    async def key(self, named: str) -> Row:
        """By its prefix or its id. Raises KeyUnknown, KeyAmbiguous with the ids, or InvalidRequest for a whole key."""
        if is_whole(named):
            raise InvalidRequest(
                "a whole key is a secret, and is kept nowhere",
                "name it by its first ten characters, or its id",
            )
        rows = await self._database.rows(_SQL["key"], {"named": named})
        if not rows:
            raise KeyUnknown(f"no API key {named}", "`lectern-admin key list` shows them")
        if len(rows) > 1:
            ids = ", ".join(str(row["id"]) for row in rows)
            raise KeyAmbiguous(f"{len(rows)} API keys begin with {named}", f"name one by its id: {ids}")
        return rows[0]

    async def create_key(self, user_id: UUID, minted: Minted, given: dict[str, Any]) -> Row:
        async with self._database.transaction() as connection:
            row = await _added_key(connection, user_id, minted, given)
            await audit(connection, _of_key("key create", row, after=row))
            return row

    async def set_key(self, key_id: UUID, given: dict[str, Any]) -> Row:
        """Change these of its columns."""
        async with self._database.transaction() as connection:
            before = await _row(connection, "key_locked", {"id": key_id}) or {}
            kept = {name: before[name] for name in _SHOWN_QUOTAS} | given
            row = await _row(connection, "set_key", {"id": key_id, **kept}) or {}
            await audit(connection, _of_key("key set", row, before=before, after=row))
            return row

    async def revoke_key(self, key_id: UUID) -> bool:
        """Whether it was not revoked already."""
        async with self._database.transaction() as connection:
            row = await _row(connection, "revoke_key", {"id": key_id})
            if row is not None:
                await audit(connection, _of_key("key revoke", row))
            return row is not None

    async def rotate_key(self, key_id: UUID, minted: Minted, overlap: timedelta, now: datetime) -> Row:
        """A new key in place of this one, which ends after the overlap, and never later than before.

        Raises InvalidRequest for a key that ended or was rotated.
        """
        async with self._database.transaction() as connection:
            old = await _row(connection, "key_locked", {"id": key_id}) or {}
            if old["replaced_by"]:
                raise InvalidRequest(
                    f"{old['key_prefix']} was rotated already", f"rotate its successor {old['replaced_by']}"
                )
            if old["revoked_at"] or (old["expires_at"] and old["expires_at"] <= now):
                raise InvalidRequest(f"{old['key_prefix']} is no longer valid", "create a new key")
            given = {name: old[name] for name in _SHOWN_QUOTAS}
            if old["expires_at"]:
                given["expires_at"] = _after(now, old["expires_at"] - old["created_at"])
            new = await _added_key(connection, old["user_id"], minted, given)
            ends = min(_after(now, overlap), old["expires_at"] or _LAST)
            await connection.execute(
                _SQL["replace_key"], {"id": key_id, "replaced_by": new["id"], "expires_at": ends}
            )
            after = {"replaced_by": new["id"], "expires_at": ends}
            await audit(
                connection, _of_key("key rotate", old, before={"expires_at": old["expires_at"]}, after=after)
            )
            await audit(connection, _of_key("key create", new, after=new))
            return new

    # What operators changed

    async def audited(
        self,
        since: datetime | None,
        *,
        user_id: UUID | None = None,
        key_ids: Sequence[UUID] = (),
        library_id: str | None = None,
    ) -> list[Row]:
        """Changes since then, the newest first; about one user, keys or library, if they are named."""
        asked = {"since": since, "user_id": user_id, "key_ids": list(key_ids), "library_id": library_id}
        return await self._database.rows(_SQL["audited"], asked)


def _after(now: datetime, more: timedelta) -> datetime:
    """The last instant of the calendar, where there is none so late."""
    return now + min(more, _LAST - now)


async def _row(connection: AsyncConnection[Row], name: str, given: dict[str, Any]) -> Row | None:
    return await (await connection.execute(_SQL[name], given)).fetchone()


async def _added_key(
    connection: AsyncConnection[Row], user_id: UUID, minted: Minted, given: dict[str, Any]
) -> Row:
    values = {"user_id": user_id, "hash": minted.hash, "prefix": minted.prefix, **given}
    return await _row(connection, "add_key", values) or {}


def _of_key(action: str, key: Row, *, before: Row | None = None, after: Row | None = None) -> Change:
    """Names of keys may be a person's; they stay out."""

    def told(row: Row | None) -> Row | None:
        return row and {name: row[name] for name in row.keys() & {*_SHOWN_QUOTAS, "replaced_by"} - {"name"}}

    return Change(action, key["user_id"], key["id"], None, told(before), told(after))
