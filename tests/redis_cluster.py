"""A Redis Cluster of three nodes of the embedded Valkey, on ports of loopback."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

SECONDS = 30
SLOTS = 16384


@contextmanager
def redis_cluster(program: Path, nodes: int = 3) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of the first node, and the nodes' processes, which a test may kill."""
    with ExitStack() as ending:
        place = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="cluster-")))
        ports = _free_ports(nodes)
        processes = []
        for port in ports:
            options = {
                "port": port,
                "bind": "127.0.0.1",
                "cluster-enabled": "yes",
                "cluster-config-file": place / f"{port}.conf",
                "cluster-node-timeout": 2000,
                "cluster-require-full-coverage": "no",
                "save": "",
                "dir": place,
                "logfile": place / f"{port}.log",
            }
            command = [
                str(program),
                *(str(word) for name, value in options.items() for word in (f"--{name}", value)),
            ]
            process = subprocess.Popen(command)
            ending.callback(process.wait, SECONDS)
            ending.callback(process.kill)
            processes.append(process)
        clients = [ending.enter_context(Redis(port=port)) for port in ports]
        _until(lambda: all(_answers(client) for client in clients))
        for place_of, client in enumerate(clients):
            first, last = SLOTS * place_of // nodes, SLOTS * (place_of + 1) // nodes - 1
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", place_of + 1)
        for port in ports[1:]:
            clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port)
        _until(lambda: all(_state(client) == ("ok", str(SLOTS)) for client in clients))
        yield f"redis://127.0.0.1:{ports[0]}/0", processes


def _free_ports(number: int) -> list[int]:
    """Below those that a cluster's bus would move beyond the last port."""
    found: list[int] = []
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first_tried = 21_000 + worker % 6 * 3_000 + os.getppid() % 300 * 7  # tests run beside each other
    for port in range(first_tried, first_tried + 900, 7):
        with socket.socket() as first, socket.socket() as bus:
            if first.connect_ex(("127.0.0.1", port)) and bus.connect_ex(("127.0.0.1", port + 10_000)):
                found.append(port)
        if len(found) == number:
            return found
    raise AssertionError("no port is free")


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
