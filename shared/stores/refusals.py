"""What PostgreSQL and its driver raise, as ours: the server's own words and what to do about them, never the URL."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from shared.errors import DatabaseReadOnly, DatabaseUnavailable, ValueRefused
from shared.one_line import one_line

_LOST = ("08", "57P")
"""SQLSTATE classes: connection exceptions, and a server that is shut down or starting."""
_TROUBLES = (
    ("28", "PostgreSQL refuses our name or password", "correct LECTERN_DATABASE_URL"),
    ("3D", "PostgreSQL has no such database", "create it, or correct LECTERN_DATABASE_URL"),
    ("42501", "PostgreSQL denies us a right", "grant it to the role of LECTERN_DATABASE_URL"),
    ("42883", "the database lacks a function of ours", "run `ingest migrate`"),
    ("42P01", "the database lacks a table of ours", "run `ingest migrate`"),
    ("42703", "the database lacks a column of ours", "run `ingest migrate`"),
    ("53", "PostgreSQL has run out of disk, memory or connections", "give it more, then repeat"),
)
_REFUSALS = (
    (
        r'authentication failed for user "(.+?)"',
        "PostgreSQL refuses the password of {}, or has no such role",
        "correct name and password in LECTERN_DATABASE_URL",
    ),
    ("no password supplied", "PostgreSQL wants a password", "write it into LECTERN_DATABASE_URL"),
    (
        r'role "(.+?)" (?:does not exist|is not permitted to log in)',
        "PostgreSQL has no role {} that may log in",
        "create it, or correct the name in LECTERN_DATABASE_URL",
    ),
    (
        r'database "(.+?)" does not exist',
        "PostgreSQL has no database {}",
        "create it, or correct the name in LECTERN_DATABASE_URL",
    ),
    (
        r'permission denied for database "(.+?)"',
        "PostgreSQL does not let us into the database {}",
        "grant CONNECT to the role of LECTERN_DATABASE_URL",
    ),
    ("no pg_hba.conf entry", "PostgreSQL lets nobody in from here", "add us to its pg_hba.conf"),
    (
        r"too many (?:clients|connections)|connection slots",
        "PostgreSQL has no connection left",
        "try again later, or raise its max_connections",
    ),
    (
        r"invalid \w+ value|invalid integer value|invalid value for parameter",
        "LECTERN_DATABASE_URL cannot be used",
        "correct it",
    ),
)
"""What a server says that does not let us in: the driver has no SQLSTATE then, only the words."""
_BAD_VALUE = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,  # an index takes no longer value
    UnicodeEncodeError,  # half a character
)


@asynccontextmanager
async def mapped() -> AsyncIterator[None]:
    """Failures of the driver leave the block as ours, without the URL."""
    try:
        yield
    except _BAD_VALUE as error:
        raise ValueRefused(f"PostgreSQL cannot store a value ({_why(error)})", "its log says more") from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise DatabaseReadOnly(
            f"PostgreSQL takes no writes ({_why(error)})",
            "name a server that does in LECTERN_DATABASE_URL, not a standby",
        ) from error
    except psycopg.Error as error:
        raise unavailable(error) from error


def _why(error: Exception) -> str:
    """The first line of what the server says: the others may repeat the row, and with it what a user asked."""
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return one_line(said or str(error))


def unavailable(error: psycopg.Error) -> DatabaseUnavailable:
    """What a person reads."""
    reason = one_line(str(error))
    code = error.sqlstate or ""
    for prefix, what, hint in _TROUBLES:
        if code.startswith(prefix):
            return DatabaseUnavailable(f"{what} ({reason})", hint)
    for pattern, what, hint in () if code else _REFUSALS:
        if said := re.search(pattern, reason):
            words = reason.rpartition("FATAL: ")[2].strip()
            return DatabaseUnavailable(f"{what.format(*said.groups())} ({words})", hint)
    if is_lost(error):
        hint = "try again; if it stays so, check that it runs, and LECTERN_DATABASE_URL if that is set"
        return DatabaseUnavailable(f"PostgreSQL does not serve us ({reason})", hint)
    return DatabaseUnavailable(f"PostgreSQL refused a statement ({reason})", "its log says more")


def unreadable(error: psycopg.ProgrammingError) -> DatabaseUnavailable:
    """For an address that the driver cannot read. It may repeat all of it, so only one of its reasons is told."""
    unknown = re.fullmatch('invalid URI query parameter: "(.*)"', one_line(str(error)))
    why = f" (there is no parameter {unknown[1]})" if unknown else ""
    return DatabaseUnavailable(f"LECTERN_DATABASE_URL cannot be read{why}", "correct it")


def is_lost(error: psycopg.Error) -> bool:
    """Whether a new connection may serve where this one did not."""
    if error.sqlstate:
        return error.sqlstate.startswith(_LOST)
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
