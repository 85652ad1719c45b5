"""Pure: who calls, by what the database says of a key or a token."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.accounts.access import access_of, rules_of
from shared.accounts.limits import limits_of
from shared.model.account import Denied, Principal


def caller(row: Mapping[str, Any] | None, now: datetime) -> Principal | Denied:
    """From a row of `authenticate_key` or `authenticate_token`; what speaks against it is the key, or its user."""
    if row is None:
        return Denied("key")
    if row["is_revoked"] or (row["expires_at"] and row["expires_at"] <= now):
        return Denied("key", api_key_id=row["api_key_id"])
    if row["is_disabled"]:
        return Denied("user", api_key_id=row["api_key_id"])
    access = access_of(row["libraries"], rules_of(row["rules"]))
    return Principal(row["user_id"], row["api_key_id"], limits_of(row), access)
