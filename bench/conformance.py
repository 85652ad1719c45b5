"""`python -m bench.conformance`: the MCP project's own conformance suite, over HTTP on loopback, against this server.

`BENCH_NODE_MODULES` names a directory where `npm i @modelcontextprotocol/conformance` was run; node 22 is
that of `BENCH_NODE`, else of PATH. The server answers from the stores of its usual settings.

Most scenarios call tools, prompts and resources that only the suite's own example server has. They are listed as
such, and expected to fail; the exit code is 1 if anything else fails.
"""

import os
import re
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import anyio
import uvicorn
from rich.console import Console
from rich.table import Table

from mcp_server.server import build
from shared.settings import load

FIXTURES = frozenset(
    {
        "tools-call-image",
        "tools-call-audio",
        "tools-call-embedded-resource",
        "tools-call-mixed-content",
        "tools-call-with-logging",
        "tools-call-with-progress",
        "tools-call-sampling",
        "tools-call-elicitation",
        "json-schema-2020-12",
        "elicitation-sep1034-defaults",
        "elicitation-sep1330-enums",
        "server-sse-polling",
        "resources-read-text",
        "resources-read-binary",
        "resources-templates-read",
        "prompts-get-simple",
        "prompts-get-with-args",
        "prompts-get-embedded-resource",
        "prompts-get-with-image",
    }
)
"""Scenarios that ask for `test_...`, `test://...` or `json_schema_2020_12_tool`."""
NOT_OFFERED = frozenset({"logging-set-level", "resources-subscribe", "resources-unsubscribe"})
"""Optional capabilities that this server does not announce: the protocol's logging is deprecated, and what is
served changes only by a publish, which a client sees when it reads again."""
HOLLOW = frozenset({"tools-call-simple-text", "tools-call-error"})
"""They call `test_...` tools too, and are content with the text that there is no such tool."""

_RESULT = re.compile(
    r"^[✓✗] (?P<scenario>[\w-]+): (?P<passed>\d+) passed, (?P<failed>\d+) failed", re.MULTILINE
)
SECONDS = 180


def main() -> int:
    modules = os.environ.get("BENCH_NODE_MODULES")
    node = os.environ.get("BENCH_NODE") or shutil.which("node")
    if not modules or not node:
        sys.stderr.write("set BENCH_NODE_MODULES, and have node 22 in PATH or BENCH_NODE\n")
        return 2
    program = Path(modules).absolute() / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
    said = anyio.run(conformance, [node, str(program)])
    results = {found["scenario"]: int(found["failed"]) for found in _RESULT.finditer(said)}
    if not results:
        sys.stderr.write(said)
        return 2
    return show(results)


async def conformance(command: list[str]) -> str:
    """What the suite printed about the server, which lives meanwhile."""
    port = free_port()
    app = build(
        load()
    ).streamable_http_app()  # what `run("streamable-http")` serves, without its log of requests
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    async with anyio.create_task_group() as serving:
        serving.start_soon(server.serve)
        await answers(port)
        with tempfile.TemporaryDirectory() as results, anyio.fail_after(SECONDS):
            url = f"http://127.0.0.1:{port}/mcp"
            options = ["server", "--url", url, "--suite", "all", "-o", results]
            ran = await anyio.run_process([*command, *options], check=False, stderr=sys.stderr)
        server.should_exit = True
    return ran.stdout.decode()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


async def answers(port: int) -> None:
    """Return as soon as somebody listens there."""
    with anyio.fail_after(20):
        while True:
            try:
                await (await anyio.connect_tcp("127.0.0.1", port)).aclose()
            except OSError:
                await anyio.sleep(0.05)
            else:
                return


def show(results: dict[str, int]) -> int:
    """Print every scenario with what its outcome means; 1 if one failed that should pass."""
    table = Table(box=None)
    table.add_column("scenario")
    table.add_column("outcome")
    table.add_column("")
    unexpected = 0
    for scenario, failed in results.items():
        known = (
            "of the suite's fixtures"
            if scenario in FIXTURES
            else "not offered"
            if scenario in NOT_OFFERED
            else "says little: that there is no such tool is enough"
            if scenario in HOLLOW
            else ""
        )
        is_expected = scenario in FIXTURES | NOT_OFFERED
        unexpected += bool(failed) and not is_expected
        table.add_row(scenario, "failed" if failed else "passed", known)
    Console().print(table)
    passed = sum(not failed for failed in results.values())
    Console().print(f"{passed} of {len(results)} passed, {unexpected} failed that should not")
    return int(unexpected > 0)


if __name__ == "__main__":
    sys.exit(main())
