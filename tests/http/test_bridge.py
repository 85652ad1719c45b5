"""An editor that is bridged to a service sees the same tools, and in one line what is wrong."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.server.mcpserver import Context, MCPServer
from starlette.applications import Starlette

from mcp_server.bridge import remote
from mcp_server.credentials import Target
from shared.accounts.keys import mint
from shared.model.account import UsageRecord
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.certificate import new_certificate
from tests.flows.keys import make_key
from tests.http.bridging import INITIALIZE, LEGACY, MODERN, PATIENCE, Editor, bridged, listening, saying
from tests.http_service import serving

pytestmark = pytest.mark.anyio

KEY = mint(bytes).key
TOOLS = ["resolve-library-id", "query-docs"]
ERAS = pytest.mark.parametrize("modern", [False, True], ids=[LEGACY, MODERN])


class Slow:
    """A server of the SDK's, as ours is mounted, whose one tool ends when it is told to."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.left = anyio.Event(), anyio.Event(), anyio.Event()
        server = MCPServer("slow")

        @server.tool()
        async def wait(ctx: Context[Any]) -> str:
            await ctx.report_progress(1, message="waiting")
            self.begun.set()
            try:
                await self.go_on.wait()
            except anyio.get_cancelled_exc_class():
                self.left.set()
                raise
            return "done"

        self.app: Starlette = server.streamable_http_app(stateless_http=True)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
async def connected(slow: Slow) -> AsyncIterator[Editor]:
    async with listening(slow.app) as url, bridged(Target(url, KEY)) as editor:
        yield editor


@ERAS
async def test_progress_comes_before_the_answer_as_the_service_tells_it(
    connected: Editor, slow: Slow, modern: bool
) -> None:
    await connected.send(
        "tools/call", "a", modern=modern, name="wait", arguments={}, _meta={"progressToken": "mine"}
    )
    progress = await connected.read()
    slow.go_on.set()
    answer = await connected.read()

    assert progress["method"] == "notifications/progress"
    assert (progress["params"]["progressToken"], progress["params"]["message"]) == ("mine", "waiting")
    assert (answer["id"], answer["result"]["content"][0]["text"]) == ("a", "done")


@ERAS
async def test_a_call_that_the_editor_cancels_ends_at_the_service_and_is_not_answered(
    connected: Editor, slow: Slow, modern: bool
) -> None:
    await connected.send("tools/call", 7, modern=modern, name="wait", arguments={})
    await slow.begun.wait()
    await connected.send("notifications/cancelled", modern=modern, requestId="7")
    await connected.send("notifications/cancelled", modern=modern, requestId=7)
    await slow.left.wait()

    assert (await connected.ask("tools/list", modern=modern))["result"]["tools"]
    assert connected.told.empty()


async def test_a_call_that_is_cancelled_before_it_was_sent_is_not_answered(
    connected: Editor, slow: Slow
) -> None:
    slow.go_on.set()
    connected.send_now("tools/call", 7, name="wait", arguments={})
    connected.send_now("notifications/cancelled", requestId=7)
    odd_ones: list[object] = [[], {}, None, True, "7"]
    for odd in odd_ones:
        connected.send_now("notifications/cancelled", requestId=odd)
    assert (await connected.ask("tools/list"))["result"]["tools"]
    assert connected.told.empty()


async def test_calls_run_at_once_and_end_with_the_input(slow: Slow) -> None:
    async with listening(slow.app) as url, bridged(Target(url, KEY)) as editor:
        await editor.send("tools/call", 1, name="wait", arguments={})
        await slow.begun.wait()
        assert (await editor.ask("initialize", **INITIALIZE))["result"]["serverInfo"]["name"] == "slow"
        editor.end()
        await slow.left.wait()


@ERAS
async def test_the_tools_of_the_service_answer_with_its_own_words(
    make_settings: Callable[..., IngestSettings], database: Database, modern: bool
) -> None:
    key = await make_key(database)
    async with serving(make_settings()) as service, bridged(Target(service.url, key.key)) as editor:
        if not modern:
            assert (await editor.ask("initialize", **INITIALIZE))["result"]["protocolVersion"] == LEGACY
            await editor.send("notifications/initialized")
        listed = await editor.ask("tools/list", modern=modern)
        said = await editor.call("query-docs", modern=modern, libraryId="/no/such", query="x")
        refused = await editor.ask("no/such", modern=modern)

    assert [tool["name"] for tool in listed["result"]["tools"]] == TOOLS
    assert "no library /no/such" in said["content"][0]["text"]
    assert refused["error"]["code"] == -32601


@ERAS
async def test_calls_one_after_another_share_a_connection(slow: Slow, modern: bool) -> None:
    slow.go_on.set()
    clients = set()

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        clients.add(scope.get("client"))
        await slow.app(scope, receive, send)

    async with listening(app, lifespan="on") as url, bridged(Target(url, KEY)) as editor:
        for _ in range(3):
            assert (await editor.call("wait", modern=modern))["content"][0]["text"] == "done"
    assert len(clients - {None}) == 1


@pytest.mark.parametrize("breaks", [False, True])
async def test_an_answer_whose_stream_never_ends_or_breaks_is_left_and_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, breaks: bool
) -> None:
    monkeypatch.setattr(remote, "END_SECONDS", 0.1)
    asked, answer = [], b'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'
    left = asyncio.Event()

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer, "more_body": True})
        while not breaks and (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with listening(app, lifespan="off") as url, bridged(Target(url, KEY)) as editor:
        for _ in range(2):
            assert (await editor.ask("ping"))["result"] == {}
            await asyncio.wait_for(left.wait(), PATIENCE)
            left.clear()
    assert asked == ["/mcp"] * 2
    assert editor.told.empty()


async def test_a_service_that_started_again_answers_the_next_call() -> None:
    async with listening(Slow().app) as url:
        pass
    async with bridged(Target(url, KEY)) as editor:
        for _ in range(2):
            async with listening(Slow().app, int(url.rpartition(":")[2])):
                assert (await editor.ask("tools/list"))["result"]["tools"]


@ERAS
async def test_a_call_that_waits_at_the_service_ends_there_when_it_is_cancelled(
    make_settings: Callable[..., IngestSettings], database: Database, modern: bool
) -> None:
    key, outcomes, ended = await make_key(database), [], anyio.Event()

    def heard(record: UsageRecord) -> None:
        outcomes.append(record.outcome)
        ended.set()

    async with serving(make_settings()) as service, bridged(Target(service.url, key.key)) as editor:
        await editor.call("resolve-library-id", modern=modern, query="x", libraryName="flask")
        service.app.state.service.backing.usage.heard = heard
        async with database.transaction() as connection:
            await connection.execute("LOCK TABLE libraries IN ACCESS EXCLUSIVE MODE")
            arguments = {"query": "y", "libraryName": "django"}
            meta = {"progressToken": "waits"}
            await editor.send(
                "tools/call", "a", modern=modern, name="resolve-library-id", arguments=arguments, _meta=meta
            )
            assert (await editor.read())["method"] == "notifications/progress"
            await editor.send("notifications/cancelled", modern=modern, requestId="a")
            await ended.wait()
    assert outcomes == ["failed"]


@ERAS
async def test_a_key_that_is_refused_is_told_of_where_the_assistant_reads_it(
    make_settings: Callable[..., IngestSettings], modern: bool
) -> None:
    async with serving(make_settings()) as service, bridged(Target(service.url, KEY)) as editor:
        said = await editor.call("query-docs", modern=modern, libraryId="/a/b", query="x")
        failed = await editor.ask("resources/list", modern=modern)
        listed = await editor.ask("tools/list", modern=modern)

    line = f"{service.url} does not take this key: it is unknown, revoked or expired: run `lectern-mcp login`"
    assert said["isError"]
    assert said.get("resultType") == ("complete" if modern else None)
    assert said["content"][0]["text"].startswith(line)
    assert failed["error"]["message"].startswith(line)
    assert [tool["name"] for tool in listed["result"]["tools"]] == TOOLS


@ERAS
async def test_an_editor_starts_while_the_service_is_away(
    modern: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with bridged(Target(url, KEY)) as editor:
        opened = await editor.ask(
            "server/discover" if modern else "initialize", modern=modern, **({} if modern else INITIALIZE)
        )
        listed = await editor.ask("tools/list", modern=modern)
        said = await editor.call("query-docs", modern=modern, libraryId="/a/b", query="x")

    assert "Lectern answers from the current documentation" in opened["result"]["instructions"]
    assert [tool["name"] for tool in listed["result"]["tools"]] == TOOLS
    line = f"nothing answers at {url}: check the address, or try again in a moment"
    assert said["content"][0]["text"] == line
    assert [record.getMessage() for record in caplog.records if record.name.startswith("mcp_server")] == [
        line
    ]


async def test_a_request_that_lost_its_answer_is_sent_again_and_the_next_one_less_often_while_nobody_answers() -> (
    None
):
    asked: list[bytes] = []

    async def breaks(scope: dict[str, Any], receive: Any, send: Any) -> None:
        asked.append((await receive())["body"])
        await saying(502, "text/html", b"")(scope, receive, send)

    async with listening(breaks, lifespan="off") as url, bridged(Target(url, KEY)) as editor:
        counted = []
        for _ in range(2):
            await editor.call("query-docs", libraryId="/a/b", query="x")
            counted.append(len(asked))
    assert counted == [3, 5]


async def test_without_a_key_nothing_is_sent() -> None:
    async with bridged(Target("http://127.0.0.1:1", None)) as editor:
        said = await editor.call("query-docs", libraryId="/a/b", query="x")
    assert said["content"][0]["text"].startswith(
        "there is no key for http://127.0.0.1:1 here: run `lectern-mcp"
    )


HTML = b"<html>hello</html>"


@pytest.mark.parametrize(
    ("app", "words"),
    [
        (
            saying(200, "text/html; charset=utf-8", HTML),
            "is no service of Lectern: it answers 200 as text/html",
        ),
        (saying(404, "text/plain", b"no"), "is no service of Lectern: it answers 404 as text/plain"),
        (saying(404, "application/json", b"{}"), "is no service of Lectern: it answers 404"),
        (saying(200, "application/json", b"{}"), "is no service of Lectern: it answers 200"),
        (saying(200, "application/json", b"[" * 100_000), "is no service of Lectern"),
        (
            saying(403, "application/json", b'{"error": "no"}'),
            "refuses the request (403): ask whoever runs it",
        ),
        (
            saying(421, "application/json", b'{"message": "another\\u001b[2J\\nname"}'),
            "(421): another[2J name",
        ),
        (saying(502, "text/html", HTML), "is not ready (502): try again"),
        (saying(200, "text/event-stream", b"data: 1\n\n"), "stopped in the middle of an answer"),
        (saying(200, "text/event-stream", b""), "stopped in the middle of an answer"),
    ],
)
async def test_what_is_no_service_of_lectern_is_told_in_one_line(app: Any, words: str) -> None:
    async with listening(app, lifespan="off") as url, bridged(Target(url, KEY)) as editor:
        [content] = (await editor.call("query-docs", libraryId="/a/b", query="x"))["content"]
    assert words in content["text"]
    assert "\n" not in content["text"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed_and_the_key_stays(status: int) -> None:
    asked: list[dict[str, Any]] = []

    async def elsewhere(scope: dict[str, Any], receive: Any, send: Any) -> None:
        asked.append(scope)

    async with listening(elsewhere, lifespan="off") as other:
        app = saying(status, "text/plain", b"", location=f"{other}/mcp")
        async with listening(app, lifespan="off") as url, bridged(Target(url, KEY)) as editor:
            [content] = (await editor.call("query-docs", libraryId="/a/b", query="x"))["content"]
    assert "sends to another address, and a key does not go along" in content["text"]
    assert asked == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    made = new_certificate(tmp_path)
    tls: dict[str, Any] = {"ssl_certfile": str(made.path), "ssl_keyfile": str(made.key_path)}
    async with (
        listening(saying(200, "text/plain", b""), lifespan="off", **tls) as url,
        bridged(Target(url, KEY)) as editor,
    ):
        [content] = (await editor.call("query-docs", libraryId="/a/b", query="x"))["content"]
    assert content["text"].startswith(
        f"the certificate of {url} is refused (self-signed certificate): set SSL_"
    )


@pytest.mark.parametrize(("name", "value"), [("SSL_CERT_FILE", "/no/such"), ("HTTPS_PROXY", "nowhere://x")])
async def test_surroundings_that_cannot_be_used_are_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    async with bridged(Target("https://127.0.0.1:1", KEY)) as editor:
        [content] = (await editor.call("query-docs", libraryId="/a/b", query="x"))["content"]
    assert "https://127.0.0.1:1 cannot be asked (" in content["text"]
    assert content["text"].endswith(": correct SSL_CERT_FILE and HTTPS_PROXY")


async def test_what_stays_on_this_machine_passes_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with listening(Slow().app) as url, bridged(Target(url, KEY)) as editor:
        assert (await editor.ask("tools/list"))["result"]["tools"]


async def test_a_refusal_that_names_no_request_is_given_its_id() -> None:
    body = b'{"jsonrpc":"2.0","id":null,\n"error":{"code":-32700,"message":"Parse error"}}'
    async with (
        listening(saying(400, "application/json", body), lifespan="off") as url,
        bridged(Target(url, KEY)) as editor,
    ):
        assert (await editor.ask("tools/call"))["error"]["message"] == "Parse error"
