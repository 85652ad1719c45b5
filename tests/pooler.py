"""Debian's PgBouncer before the embedded PostgreSQL of the tests."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from shared.stores.embedded.daemon import without_root

SECONDS = 20
_PORT = 6432


@contextmanager
def pooler(database_url: str, mode: str, **more: object) -> Iterator[str]:
    """The address of the same database behind PgBouncer in that mode."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    assert program, "install PgBouncer, which these tests run: apt-get install pgbouncer"
    behind = urlsplit(database_url)
    place = Path(tempfile.mkdtemp(prefix="pooler-"))
    settings = {
        "pool_mode": mode,
        "auth_type": "any",
        "unix_socket_dir": place,
        "listen_port": _PORT,
        "logfile": place / "log",
        **more,
    }
    host = parse_qs(behind.query)["host"][0]
    lines = ["[databases]", f"* = host={host} user=postgres", "[pgbouncer]"]
    (place / "ini").write_text(
        "\n".join([*lines, *(f"{name} = {value}" for name, value in settings.items()), ""])
    )
    command = without_root([program, "--quiet", str(place / "ini")])
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + SECONDS
        while not _listens(place / f".s.PGSQL.{_PORT}"):
            assert process.poll() is None, (place / "log").read_text()
            assert time.monotonic() < deadline, (place / "log").read_text()
            time.sleep(0.01)
        yield f"postgresql://postgres@{behind.path}?host={quote(str(place))}&port={_PORT}"
    finally:
        process.terminate()
        process.wait(SECONDS)
        shutil.rmtree(place)


def _listens(place: Path) -> bool:
    """Its file is there before it takes connections."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(place)) == 0
