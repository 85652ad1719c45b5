"""The process that `lectern-mcp --transport http` starts: how it begins, and how it ends."""

import asyncio
import json
import os
import re
import secrets
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from mcp_server.__main__ import is_http
from shared.accounts.keys import mint
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests import evil_issuer as evils
from tests.evil_issuer import CLIENT, evil_issuer
from tests.flows.asking import server_environment
from tests.flows.keys import make_key
from tests.flows.server_process import COMMAND
from tests.http.raw import connected

pytestmark = pytest.mark.processes

PATIENCE = 40.0


@pytest.fixture
def env(make_settings: Callable[..., IngestSettings]) -> dict[str, str]:
    return server_environment(make_settings())


@contextmanager
def started(env: dict[str, str], *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [*COMMAND, "--transport", "http", *words], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        assert process.stderr
        process.stderr.close()


def address(process: "subprocess.Popen[bytes]") -> str:
    """Where it says that it serves."""
    assert process.stderr
    ready, _, _ = select.select([process.stderr], [], [], PATIENCE)
    assert ready, "nothing was said"
    line = process.stderr.readline().decode()
    found = re.fullmatch(
        r"lectern-mcp: serves (http://127\.0\.0\.1:\d+)/mcp, listening on 127\.0\.0\.1:\d+\n", line
    )
    assert found, line
    return found[1]


def got(url: str) -> tuple[int, bytes]:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                return answer.status, answer.read()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.anyio
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_a_call_that_came_be_answered_and_ends_the_process_in_order(
    env: dict[str, str], database: Database, number: signal.Signals
) -> None:
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
    key = await make_key(database)
    with started(env, "--port", "0") as process:
        url = address(process)
        assert got(f"{url}/healthz") == (200, b"ok\n")
        head = (
            f"POST /mcp HTTP/1.1\r\nHost: {url[7:]}\r\nAuthorization: Bearer {key.key}\r\nExpect: 100-continue\r\n"
            "Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        async with connected(url) as asking:
            await asking.send(head.encode())
            assert (
                await asking.line() == b"HTTP/1.1 100 Continue\r\n"
            )  # the call came, and its body is awaited
            process.send_signal(number)
            while not refused(url):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            await asking.send(body)
            said = await asking.rest()
        assert b"HTTP/1.1 200 OK" in said
        assert b"resolve-library-id" in said
        assert process.wait(PATIENCE) == 0
        assert process.stderr
        assert process.stderr.read() == b""


def refused(url: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.anyio
async def test_the_log_of_a_service_that_is_busy_has_no_address_key_code_or_question(
    env: dict[str, str], database: Database
) -> None:
    """At its most talkative: it signs in, answers and refuses."""
    key, other = (await make_key(database)).key, mint(secrets.token_bytes).key
    async with evil_issuer() as evil:
        provider = {
            "LECTERN_LOG_LEVEL": "debug",
            "LECTERN_OIDC_NAME": "evil",
            "LECTERN_OIDC_ISSUER": evil.issuer,
            "LECTERN_OIDC_CLIENT_ID": CLIENT,
            "LECTERN_SIGN_IN_DOMAINS": "evil.test",
        }
        with started(env | provider, "--port", "0") as process:
            url = await asyncio.to_thread(address, process)
            async with httpx2.AsyncClient(base_url=url, timeout=PATIENCE) as client:
                begun = await client.get("/sign-in/with/evil")
                sent = dict(parse_qsl(urlsplit(begun.headers["location"]).query))
                evil.nonce = sent["nonce"]
                visit = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
                back = {"state": sent["state"], "code": "a-code-of-the-provider", "iss": evil.issuer}
                entered = await client.get("/oauth/callback/evil", params=back, headers=visit)
                assert entered.headers["location"] == "/account", entered.text
                asked = {"libraryId": "/a/b", "query": "a-private-question"}
                for bearer, status in ((key, 404), (other, 401)):
                    headers = {"Authorization": f"Bearer {bearer}"}
                    answer = await client.get("/api/v2/context", params=asked, headers=headers)
                    assert answer.status_code == status, answer.text
                    await client.post(
                        "/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=headers
                    )
                assert (await client.get("/mcp", params={"api_key": key})).status_code == 400
                await client.post(
                    "/oauth/token", data={"grant_type": "refresh_token", "refresh_token": "lrt_x"}
                )
            process.send_signal(signal.SIGTERM)
            assert process.stderr
            said = (await asyncio.to_thread(process.stderr.read)).decode()
    hidden = (key, other, sent["state"], "a-code", "a-private-question", evils.ACCESS, "lrt_", "HTTP", "?")
    assert not [line for line in said.splitlines() if any(word in line for word in hidden)], said


def test_a_port_that_is_taken_is_one_line(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "--transport", "http", "--port", str(port)],
            env=env,
            capture_output=True,
            timeout=PATIENCE,
        )
    assert done.returncode == 1
    assert done.stdout == b""
    assert (
        done.stderr.decode()
        == f"lectern-mcp: 127.0.0.1:{port} is taken: choose another by --host or --port\n"
    )


WRONG = [
    (["--host", "0.0.0.0"], {}, "lectern-mcp: --host 0.0.0.0 is reached from other machines"),
    (
        ["--host", "nowhere.invalid", "--insecure"],
        {},
        "lectern-mcp: nowhere.invalid:8765 cannot be listened on",
    ),
    ([], {"LECTERN_TRUSTED_PROXIES": "*"}, "lectern-mcp: LECTERN_TRUSTED_PROXIES must hold addresses"),
    (
        ["--port", "0"],
        {"LECTERN_WISE_PUBLIC_KEY": "/nowhere"},
        "lectern-mcp: LECTERN_WISE_PUBLIC_KEY names /nowhere",
    ),
]


@pytest.mark.parametrize(("words", "more", "told"), WRONG)
def test_what_cannot_be_served_is_one_line(
    env: dict[str, str], words: list[str], more: dict[str, str], told: str
) -> None:
    done = subprocess.run(
        [*COMMAND, "--transport", "http", *words],
        env=env | more,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode in (1, 2)
    assert done.stderr.startswith(told), done.stderr
    assert done.stderr.count("\n") == 1


def test_metrics_have_a_port_of_their_own_and_nothing_else_has(env: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ("--port", "0", "--metrics-port", str(port), "--public-url", "https://docs.example.org")
    with started(env, *words) as process:
        assert process.stderr
        line = process.stderr.readline().decode()
        assert line.startswith("lectern-mcp: serves https://docs.example.org/mcp, listening on 127.0.0.1:")
        assert b"lectern_model_loaded" in got(f"http://127.0.0.1:{port}/metrics")[1]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/mcp")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://{line.split()[-1]}/metrics")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("words", "is_ours"),
    [
        ("--transport http", True),
        ("--port 1 --transport http", True),
        ("--transport=http", True),
        ("--transport stdio", False),
        ("", False),
        ("http", False),
    ],
)
def test_the_transport_may_stand_anywhere(words: str, is_ours: bool) -> None:
    assert is_http(words.split()) is is_ours


def test_stdio_imports_nothing_of_http() -> None:
    code = """
import json, sys
import mcp_server.__main__
from mcp_server.backing import Backing
from mcp_server.server import build
from shared.settings import ServerSettings
build(ServerSettings())
import mcp_server.replies, shared.stores.open, shared.accounts.counters
ours = ("mcp_server.http", "prometheus_client", "authlib")
print(json.dumps([name for name in sys.modules if name.startswith(ours)]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, env=os.environ
    )
    assert json.loads(done.stdout) == [], done.stderr
