"""The conformance suite of the protocol's makers, over HTTP with a key: what passes, and what does not and why.

docs/pages/team.md has the same list.
"""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests import node
from tests.flows.keys import make_key
from tests.http.bridging import listening
from tests.http_service import serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SUITE = "@modelcontextprotocol/conformance@0.1.16"
PASS = {
    "completion-complete",
    "dns-rebinding-protection",
    "ping",
    "prompts-list",
    "resources-list",
    "server-initialize",
    "server-sse-multiple-streams",
    "tools-list",
}
HOLLOW = {"tools-call-simple-text", "tools-call-error"}
"""They pass too, and call tools that only the suite's own server has: the text that there is none is enough."""
OF_THE_SUITE = {
    "elicitation-sep1034-defaults",
    "elicitation-sep1330-enums",
    "json-schema-2020-12",
    "prompts-get-embedded-resource",
    "prompts-get-simple",
    "prompts-get-with-args",
    "prompts-get-with-image",
    "resources-read-binary",
    "resources-read-text",
    "resources-templates-read",
    "server-sse-polling",
    "tools-call-audio",
    "tools-call-elicitation",
    "tools-call-embedded-resource",
    "tools-call-image",
    "tools-call-mixed-content",
    "tools-call-sampling",
    "tools-call-with-logging",
    "tools-call-with-progress",
}
"""They fail: they want tools, prompts and resources of the suite's own server."""
NOT_OFFERED = {"logging-set-level", "resources-subscribe", "resources-unsubscribe"}
"""They fail: optional, and not announced."""
RESULT = re.compile(r"^[✓✗] ([\w-]+): \d+ passed, (\d+) failed", re.MULTILINE)


class Bearing:
    """The suite can send no key: it is added on the way, and the service called by its own name."""

    def __init__(self, app: ASGIApp, key: str, host: str) -> None:
        self._app = app
        self._added = [(b"authorization", f"Bearer {key}".encode())]
        self._host = host.encode()
        self.here = b"nowhere"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value.replace(self.here, self._host)) for name, value in scope["headers"]]
        await self._app({**scope, "headers": headers + self._added}, receive, send)


async def test_the_suite_passes_what_this_server_has(
    make_settings: Callable[..., IngestSettings], database: Database, tmp_path: Path
) -> None:
    modules = node.installed("node@22", SUITE)
    program = modules / "@modelcontextprotocol/conformance/dist/index.js"
    key = await make_key(database)

    def suite(url: str) -> str:
        options = ["server", "--url", f"{url}/mcp", "--suite", "all", "-o", str(tmp_path)]
        done = subprocess.run(
            [modules / ".bin/node", program, *options],
            env=node.environment(), capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        return done.stdout + done.stderr

    async with serving(make_settings()) as service:
        bearing = Bearing(service.app, key.key, urlsplit(service.url).netloc)
        async with listening(bearing, lifespan="off") as url:
            bearing.here = urlsplit(url).netloc.encode()
            told = await to_thread.run_sync(suite, url)

    failed = {name: int(count) for name, count in RESULT.findall(told)}
    assert {name for name, count in failed.items() if not count} == PASS | HOLLOW, told[-3000:]
    assert {name for name, count in failed.items() if count} == OF_THE_SUITE | NOT_OFFERED
