"""Keys for tests: of a user of their own, with what limits and libraries a test wants."""

import secrets
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from shared.accounts.emails import address
from shared.accounts.keys import mint
from shared.accounts.store import Accounts
from shared.stores.postgres import Database

MANY = 100_000


class Key(NamedTuple):
    """A key, and the ids of its rows."""

    key: str
    id: UUID
    user_id: UUID


async def make_key(
    database: Database, *, limits: dict[str, int] | None = None, user_id: UUID | None = None, **given: Any
) -> Key:
    """A key of a new user, or of this one; `limits` are the user's, what else is given is the key's."""
    accounts = Accounts(database)
    if user_id is None:
        user_id = (await accounts.add_user(address(f"{uuid4().hex}@example.com"), None))["id"]
    if limits:
        await accounts.set_limits(user_id, limits, clear=False)
    minted = mint(secrets.token_bytes)
    columns = {
        "name": None,
        "quota_requests_per_minute": MANY,
        "quota_requests_per_day": MANY,
        "expires_at": None,
        "libraries": None,
        **given,
    }
    row = await accounts.create_key(user_id, minted, columns)
    return Key(minted.key, row["id"], user_id)
