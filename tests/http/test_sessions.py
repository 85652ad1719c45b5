"""A browser is signed in by a cookie that says nothing, and its forms are believed only from our own pages."""

import secrets
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from mcp_server.backing import Backing
from mcp_server.http.service import Service
from mcp_server.http.sign_in import cookies, sessions
from mcp_server.http.sign_in.next_page import ours
from shared.accounts.emails import address
from shared.accounts.store import Accounts
from shared.errors import Forbidden
from shared.settings import HttpSettings, IngestSettings, load
from shared.stores.postgres import Database, Row

pytestmark = pytest.mark.anyio

URL = "https://lectern.test"


class Clock:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def person(database: Database) -> Row:
    return await Accounts(database).add_user(address("ada@example.org"), None)


@pytest.fixture
async def browser(
    make_settings: Callable[..., IngestSettings], person: Row, clock: Clock
) -> AsyncIterator[httpx2.AsyncClient]:
    """On a service with a page that signs Ada in, one that says who is signed in, one with a form, one to leave."""
    made = make_settings()
    settings = load(HttpSettings, home=made.home, database_url=made.database_url, redis_url=made.redis_url)
    service = Service(settings, Backing(settings), URL, clock, secrets.token_bytes)

    async def enter(request: Request) -> Response:
        answer = PlainTextResponse("in")
        return answer if await sessions.begin(service, request, answer, person["id"], "test") else _refused()

    async def who(request: Request) -> Response:
        session = await sessions.signed_in(service, request)
        if session is None:
            return sessions.sign_in_first(request)
        return JSONResponse({"email": session.email, "csrf": session.csrf})

    async def form(request: Request) -> Response:
        session = await sessions.signed_in(service, request)
        assert session
        try:
            return JSONResponse(dict(await sessions.checked_form(service, request, session)))
        except Forbidden as error:
            return PlainTextResponse(error.line, 403)

    async def leave(request: Request) -> Response:
        answer = PlainTextResponse("out")
        await sessions.end(service, request, answer)
        return answer

    routes = [
        Route("/enter", enter),
        Route("/who", who),
        Route("/form", form, methods=["POST"]),
        Route("/leave", leave),
    ]
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(Starlette(routes=routes)), base_url=URL
    ) as client:
        yield client
    await service.backing.close()


def _refused() -> Response:
    return PlainTextResponse("disabled", 403)


async def test_a_session_lasts_twelve_hours_in_a_cookie_that_scripts_and_other_sites_do_not_get(
    browser: httpx2.AsyncClient, clock: Clock, database: Database
) -> None:
    said = (await browser.get("/enter")).headers["set-cookie"].lower()
    assert said.startswith("__host-lectern=")
    assert {"secure", "httponly", "samesite=lax", "path=/", "max-age=43200"} <= set(
        said.split(", ")[0].split("; ")
    )
    assert (await browser.get("/who")).json()["email"] == "ada@example.org"
    [row] = await database.rows("SELECT token_hash FROM web_sessions")
    assert row["token_hash"] not in said
    clock.now += timedelta(hours=12)
    assert (await browser.get("/who")).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET disabled_at = now()",
        "UPDATE users SET hashed_password = 'another'",
        "UPDATE web_sessions SET expires_at = '2026-11-30T12:00:00Z'",
    ],
)
async def test_a_session_ends_with_the_right_to_sign_in(
    browser: httpx2.AsyncClient, database: Database, change: str
) -> None:
    await browser.get("/enter")
    assert (await browser.get("/who")).status_code == 200
    await database.rows(change)
    assert (await browser.get("/who")).status_code == 303


async def test_whoever_is_disabled_does_not_come_in(browser: httpx2.AsyncClient, database: Database) -> None:
    await database.rows("UPDATE users SET disabled_at = now()")
    assert (await browser.get("/enter")).text == "disabled"


async def test_who_signs_in_again_or_out_leaves_no_session_behind(
    browser: httpx2.AsyncClient, database: Database
) -> None:
    await browser.get("/enter")
    first = browser.cookies[cookies.SESSION]
    await browser.get("/enter")
    assert browser.cookies[cookies.SESSION] != first
    assert len(await database.rows("SELECT user_id FROM web_sessions")) == 1
    await browser.get("/leave")
    assert cookies.SESSION not in browser.cookies
    assert await database.rows("SELECT user_id FROM web_sessions") == []


OURS, THEIRS = {"origin": URL}, {"origin": "https://evil.test"}
BROWSERS_OWN = {"origin": "null", "sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "is_right", "said"),
    [
        (OURS, True, ""),
        (BROWSERS_OWN, True, ""),
        (OURS, False, "too old, or not from this browser"),
        (THEIRS, True, "from another site"),
        (THEIRS | {"sec-fetch-site": "same-origin"}, True, "from another site"),
        ({"origin": "null"}, True, "from another site"),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, True, "from another site"),
        ({}, True, "from another site"),
    ],
)
async def test_a_form_is_believed_only_from_our_page_in_this_browser(
    browser: httpx2.AsyncClient, headers: dict[str, str], is_right: bool, said: str
) -> None:
    await browser.get("/enter")
    csrf = (await browser.get("/who")).json()["csrf"]
    sent = {"csrf": csrf if is_right else "x" * len(csrf), "name": "laptop"}
    answer = await browser.post("/form", data=sent, headers=headers)
    assert answer.status_code == (403 if said else 200)
    assert said in answer.text


async def test_who_is_not_signed_in_is_led_back_to_the_page_they_wanted(browser: httpx2.AsyncClient) -> None:
    assert (await browser.get("/who?page=2")).headers["location"] == "/sign-in?next=%2Fwho%3Fpage%3D2"


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/oauth/consent?request=a1", "/oauth/consent?request=a1"),
        ("https://evil.test/", "/account"),
        ("//evil.test", "/account"),
        ("/\\evil.test", "/account"),
        ("/\t/evil.test", "/account"),
        ("/a\r\nSet-Cookie: x=y", "/account"),
        ("javascript:alert(1)", "/account"),
        ("/invite/theirs/with/google", "/account"),
        ("account", "/account"),
        ("", "/account"),
        ("/" + "a" * 3000, "/account"),
        ("/ü", "/account"),
    ],
)
def test_nobody_is_led_to_another_site(wanted: str, goes_to: str) -> None:
    assert ours(wanted) == goes_to


def test_a_page_that_leads_nowhere_leads_home() -> None:
    given: Any = None
    assert ours(given) == "/account"
