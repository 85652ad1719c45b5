"""The embedded PostgreSQL: initialised, started and probed."""

import asyncio
import os
import shlex
import shutil
import socket
import struct
from pathlib import Path
from urllib.parse import quote

from shared.errors import EngineFailed
from shared.stores.embedded.binaries import Server, postgres_servers
from shared.stores.embedded.daemon import run, without_root
from shared.stores.embedded.engine import Engine, Launch, failed
from shared.stores.embedded.place import Place

DATABASE = "lectern"
PORT = 5432  # of the socket's name only
_UNHEARD = "sslmode=disable&sslrootcert=&passfile="
"""What PGSSLROOTCERT and PGPASSFILE say is of servers."""

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "jit": "off",
    # clients are told of their own errors; this keeps the log short
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}

_STARTING_UP = b"57P03"


def url(place: Place) -> str:
    """What psycopg connects to."""
    return (
        f"postgresql://postgres@/{DATABASE}?host={quote(os.fsencode(place.sockets))}&port={PORT}&{_UNHEARD}"
    )


def address(place: Place) -> Path:
    return place.sockets / f".s.PGSQL.{PORT}"


async def prepare(place: Place, pg_bin: Path | None) -> Launch:
    """The command line of the server over this home's data, which are made first if there are none."""
    server = fitting(place, await postgres_servers(pg_bin), pg_bin)
    data = place.root / server.data
    if not data.exists():
        await _initialise(place, server, data)
    elif not (data / "PG_VERSION").exists():
        raise EngineFailed(f"{data} holds no PostgreSQL data", "move it away, a new one is made")
    settings = {**_SETTINGS, "unix_socket_directories": str(place.sockets)}
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    command = without_root([str(server.program), "-D", str(data), "-p", str(PORT), *options])
    # What a killed postmaster leaves names a process id that may be another's by now.
    socket_file = address(place)
    return Launch(command, (data / "postmaster.pid", socket_file, Path(f"{socket_file}.lock")))


async def answers(path: Path) -> bool:
    """Whether the server at this socket takes a session: the start of the real protocol, no driver."""
    loop = asyncio.get_running_loop()
    hello = struct.pack("!i", 196608) + f"user\0postgres\0database\0{DATABASE}\0\0".encode()
    try:
        async with asyncio.timeout(2):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.setblocking(False)
                await loop.sock_connect(connection, str(path))
                await loop.sock_sendall(connection, struct.pack("!i", len(hello) + 4) + hello)
                heard = b""
                while not heard.endswith(b"Z\0\0\0\x05I"):  # ready for query, idle
                    received = await loop.sock_recv(connection, 4096)
                    if not received:
                        # refused for any reason but its own state, such as too many clients: it serves
                        return heard.startswith(b"E") and _STARTING_UP not in heard
                    heard += received
                await loop.sock_sendall(connection, b"X\0\0\0\x04")
                return True
    except (OSError, TimeoutError):
        return False


def fitting(place: Place, servers: list[Server], pg_bin: Path | None = None) -> Server:
    """The server whose data are here, else the first one. Raises EngineFailed if other data are here.

    `pg_bin` is the directory of LECTERN_PG_BIN, to which the choice was limited.
    """
    for server in servers:
        if (place.root / server.data).exists():
            return server
    if foreign := sorted(path for path in place.root.glob("postgres-*") if path.suffix != ".new"):
        raise EngineFailed(
            f"{foreign[0]} needs another PostgreSQL than {servers[0].major}",
            f"unset LECTERN_PG_BIN ({pg_bin}), or name that version's bin directory in it"
            if pg_bin
            else "set LECTERN_PG_BIN to the bin directory of that version, or move it away to start anew",
        )
    return servers[0]


async def _initialise(place: Place, server: Server, data: Path) -> None:
    """A whole data directory with our database, or none: made aside, then renamed."""
    for left in place.root.glob("postgres-*.new"):
        shutil.rmtree(left, ignore_errors=True)
    new = place.root / f"{server.data}-{os.getpid()}.new"
    bare = ["-U", "postgres", "--auth=trust", "-E", "UTF8", *_locale(), "--no-instructions", "-D", str(new)]
    steps = (
        (["initdb", *bare], b""),
        (["postgres", "--single", "-D", str(new), "postgres"], f"CREATE DATABASE {DATABASE}\n".encode()),
    )
    try:
        for (program, *arguments), feed in steps:
            command = without_root([str(server.program.with_name(program)), *arguments])
            code, output = await run(command, feed)
            if code != 0:
                log = place.log("postgres")
                with log.open("a") as lines:
                    lines.write(f"{shlex.join(command)}\n{output}")
                raise failed("PostgreSQL", output, place, log)
        new.rename(data)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _locale() -> list[str]:
    """Characters as UTF-8 knows them, order by code point, the same on every machine."""
    if os.uname().sysname == "Darwin":  # has no C.UTF-8
        return ["--locale=en_US.UTF-8", "--lc-collate=C"]
    return ["--locale=C.UTF-8"]


POSTGRES = Engine("postgres", "PostgreSQL", address, url, answers, prepare)
