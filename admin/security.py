"""How well the stores are guarded: a line a matter, or an error that says what to do."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr
from redis.exceptions import RedisError

from shared.accounts.examine import eviction
from shared.accounts.roles import ADMIN, INGEST, ROLES, SERVER, Roles
from shared.counted import counted
from shared.errors import LecternError
from shared.settings import AdminSettings, IngestSettings, load
from shared.stores.open import Stores
from shared.stores.private import close
from shared.stores.redis import connect

Check = tuple[str, Callable[[], Awaitable[str]]]

_OWN = "embedded: this user's alone"
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "")
_ENCRYPTED_MODES = ("require", "verify-ca", "verify-full")
PATIENCE_SECONDS = 5.0


def checks(stores: Stores[AdminSettings]) -> list[Check]:
    """In the order in which they are shown."""
    chosen = stores.settings
    return [
        ("PostgreSQL login", lambda: _login(stores)),
        ("PostgreSQL roles", lambda: _roles(stores)),
        ("PostgreSQL TLS", lambda: _postgres_tls(chosen.database_url)),
        ("Redis TLS", lambda: _tls(chosen.redis_url, "rediss", "LECTERN_REDIS_URL")),
        ("Redis users", lambda: _redis_users(chosen.limits_redis_url or chosen.redis_url)),
        ("Redis eviction", lambda: eviction(stores)),
        ("Qdrant TLS", lambda: _tls(chosen.qdrant_url, "https", "LECTERN_QDRANT_URL")),
        ("Qdrant key", lambda: _qdrant_key(chosen)),
        ("files", lambda: asyncio.to_thread(_files)),
    ]


async def _login(stores: Stores[AdminSettings]) -> str:
    if stores.settings.database_url is None:
        return _OWN
    async with stores.bare_database() as database:
        found = await Roles(database).login()
    if found["is_superuser"]:
        raise LecternError(
            f"{found['name']} is a superuser, whom no right restrains",
            f"name a login in {ADMIN}, {INGEST} or {SERVER}",
        )
    member = ", ".join(found["member_of"])
    if found["owns_tables"]:
        return f"{found['name']} owns the tables: for `migrate` and `roles`; give servers a login in {SERVER}"
    return f"{found['name']}, in {member}" if member else f"{found['name']}, in none of our roles"


async def _roles(stores: Stores[AdminSettings]) -> str:
    if stores.settings.database_url is None:
        return _OWN
    async with stores.bare_database() as database:
        wrong = await Roles(database).differences()
    if wrong is None:
        raise LecternError("the roles are not there", "run `lectern-admin roles --apply`")
    if wrong:
        raise LecternError(
            f"rights differ from ours: {wrong[0]}" + (f", and {len(wrong) - 1} more" if wrong[1:] else ""),
            "run `lectern-admin roles --apply`",
        )
    return f"{', '.join(ROLES)}, with their rights and no others"


async def _postgres_tls(url: SecretStr | None) -> str:
    if url is None:
        return _OWN
    parts = urlsplit(url.get_secret_value())
    if _is_here(parts.hostname):
        return "on this machine"
    mode = parse_qs(parts.query).get("sslmode", ["prefer"])[-1]
    if mode not in _ENCRYPTED_MODES:
        raise LecternError(
            f"sslmode is {mode}: the connection may go unencrypted",
            "add ?sslmode=verify-full to LECTERN_DATABASE_URL",
        )
    return f"sslmode {mode}"


async def _tls(url: SecretStr | None, scheme: str, variable: str) -> str:
    if url is None:
        return _OWN
    parts = urlsplit(url.get_secret_value())
    if parts.scheme == "unix" or _is_here(parts.hostname):
        return "on this machine"
    if parts.scheme != scheme:
        raise LecternError("the connection is not encrypted", f"begin {variable} with {scheme}://")
    return "encrypted"


async def _redis_users(url: SecretStr | None) -> str:
    if url is None:
        return _OWN
    address = url.get_secret_value()
    bare = urlsplit(address)
    if bare.scheme == "unix":
        return "a socket of this machine, which its file's mode guards"
    without = bare._replace(netloc=bare.netloc.rpartition("@")[2]).geturl()
    try:
        client = await connect(without, PATIENCE_SECONDS)
    except (RedisError, OSError, TimeoutError):
        return "nobody enters without a password"
    try:
        await client.ping()
    except (RedisError, OSError, TimeoutError):
        return "nobody enters without a password"
    finally:
        await client.aclose()
    raise LecternError(
        "whoever reaches it may reset every limit: it wants no password",
        "set requirepass or ACL users, and name one in LECTERN_REDIS_URL",
    )


async def _qdrant_key(chosen: AdminSettings) -> str:
    if chosen.qdrant_url is None:
        return _OWN
    if chosen.qdrant_api_key is None:
        raise LecternError(
            "it is used without a key: whoever reaches it may change the index",
            "set a key in Qdrant's configuration, and in LECTERN_QDRANT_API_KEY",
        )
    return "set"


def _files() -> str:
    closing = close(load(IngestSettings))
    if closing.others or closing.open:
        wrong = [*closing.others, *closing.open]
        raise LecternError(
            f"{counted(len(wrong), 'file')} can be read by others, {wrong[0]} first", "run `ingest doctor`"
        )
    return "readable by this user alone"


def _is_here(host: str | None) -> bool:
    return (host or "") in _LOOPBACK
