"""What is refused before any route: malformed, too large, for another host, from a foreign page, with a key shown."""

import logging
import secrets
from collections.abc import AsyncIterator

import pytest

from mcp_server.http import limits
from mcp_server.http.arguments import parse
from mcp_server.http.hosts import names
from shared.accounts.keys import mint
from shared.settings import IngestSettings
from tests.http.raw import exchanged
from tests.http_service import Running, serving

pytestmark = pytest.mark.anyio

FOREIGN = "https://page.example"


@pytest.fixture(scope="module")
async def service(module_settings: IngestSettings) -> AsyncIterator[Running]:
    async with serving(module_settings) as running:
        yield running


ROUTES = ["/mcp", "/healthz", "/readyz", "/metrics", "/assets/lectern.css", "/nothing"]


@pytest.mark.parametrize("path", ROUTES)
async def test_no_route_is_answered_under_the_name_of_somebody_else(service: Running, path: str) -> None:
    async with service.client() as client:
        for host in ("page.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.page.example:80", ""):
            answer = await client.get(path, headers={"Host": host})
            assert (answer.status_code, answer.json()["error"]) == (421, "misdirected"), host


@pytest.mark.parametrize("path", ROUTES)
async def test_no_route_is_answered_to_a_foreign_page(service: Running, path: str) -> None:
    async with service.client() as client:
        for origin in (FOREIGN, "null", f"{service.url}.page.example", "http://127.0.0.1"):
            answer = await client.post(path, headers={"Origin": origin})
            assert (answer.status_code, answer.json()["error"]) == (403, "forbidden_origin"), origin
        assert (await client.get("/healthz", headers={"Origin": service.url})).status_code == 200


PUBLIC = names("https://docs.example.org", "127.0.0.1", 8765, ("https://app.example",))
WIDE = names("http://docs.internal:8765", "0.0.0.0", 8765)
HOSTS = [
    (PUBLIC, "docs.example.org", True),
    (PUBLIC, "DOCS.example.org:443", True),
    (PUBLIC, "docs.example.org:80", False),
    (PUBLIC, "docs.example.org.", False),
    (PUBLIC, "localhost:8765", True),
    (PUBLIC, "[::1]:8765", True),
    (PUBLIC, "10.0.0.5:8765", False),
    (WIDE, "docs.internal:8765", True),
    (WIDE, "10.0.0.5:8765", True),
    (WIDE, "[fd00::5]:8765", True),
    (WIDE, "10.0.0.5:80", False),
    (WIDE, "10.0.0.5.page.example:8765", False),
    (WIDE, "page.example:8765", False),
]


@pytest.mark.parametrize(("known", "host", "is_ours"), HOSTS)
def test_a_service_answers_to_its_public_name_and_to_addresses_where_other_machines_reach_it(
    known: object, host: str, is_ours: bool
) -> None:
    assert known.has_host(host) is is_ours  # type: ignore[attr-defined]


def test_pages_that_are_allowed_may_call_it() -> None:
    assert all(map(PUBLIC.has_origin, ("https://docs.example.org", "https://app.example")))
    assert not any(map(PUBLIC.has_origin, ("http://app.example", "https://app.example:444", "null", "")))


async def test_an_allowed_page_reads_answers_and_asks_with_a_key(module_settings: IngestSettings) -> None:
    async with serving(module_settings, origins=(FOREIGN,)) as service, service.client() as page:
        asked = {
            "Origin": FOREIGN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, mcp-protocol-version",
        }
        before = await page.request("OPTIONS", "/mcp", headers=asked)
        assert before.status_code == 200
        assert "authorization" in before.headers["access-control-allow-headers"]
        answer = await page.post("/mcp", headers={"Origin": FOREIGN})
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == FOREIGN
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/mcp", "/healthz", "/nothing"])
async def test_a_key_in_an_address_is_refused_and_logged_nowhere(
    service: Running, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = mint(secrets.token_bytes).key
    async with service.client() as client:
        access = f"lat_a-_{'b' * 40}"
        for query in (
            f"k={key}",
            f"q=x{key.replace('_', '%5f')}",
            f"q={access}",
            "access_token=x",
            "api_key=a",
        ):
            answer = await client.post(f"{path}?{query}")
            assert (answer.status_code, answer.json()["error"]) == (400, "key_in_address"), query
            assert key not in answer.text
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not [record for record in ours if key in record.getMessage()]


async def test_a_question_about_a_name_that_begins_as_tokens_do_is_no_token(service: Running) -> None:
    async with service.client() as client:
        asked = {"libraryId": "/a/b", "query": "how does lat_lon_to_cartesian_coordinates work"}
        assert (await client.get("/api/v2/context", params=asked)).status_code == 401


@pytest.mark.parametrize("path", ["/sign-in", "/oauth/token", "/oauth/consent", "/mcp"])
async def test_nothing_is_taken_in_parts_of_which_each_is_in_a_coding_of_its_senders(
    service: Running, path: str
) -> None:
    head = {"Content-Type": "Multipart/Form-Data; boundary=b; charset=utf-7"}
    body = b'--b\r\nContent-Disposition: form-data; name="client_id"\r\n\r\n+2AA-\r\n--b--\r\n'
    async with service.client() as client:
        answer = await client.post(path, content=body, headers=head)
    assert (answer.status_code, answer.json()["error"]) == (415, "multipart")


async def test_a_slash_too_many_leads_nowhere(service: Running) -> None:
    async with service.client() as client:
        for path in ("/mcp/", "/account/"):
            assert (await client.get(path)).status_code == 404, path


async def test_bodies_end_at_what_their_route_takes(service: Running) -> None:
    async def endless(size: int) -> AsyncIterator[bytes]:
        for _ in range(size // 4096):
            yield b" " * 4096

    async with service.client() as client:
        for path, most in (("/mcp", limits.MCP_BYTES), ("/healthz", limits.OTHER_BYTES)):
            answer = await client.post(path, content=b" " * (most + 1))
            assert answer.status_code == 413
            assert answer.json()["error"] == "body_too_large"
        answer = await client.post("/mcp", content=endless(limits.MCP_BYTES + 8192))
        assert answer.status_code == 401  # nobody's body is read


SHAPES = {
    "both lengths": b"POST /mcp HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "two lengths": b"POST /mcp HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "a list of lengths": b"POST /mcp HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4, 5\r\n\r\nabcde",
    "a length with a sign": b"POST /mcp HTTP/1.1\r\nHost: HOST\r\nContent-Length: +4\r\n\r\nabcd",
    "chunks to an older protocol": b"POST /mcp HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"POST /mcp HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding twice": b"POST /mcp HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "space before the colon": b"POST /mcp HTTP/1.1\r\nHost: HOST\r\nContent-Length : 4\r\n\r\nabcd",
    "a name with a line feed": b"POST /mcp HTTP/1.1\r\nHost: HOST\r\nX\n: 1\r\n\r\n",
    "a null in a value": b"POST /mcp HTTP/1.1\r\nHost: HOST\r\nX: a\x00b\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: HOST\r\nHost: page.example\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n",
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_what_two_parsers_could_read_in_two_ways_is_refused_once_and_the_connection_ends(
    service: Running, shape: str
) -> None:
    [status] = await exchanged(service.url, SHAPES[shape])
    assert status in (400, 501)


CHUNKS = {
    "a size that is no number": b"zz\r\nabcd\r\n0\r\n\r\n",
    "a size with a sign": b"-1\r\nabcd\r\n0\r\n\r\n",
    "a size of twenty-one digits": b"000000000000000000004\r\nabcd\r\n0\r\n\r\n",
    "more than the size says": b"2\r\nabcd\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("chunk", CHUNKS)
async def test_odd_chunks_are_never_taken_for_a_request(service: Running, chunk: str) -> None:
    head = b"POST /webhooks/x HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n"
    told = await exchanged(service.url, head + CHUNKS[chunk] + b"GET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n")
    assert 200 not in told
    assert len(told) <= 1


async def test_heads_end_at_sixteen_kilobytes_however_they_come(service: Running) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: HOST\r\nX: %s\r\n\r\n"
    assert await exchanged(service.url, head % (b"a" * limits.HEAD_BYTES)) == [431]
    assert (await exchanged(service.url, head % (b"a" * 10_000_000)))[:1] in ([431], [])
    async with service.client() as client:
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
async def test_mcp_keeps_no_session_to_stream_or_to_end(service: Running, method: str) -> None:
    async with service.client() as client:
        answer = await client.request(method, "/mcp")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json() == {"error": "method_not_allowed", "message": "this address is asked by POST"}


async def test_a_page_that_is_not_there_is_a_page_for_a_browser_and_data_for_a_program(
    service: Running,
) -> None:
    async with service.client() as client:
        page = await client.get("/nothing", headers={"Accept": "text/html,*/*"})
        data = await client.get("/nothing")
    assert (page.status_code, data.status_code) == (404, 404)
    assert page.headers["content-type"].startswith("text/html")
    said = {"error": "not_found", "message": "nothing is at this address: check how it is written"}
    assert data.json() == said


async def test_without_tls_keys_are_served_and_no_pages(module_settings: IngestSettings) -> None:
    async with serving(module_settings, serves_pages=False) as service:
        paths = {getattr(route, "path", "") for route in service.app.routes}
    pages = ("/account", "/assets", "/invite", "/sign-", "/oauth")
    assert not [path for path in paths if path.startswith(pages)]
    assert {"/mcp", "/api/v2/context", "/healthz", "/readyz"} <= paths


async def test_there_is_no_route_for_operators(service: Running) -> None:
    paths = {getattr(route, "path", "") for route in service.app.routes}
    assert not [path for path in paths if "admin" in path]


BAD = [
    ("--port x", "--port 'x' is no port"),
    ("--port 65536", "give a number from 0 to 65535"),
    ("--metrics-port 0", "give a number from 1 to 65535"),
    ("--metrics-port 8765", "as --port is"),
    ("--public-url docs.example.org", "write it as https://docs.example.org"),
    ("--public-url https://docs.example.org/mcp", "more than scheme, host and port"),
    ("--public-url https://ada:secret@docs.example.org", "more than scheme, host and port"),
    ("--public-url https://docs.example.org:x", "is no address"),
    ("--public-url https://docs.example.org;script-src", "is no address"),
    ("--allow-origin https://*.example.org", "is no address"),
    ("--public-url http://docs.example.org", "is not encrypted"),
    ("--host 0.0.0.0", "TLS is left to a proxy"),
    ("--host ::", "TLS is left to a proxy"),
    ("--host 0.0.0.0 --public-url http://docs.example.org", "is not encrypted"),
    ("--allow-origin *", "is no address"),
    ("--colour", "unrecognized arguments"),
]


@pytest.mark.parametrize(("words", "told"), BAD)
def test_bad_arguments_are_one_line_that_says_what_to_do(words: str, told: str) -> None:
    from shared.errors import InvalidRequest

    with pytest.raises(InvalidRequest) as refused:
        parse(["--transport", "http", *words.split()])
    assert told in refused.value.line
    assert refused.value.hint


GOOD = [
    ("", "http://127.0.0.1:8765", True),
    ("--host ::1", "http://[::1]:8765", True),
    ("--public-url https://Docs.Example.org:443/", "https://docs.example.org", False),
    ("--host 0.0.0.0 --public-url https://docs.example.org:8443", "https://docs.example.org:8443", False),
    ("--host 10.0.0.5 --insecure", "http://10.0.0.5:8765", False),
    ("--host 0.0.0.0 --public-url http://docs.internal:8765 --insecure", "http://docs.internal:8765", False),
]


@pytest.mark.parametrize(("words", "url", "is_private"), GOOD)
def test_where_it_is_reached_follows_from_the_arguments(words: str, url: str, is_private: bool) -> None:
    given = parse(["--transport", "http", *words.split()])
    assert (given.reached_at(given.port), given.is_private) == (url, is_private)


WHOLE = [
    (b"GET http://HOST/healthz HTTP/1.1\r\nHost: page.example\r\nConnection: close\r\n\r\n", [200]),
    (b"GET HTTPS://HOST/healthz?a=http://b/ HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", [200]),
    (b"GET http://HOST HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", [303]),
    (b"GET http://page.example/healthz HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", [421]),
    (b"GET http://HOST@page.example/healthz HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", [421]),
    (b"GET ftp://HOST/healthz HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", [404]),
    (b"GET http://HOST/mcp?api_key=x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", [400]),
]


@pytest.mark.parametrize(("request_", "statuses"), WHOLE)
async def test_a_request_for_a_whole_address_is_one_for_its_path_under_its_own_name(
    service: Running, request_: bytes, statuses: list[int]
) -> None:
    assert await exchanged(service.url, request_) == statuses


async def test_the_sizes_of_a_route_hold_for_its_whole_address_too(service: Running) -> None:
    head = b"POST http://HOST/%s HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    size = limits.OTHER_BYTES + 1
    assert await exchanged(service.url, head % (b"healthz", size) + b" " * size) == [413]
    assert await exchanged(service.url, head % (b"mcp", size) + b" " * size) == [401]


async def test_a_person_who_opens_the_address_of_mcp_reads_what_it_is_for(service: Running) -> None:
    async with service.client() as client:
        page = await client.get("/mcp", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        data = await client.get("/mcp", headers={"Accept": "text/event-stream"})
    assert (
        (page.status_code, page.headers["allow"])
        == (data.status_code, data.headers["allow"])
        == (405, "POST")
    )
    assert "This address is for programs" in page.text
    assert data.json()["error"] == "method_not_allowed"
