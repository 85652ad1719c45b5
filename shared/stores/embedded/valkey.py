"""The embedded Redis (Valkey): started and probed."""

import asyncio
import os
import socket
from pathlib import Path
from urllib.parse import quote

from shared.stores.embedded.binaries import redis_server
from shared.stores.embedded.engine import Engine, Launch
from shared.stores.embedded.place import Place

_SETTINGS = {
    "port": "0",
    "daemonize": "no",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "0",
    "maxmemory-policy": "noeviction",
    "loglevel": "warning",
}


def url(place: Place) -> str:
    """What redis-py connects to."""
    return f"unix://{quote(os.fsencode(address(place)))}?db=0"


def address(place: Place) -> Path:
    return place.sockets / "valkey.sock"


async def prepare(place: Place, _pg_bin: Path | None) -> Launch:
    """The command line of the server over this home's data."""
    server = await redis_server()
    data = place.root / server.data
    data.mkdir(mode=0o700, exist_ok=True)
    settings = {
        **_SETTINGS,
        "unixsocket": str(address(place)),
        "dir": str(data),
        "logfile": str(place.log("redis")),
    }
    options = [part for key, value in settings.items() for part in (f"--{key}", value)]
    return Launch([str(server.program), *options], (address(place),))


async def answers(path: Path) -> bool:
    """Whether the server at this socket serves; one that still loads its data does not."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(2):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.setblocking(False)
                await loop.sock_connect(connection, str(path))
                await loop.sock_sendall(connection, b"PING\r\n")
                reply = await loop.sock_recv(connection, 100)
    except (OSError, TimeoutError):
        return False
    return bool(reply) and not reply.startswith((b"-LOADING", b"-MASTERDOWN"))


REDIS = Engine("redis", "Redis", address, url, answers, prepare)
