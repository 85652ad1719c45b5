"""Errors of PostgreSQL and its driver become ours: the server's own words and what to do, never the URL."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg_pool import PoolTimeout

from shared.errors import DatabaseReadOnly, DatabaseUnavailable, ValueRefused
from shared.one_line import one_line
from shared.stores.prompt import Unanswered
from shared.stores.session import shared_backend

_LOST = ("08", "57P")
"""SQLSTATE classes: connection exceptions, and a server that is shut down or starting."""
_BY_POOLER = "08P01"
"""What PgBouncer says once it has taken the connection."""
_SHARED = ("42P05", "26000")
"""A prepared statement that is there already, or is not: another client's session."""
_TROUBLES = (
    ("28", "PostgreSQL authentication failed", "correct LECTERN_DATABASE_URL"),
    ("3D", "the PostgreSQL database does not exist", "create it, or correct LECTERN_DATABASE_URL"),
    (
        "42501",
        "PostgreSQL denies a privilege",
        "name a login that has it in LECTERN_DATABASE_URL, or grant it",
    ),
    ("42883", "the database lacks a function of Lectern's", "run `ingest migrate`"),
    ("42P01", "the database lacks a table of Lectern's", "run `ingest migrate`"),
    ("42703", "the database lacks a column of Lectern's", "run `ingest migrate`"),
    (
        "57014",
        "PostgreSQL cancelled a statement",
        "try again; where it did so by itself, raise statement_timeout",
    ),
    ("53100", "PostgreSQL's disk is full", "free some of it, then try again"),
    ("53", "PostgreSQL is out of disk, memory or connections", "free or add some, then try again"),
)
_REFUSALS = (
    (
        r'authentication failed for user "(.+?)"',
        "PostgreSQL authentication failed for the role {}",
        "correct the name and password in LECTERN_DATABASE_URL",
    ),
    (
        "no password supplied",
        "PostgreSQL requires a password",
        "add it to LECTERN_DATABASE_URL, or to the file that PGPASSFILE names",
    ),
    (
        r'role "(.+?)" (?:does not exist|is not permitted to log in)',
        "PostgreSQL has no role {} that can log in",
        "create it, or correct the name in LECTERN_DATABASE_URL",
    ),
    (
        r'database "(.+?)" does not exist',
        "PostgreSQL has no database {}",
        "create it, or correct the name in LECTERN_DATABASE_URL",
    ),
    (
        r'permission denied for database "(.+?)"',
        "no permission to connect to the PostgreSQL database {}",
        "grant CONNECT to the role of LECTERN_DATABASE_URL",
    ),
    ("no pg_hba.conf entry", "PostgreSQL rejects connections from this host", "add it to pg_hba.conf"),
    (
        r"invalid \w+ value|invalid integer value|invalid value for parameter",
        "LECTERN_DATABASE_URL cannot be used",
        "correct it",
    ),
)
"""What a server says when it rejects a connection: the driver then has no SQLSTATE, only the words."""
_FULL = (
    (
        r"too many connections for (role|database) .(.+?).(?: |$)",
        "the {} {} has no connection left in PostgreSQL",
        "try again later, or raise its CONNECTION LIMIT",
    ),
    (
        r"no more connections allowed|query_wait_timeout",
        "the pooler before PostgreSQL has no session left",
        "try again later, or raise its max_client_conn and default_pool_size",
    ),
    (
        r"too many (?:clients|connections)|connection slots",
        "PostgreSQL has no connection left",
        "try again later, or raise its max_connections",
    ),
)
"""What it says where that may pass by itself."""
_BAD_VALUE = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,  # an index takes no longer value
    UnicodeEncodeError,  # half a character
)


READ_ONLY_HINT = (
    "name a primary in LECTERN_DATABASE_URL, not a standby; "
    "where it is one, see who set default_transaction_read_only of the role, the database or the server, and why"
)


@asynccontextmanager
async def mapped() -> AsyncIterator[None]:
    """Errors of the driver leave the block as ours, without the URL."""
    try:
        yield
    except _BAD_VALUE as error:
        raise ValueRefused(f"PostgreSQL cannot store a value ({_why(error)})", "see its log") from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise DatabaseReadOnly(
            f"PostgreSQL is read-only ({_why(error)})",
            READ_ONLY_HINT,
        ) from error
    except PoolTimeout as error:
        raise DatabaseUnavailable(
            "all our connections to PostgreSQL are in use",
            "try again when less is asked at once; if it stays so, see what PostgreSQL waits for",
        ) from error
    except Unanswered as error:
        raise DatabaseUnavailable(
            f"PostgreSQL does not answer ({error})",
            "try again; if it stays so, see whether it is paused, out of reach, or waits for a lock",
        ) from error
    except psycopg.Error as error:
        raise unavailable(error) from error


def _why(error: Exception) -> str:
    """The first line of what the server says: the others may repeat the row, and with it what a user asked."""
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return one_line(said or str(error))


def unavailable(error: psycopg.Error) -> DatabaseUnavailable:
    """The error a person reads."""
    reason = _why(error)
    code = error.sqlstate or ""
    if code in _SHARED:
        return shared_backend()
    for prefix, what, hint in _TROUBLES:
        if code.startswith(prefix):
            return DatabaseUnavailable(f"{what} ({reason})", hint)
    for pattern, what, hint in () if code and code != _BY_POOLER else (*_REFUSALS, *_FULL):
        if said := re.search(pattern, reason):
            words = reason.rpartition("FATAL: ")[2].strip()
            return DatabaseUnavailable(f"{what.format(*said.groups())} ({words})", hint)
    if is_lost(error):
        hint = "try again; if it fails again, check that it runs, and LECTERN_DATABASE_URL if set"
        return DatabaseUnavailable(f"cannot reach PostgreSQL ({reason})", hint)
    return DatabaseUnavailable(f"PostgreSQL refused a statement ({reason})", "see its log")


def unreadable(error: psycopg.ProgrammingError) -> DatabaseUnavailable:
    """An address that the driver cannot read. The driver may repeat all of it, so only one of its reasons is shown."""
    unknown = re.fullmatch('invalid URI query parameter: "(.*)"', one_line(str(error)))
    why = f" (there is no parameter {unknown[1]})" if unknown else ""
    return DatabaseUnavailable(f"LECTERN_DATABASE_URL cannot be read{why}", "correct it")


def is_lost(error: psycopg.Error) -> bool:
    """Whether a new connection may work where this one failed."""
    if error.sqlstate:
        return error.sqlstate.startswith(_LOST)
    if isinstance(error, PoolTimeout | Unanswered):  # they are there, and all in use or silent
        return False
    if any(re.search(pattern, _why(error)) for pattern, _, _ in _REFUSALS):
        return False
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
