"""`lectern-mcp login`, `logout` and `whoami` against a service: by a browser here, and by one elsewhere."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from mcp_server.credentials import Target
from mcp_server.login.sign_in import NewKey, given_back, known_as, new_key
from shared.errors import ServiceError, SignInRefused
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.http.bridging import listening, saying
from tests.http.logging_in import ADA, NOW, Person, changed, scripted, somebody, type_in
from tests.http_service import serving

pytestmark = pytest.mark.anyio


@pytest.fixture
async def person(make_settings: Callable[..., IngestSettings], database: Database) -> AsyncIterator[Person]:
    async with somebody(make_settings(), database) as person:
        yield person


async def signed_in(person: Person, **changed: Any) -> NewKey:
    server = person.url
    login = asyncio.create_task(new_key(server, person.here(**changed), by_device=False))
    page = await person.signs_in()
    assert "Go back to the terminal" in page.text
    return await login


async def test_a_browser_signs_the_machine_in_for_a_key_that_works_until_it_is_given_back(
    person: Person,
) -> None:
    server = person.url
    key, until = await signed_in(person)
    known = await known_as(Target(server, key))

    assert until == NOW + timedelta(days=30)
    assert (known.email, known.plan) == (ADA, None)
    assert key.startswith(known.key_prefix)
    assert known.until
    assert person.told[0].startswith(f"sign in with a browser of this machine: {server}/oauth/authorize?")
    await given_back(server, key)
    await given_back(server, key)
    with pytest.raises(ServiceError, match="does not take this key"):
        await known_as(Target(server, key))


async def test_a_second_sign_in_of_the_machine_ends_the_key_of_the_first(person: Person) -> None:
    first, second = [(await signed_in(person)).key for _ in range(2)]

    assert (await known_as(Target(person.url, second))).email == ADA
    with pytest.raises(ServiceError, match="does not take this key"):
        await known_as(Target(person.url, first))


async def test_a_machine_without_a_browser_is_signed_in_by_a_code(person: Person) -> None:
    server = person.url

    async def sleep(seconds: float) -> None:
        person.waited.append(seconds)
        await type_in(person, person.told[0].rpartition(" ")[2])

    key, _ = await new_key(server, person.here(sleep=sleep, open_browser=None), by_device=True)

    assert re.fullmatch(
        rf"open {server}/oauth/device in any browser, and type \w{{4}}-\w{{4}}", person.told[0]
    )
    assert person.waited == [5]
    assert (await known_as(Target(server, key))).email == ADA


async def test_a_code_that_the_person_does_not_allow_gets_no_key(person: Person) -> None:
    person.decision = "deny"

    async def sleep(_seconds: float) -> None:
        await type_in(person, person.told[0].rpartition(" ")[2])

    with pytest.raises(SignInRefused, match="the person did not allow it"):
        await new_key(person.url, person.here(sleep=sleep), by_device=True)


async def test_a_code_is_asked_for_as_slowly_as_the_service_wants_and_while_it_is_away() -> None:
    answers = [
        (400, {"error": "authorization_pending"}),
        (400, {"error": "slow_down"}),
        (503, {}),
        (200, {"access_token": "no key"}),
    ]
    async with scripted(answers) as person:
        with pytest.raises(ServiceError, match="gave something else than a key"):
            await new_key(person.url, person.here(), by_device=True)
        assert person.waited == [5, 5, 10, 20]


async def test_a_code_that_nobody_types_is_given_up() -> None:
    async with scripted([(400, {"error": "authorization_pending"})] * 200) as person:
        with pytest.raises(SignInRefused, match="nobody typed the code in time"):
            await new_key(person.url, person.here(), by_device=True)
        assert sum(person.waited) == 600


@pytest.mark.parametrize(
    "change",
    [
        {"user_code": "\x1b[2J"},
        {"user_code": 5},
        {"verification_uri": "https://evil.example/device"},
        {"verification_uri": "http://127.0.0.1:1/\x1b[2J"},
    ],
)
async def test_nothing_that_a_terminal_obeys_or_that_leads_elsewhere_is_shown(change: dict[str, Any]) -> None:
    async with scripted([], **change) as person:
        with pytest.raises(ServiceError, match="shows no code to type"):
            await new_key(person.url, person.here(), by_device=True)
    assert person.told == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"issuer": "https://evil.example"}, "names another issuer than itself"),
        ({"token_endpoint": "https://evil.example/token"}, "the token_endpoint of .* is at another place"),
        ({"authorization_endpoint": None}, "says nothing of its authorization_endpoint"),
        ({"code_challenge_methods_supported": ["plain"]}, "does not know PKCE"),
        ({"authorization_servers": ["https://evil.example"]}, "signs people in at another place"),
    ],
)
async def test_endpoints_are_the_service_s_own(change: dict[str, Any], line: str) -> None:
    async with scripted([], **change) as person:
        with pytest.raises(ServiceError, match=line):
            await new_key(person.url, person.here(), by_device=True)


@pytest.mark.parametrize(
    ("change", "page", "line"),
    [
        ({"iss": "https://evil.example"}, "Go back", "came from another service"),
        ({"iss": None}, "Go back", "came from another service"),
        ({"code": "lac_other"}, "Go back", "unknown, or another client's"),
        ({"code": None}, "Go back", "does not say why"),
    ],
)
async def test_an_answer_that_was_changed_on_its_way_ends_the_sign_in(
    person: Person, change: dict[str, str | None], page: str, line: str
) -> None:
    login = asyncio.create_task(new_key(person.url, person.here(), by_device=False))
    shown = await person.signs_in(lambda address: changed(address, change))

    assert page in shown.text
    with pytest.raises(SignInRefused, match=line):
        await login


@pytest.mark.parametrize(
    ("change", "headers"),
    [
        ({"state": "another"}, {}),
        ({"state": None}, {}),
        ({}, {"host": "evil.example"}),
    ],
)
async def test_what_is_not_the_answer_is_refused_and_the_sign_in_goes_on(
    person: Person, change: dict[str, str | None], headers: dict[str, str]
) -> None:
    login = asyncio.create_task(new_key(person.url, person.here(), by_device=False))
    told: list[httpx2.Response] = []
    asked = urlsplit(await person.opened.get())
    async with person.browser() as browser, httpx2.AsyncClient() as other:
        begun = await browser.get(f"{asked.path}?{asked.query}")
        right = await person.answer(browser, begun)
        told.append(await other.get(changed(right, change), headers=headers))
        told.append(await other.post(right))
        assert [answer.status_code for answer in told] == [404 if headers else 400, 404]
        assert not login.done()
        assert (await other.get(right)).status_code == 200
    assert (await login).key


async def test_who_does_not_allow_it_gets_no_key(person: Person) -> None:
    person.decision = "deny"
    login = asyncio.create_task(new_key(person.url, person.here(), by_device=False))
    await person.signs_in()
    with pytest.raises(SignInRefused, match="the person did not allow it"):
        await login


async def test_a_browser_that_was_closed_is_waited_for_some_minutes(person: Person) -> None:
    with pytest.raises(SignInRefused, match="nobody answered in the browser for 0 minutes") as refused:
        await new_key(person.url, person.here(open_browser=None), by_device=False, seconds=0)
    assert "no browser can be opened here" in person.told[1]
    assert "run `lectern-mcp login` again" in refused.value.line


async def test_two_sign_ins_at_once_get_answers_of_their_own(person: Person) -> None:
    logins = [
        asyncio.create_task(new_key(person.url, person.here(machine=name), by_device=False))
        for name in ("one", "two")
    ]
    await person.signs_in()
    await person.signs_in()
    keys = [(await login).key for login in logins]
    assert [(await known_as(Target(person.url, key))).email for key in keys] == [ADA, ADA]


async def test_a_service_that_takes_keys_alone_says_so(make_settings: Callable[..., IngestSettings]) -> None:
    async with serving(make_settings(), serves_pages=False) as running:
        with pytest.raises(ServiceError, match="takes keys and signs nobody in") as refused:
            await new_key(running.url, Person(running.url).here(), by_device=False)
    assert f"lectern-mcp login --key --server {running.url}" in refused.value.line


async def test_a_service_under_another_name_tells_where_to_sign_in(person: Person) -> None:
    other = person.url.replace("127.0.0.1", "localhost")
    with pytest.raises(ServiceError) as refused:
        await new_key(other, person.here(), by_device=False)
    assert "\n" not in refused.value.line


@pytest.mark.parametrize(
    ("kind", "body", "line"),
    [
        ("text/html", b"<html>", "is no service of Lectern: it answers 200 as text/html"),
        ("application/json", b"[1]", "is no service of Lectern"),
        ("application/json", b"{", "is no service of Lectern"),
        (
            "application/json",
            b'{"resource": "https://evil.example/mcp"}',
            "calls itself https://evil.example",
        ),
        ("application/json", b'{"resource": 5}', "calls itself nothing"),
        ("application/json", b"1" * (2 << 20), "is no service of Lectern"),
    ],
)
async def test_what_is_no_service_is_told_in_one_line(kind: str, body: bytes, line: str) -> None:
    async with listening(saying(200, kind, body), lifespan="off") as url:
        with pytest.raises(ServiceError, match=line) as refused:
            await new_key(url, Person(url).here(), by_device=False)
    assert "\n" not in refused.value.line
