"""A Redis Cluster of three nodes of the embedded Valkey, on ports of loopback."""

import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from redis import Redis
from redis.exceptions import RedisError

SECONDS = 30
TRIES = 20
PORTS = range(10_000, 32_000)  # below those that a system gives to whoever asks for any
SLOTS = 16384


@contextmanager
def redis_cluster(program: Path, nodes: int = 3) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of the first node, and the nodes' processes, which a test may kill."""
    with ExitStack() as ending:
        place = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="cluster-")))
        made = sorted(_node(program, place, ending) for _ in range(nodes))
        clients = [ending.enter_context(Redis(port=node.port)) for node in made]
        for place_of, client in enumerate(clients):
            first, last = SLOTS * place_of // nodes, SLOTS * (place_of + 1) // nodes - 1
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", place_of + 1)
        for node in made[1:]:
            clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)
        _until(lambda: all(_state(client) == ("ok", str(SLOTS)) for client in clients))
        yield f"redis://127.0.0.1:{made[0].port}/0", [node.process for node in made]


class Node(NamedTuple):
    port: int
    bus: int
    process: subprocess.Popen[bytes]


def _node(program: Path, place: Path, ending: ExitStack) -> Node:
    """One that answers. Where another program took a port first, the node ends, and the next is tried."""
    log = place / "log"
    for _ in range(TRIES):
        port, bus = random.sample(PORTS, 2)
        options = {
            "port": port,
            "bind": "127.0.0.1",
            "cluster-enabled": "yes",
            "cluster-port": bus,
            "cluster-config-file": place / f"{port}.conf",
            "cluster-node-timeout": 2000,
            "cluster-require-full-coverage": "no",
            "save": "",
            "dir": place,
            "logfile": log,
        }
        process = subprocess.Popen(
            [str(program), *(str(word) for name, value in options.items() for word in (f"--{name}", value))]
        )
        ending.callback(process.wait, SECONDS)
        ending.callback(process.kill)
        with Redis(port=port) as client:
            _until(lambda: process.poll() is not None or _answers(client))  # noqa: B023
        if process.poll() is None:
            return Node(port, bus, process)
    raise AssertionError(log.read_text())


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def _state(client: Redis) -> tuple[str, str]:
    said = client.cluster("INFO")
    return said["cluster_state"], said["cluster_slots_ok"]


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, "the cluster does not come up"
        time.sleep(0.05)
