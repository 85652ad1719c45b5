"""Sessions, passwords, identities and invitations as rows, by the functions that the service over HTTP may run."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.accounts.emails import Address
from shared.accounts.sign_in.decision import Facts, Identity, Person
from shared.stores import sql
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.accounts.sign_in")


class SignIn:
    """Errors: DatabaseUnavailable, StatementRefused from every method. Tokens come as their hashes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Sessions

    async def begin_session(
        self, hashed: str, user_id: UUID, by: str, now: datetime, until: datetime
    ) -> bool:
        """False for whom is disabled."""
        given = {"hash": hashed, "user_id": user_id, "by": by, "now": now, "until": until}
        return bool((await self._one("begin_session", given))["begun"])

    async def session(self, hashed: str, now: datetime) -> Row | None:
        """`user_id` and `email`."""
        return await self._database.row(_SQL["session_of"], {"hash": hashed, "now": now})

    async def end_session(self, hashed: str) -> None:
        await self._one("end_session", {"hash": hashed})

    # Passwords

    async def password(self, address: Address) -> Row | None:
        """`user_id`, `hashed_password`, `is_disabled`."""
        return await self._database.row(_SQL["password_of"], {"email": address.email, "key": address.key})

    # Identities

    async def facts(
        self, identity: Identity, invitation: str | None, domains: Sequence[str], now: datetime
    ) -> Facts:
        """What is known of it; `invitation` is the hash of one that is to be used for it."""
        email, key = identity.address or (None, None)
        given = _of(identity) | {"email": email, "key": key, "invitation": invitation, "now": now}
        rows = await self._database.rows(_SQL["facts"], given)
        found = {row["means"]: _person(row) for row in rows if row["user_id"]}
        return Facts(
            rows[0]["bound_to"],
            found.get("identity"),
            found.get("email"),
            found.get("invitation"),
            domains,
        )

    async def connect(self, user_id: UUID, identity: Identity, confirmed_by: str) -> bool:
        """Whether the user signs in by it from now on; False where they or somebody else came first."""
        given = _of(identity) | {"user_id": user_id, "by": confirmed_by}
        return bool((await self._one("connect", given))["connected"])

    async def add(self, address: Address, identity: Identity) -> UUID | None:
        """Somebody new; None where somebody else came first."""
        given = _of(identity) | {"email": address.email, "key": address.key}
        found: UUID | None = (await self._one("add", given))["user_id"]
        return found

    async def bind(self, provider: str, issuer: str) -> bool:
        """Whether the name of the provider stands for this issuer, from now on if for none yet."""
        return bool((await self._one("bind", {"provider": provider, "issuer": issuer}))["bound"])

    async def set_groups(self, user_id: UUID, groups: Sequence[str]) -> None:
        """Those that the provider says somebody is in, in place of what it said before."""
        await self._one("set_groups", {"user_id": user_id, "groups": list(groups)})

    async def locale(self, user_id: UUID) -> str:
        """Of mails to the user: that of their invoices; English where none is known."""
        found: str | None = (await self._one("locale", {"user_id": user_id}))["locale"]
        return found or "en"

    # Invitations

    async def invitation(self, hashed: str, now: datetime) -> Row | None:
        """`user_id`, `email`, `has_password`, `has_identity`; None where it is used, too old or nobody's."""
        return await self._database.row(_SQL["invitation_of"], {"hash": hashed, "now": now})

    async def accept(
        self, hashed: str, now: datetime, *, password: str | None = None, identity: Identity | None = None
    ) -> UUID | None:
        """Use it up for the hash of a password or for an identity. Who was invited; None: too late, or taken."""
        nothing = {"provider": None, "issuer": None, "subject": None}
        of = _of(identity) if identity else nothing
        found: UUID | None = (
            await self._one("accept", of | {"hash": hashed, "now": now, "password": password})
        )["user_id"]
        return found

    async def _one(self, name: str, given: dict[str, Any]) -> Row:
        [row] = await self._database.rows(_SQL[name], given)
        return row


def _of(identity: Identity) -> dict[str, Any]:
    return {"provider": identity.provider, "issuer": identity.issuer, "subject": identity.subject}


def _person(row: Row) -> Person:
    return Person(row["user_id"], row["email"], row["is_disabled"], row["has_password"], row["has_identity"])
