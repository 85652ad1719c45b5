"""`python -m bench.start [ROUNDS]`: from spawn to `tools/list`, of this server and of a bare `MCPServer`, in turns.

With `BENCH_NODE_MODULES` (a directory where `npm i @upstash/context7-mcp` was run) that server takes
part, under the node of `BENCH_NODE` or of PATH. Memory is read from /proc once the tools are listed, so on
Linux only. Nothing is crawled, no store is opened.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = 15
WARM_UP = 2
MEBIBYTE = 1024
BARE = """
from mcp.server.mcpserver import MCPServer

server = MCPServer("bare")


@server.tool()
async def first(text: str) -> str:
    return text


@server.tool()
async def second(text: str) -> str:
    return text


server.run()
"""
INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds since the spawn, and the memory afterwards in MiB (0 where it cannot be read)."""

    initialize: float
    tools_list: float
    rss: float
    pss: float


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """Rows for `make bench`: medians, the servers in turn."""
    with tempfile.TemporaryDirectory() as home:
        ways = servers(Path(home))
        found: dict[str, list[Start]] = {name: [] for name in ways}
        for turn in range(rounds + WARM_UP):
            for name, (command, env) in ways.items():
                start = measured(command, env)
                if turn >= WARM_UP:
                    found[name].append(start)
    bare = median(start.tools_list for start in found["bare MCPServer"])
    rows = [
        {
            "server": name,
            "initialize ms": round(median(start.initialize for start in starts)),
            "tools/list ms": round(median(start.tools_list for start in starts)),
            "to bare": round(median(start.tools_list for start in starts) / bare, 3),
            "RSS MiB": round(median(start.rss for start in starts)),
            "PSS MiB": round(median(start.pss for start in starts)),
        }
        for name, starts in found.items()
    ]
    return {"rows": rows, "notes": [f"From the start of the process; median of {rounds} rounds."]}


def servers(home: Path) -> dict[str, tuple[Sequence[str], Mapping[str, str]]]:
    """Command and environment of each server that takes part."""
    bare = home / "bare.py"
    bare.write_text(BARE)
    env = {name: os.environ[name] for name in ("HOME", "PATH", "LANG") if name in os.environ}
    ours = env | {"LECTERN_HOME": str(home / "home")}
    found: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {
        "bare MCPServer": ([sys.executable, "-P", str(bare)], env),
        "lectern-mcp": ([sys.executable, "-P", "-m", "mcp_server"], ours),
    }
    modules = os.environ.get("BENCH_NODE_MODULES")
    node = os.environ.get("BENCH_NODE") or shutil.which("node")
    if modules and node:
        script = Path(modules) / "node_modules/@upstash/context7-mcp/dist/index.js"
        found["@upstash/context7-mcp"] = ([node, str(script)], env)
    return found


def measured(command: Sequence[str], env: Mapping[str, str]) -> Start:
    """Start a server, open a session as an editor does, read its memory, end it."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(env)
    ) as process:
        try:
            ask(process, 1, "initialize", INITIALIZE)
            initialized = time.perf_counter()
            tell(process, {"jsonrpc": "2.0", "method": "notifications/initialized"})
            ask(process, 2, "tools/list", {})
            listed = time.perf_counter()
            rss, pss = memory(process.pid)
        finally:
            process.kill()
    return Start((initialized - began) * 1000, (listed - began) * 1000, rss, pss)


def ask(process: subprocess.Popen[bytes], number: int, method: str, params: Mapping[str, object]) -> None:
    """Send a request and wait for its answer."""
    tell(process, {"jsonrpc": "2.0", "id": number, "method": method, "params": params})
    if process.stdout is None:
        raise ValueError("its output is not a pipe")
    for line in process.stdout:
        if json.loads(line).get("id") == number:
            return
    raise RuntimeError(f"it ended before it answered {method}")


def tell(process: subprocess.Popen[bytes], message: Mapping[str, object]) -> None:
    if process.stdin is None:
        raise ValueError("its input is not a pipe")
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()


def memory(process: int) -> tuple[float, float]:
    """Resident and proportional set size."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0, 0.0
    sizes = {
        name: float(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in text.splitlines()[1:])
    }
    return sizes["Rss"] / MEBIBYTE, sizes["Pss"] / MEBIBYTE


if __name__ == "__main__":
    for row in run(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)["rows"]:
        print(row)
