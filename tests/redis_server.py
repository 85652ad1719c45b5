"""A Redis server of the system's own, on a port that nobody else has."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 20


@contextmanager
def redis_server(place: Path, name: str = "redis-server", *more: str) -> Iterator[str]:
    """Its address; it writes to `place`. `more` is more of its command line."""
    program = shutil.which(name)
    assert program, f"install {name}, which these tests run: apt-get install {name}"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {"port": str(port), "bind": "127.0.0.1", "save": "", "dir": str(place)}
    command = [program, *(word for name, value in options.items() for word in (f"--{name}", value)), *more]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(SECONDS)
