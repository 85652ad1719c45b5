"""People sign in by npm's oidc-provider, which is certified: the whole way, as browsers go it."""

import re
from collections.abc import AsyncIterator, Iterator
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from mcp_server.http.app import application
from shared.settings import IngestSettings
from tests.certified_issuer import CLIENT, SECRET, certified_issuer
from tests.http.signing_in import URL, Browser, Door, door, said
from tests.oauth import consent_page, decide, redeeming
from tests.oauth import said as heard

pytestmark = [pytest.mark.anyio, pytest.mark.processes]

PEOPLE = {
    "ada": {"email": "ada@example.org", "email_verified": True, "groups": ["readers", "writers"]},
    "eve": {"email": "eve@example.org", "email_verified": False},
    "bob": {"email": "bob@elsewhere.test", "email_verified": True},
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with certified_issuer(f"{URL}/oauth/callback/keycloak", PEOPLE) as address:
        yield address


@pytest.fixture(scope="module")
async def opened(
    module_settings: IngestSettings, issuer: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Door]:
    file = tmp_path_factory.mktemp("secret") / "secret"
    file.write_text(f"{SECRET}\n")
    async with door(
        module_settings,
        oidc_name="keycloak",
        oidc_issuer=issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret_file=file,
        groups_claim="groups",
        sign_in_domains=("Example.ORG",),
    ) as made:
        yield made


@pytest.fixture
async def browser(opened: Door) -> AsyncIterator[Browser]:
    async with opened.browser() as made:
        yield made


async def there(person: str, url: str) -> httpx2.URL:
    """Where the provider leads back to, once somebody signed in there."""
    async with httpx2.AsyncClient(headers={"x-person": person}) as client:
        while url.startswith("http://127.0.0.1"):
            answer = await client.get(url)
            assert answer.status_code == 303, answer.text
            url = str(httpx2.URL(url).join(answer.headers["location"]))
    return httpx2.URL(url)


async def whole(browser: Browser, person: str) -> httpx2.Response:
    begun = await browser.get("/sign-in/with/keycloak?next=/oauth/consent")
    return await browser.get(await there(person, begun.headers["location"]))


async def test_somebody_of_the_domain_is_added_and_the_same_person_when_they_come_again(
    browser: Browser, opened: Door, issuer: str
) -> None:
    for _ in range(2):
        answer = await whole(browser, "ada")
        assert (answer.status_code, answer.headers["location"]) == (303, "/oauth/consent"), said(answer)
    [user] = await opened.owner.rows("SELECT * FROM users")
    assert (user["email"], user["oauth_provider"], user["oauth_id"]) == ("ada@example.org", "keycloak", "ada")
    [bound] = await opened.owner.rows("SELECT name, issuer FROM identity_providers")
    assert bound == {"name": "keycloak", "issuer": issuer}
    groups = await opened.owner.rows("SELECT group_name, source FROM user_groups ORDER BY 1")
    assert groups == [{"group_name": name, "source": "claim"} for name in ("readers", "writers")]
    audited = await opened.owner.rows("SELECT action FROM audit_log ORDER BY at")
    assert [row["action"] for row in audited] == ["sign-in add", "group claim", "sign-in", "sign-in"]


async def test_a_client_is_let_in_by_who_comes_by_the_provider_and_its_key_is_theirs(
    opened: Door, browser: Browser
) -> None:
    """The whole service: consent first, then the provider, then the client has a key for its machine."""
    app = application(opened.service.settings, URL)
    async with Browser(app, origin=URL) as person, Browser(app) as client:
        page = await consent_page(person, scope="key", machine="laptop")
        onward = await decide(person, page, "allow")
        choices = await person.get(onward.headers["location"])
        way = re.search(r'href="(/sign-in/with/keycloak[^"]*)"', choices.text)
        assert way
        begun = await person.get(unescape(way[1]))
        back = await person.get(await there("ada", begun.headers["location"]))
        done = await person.get(back.headers["location"])
        assert "ada@example.org" in said(done)
        got = await client.post("/oauth/token", data=redeeming(heard(done)["code"]))
        assert got.json()["access_token"].startswith("lect_"), got.text
    await app.state.service.backing.close()
    [key] = await opened.owner.rows(
        "SELECT u.email FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.revoked_at IS NULL"
    )
    assert key["email"] == "ada@example.org"


@pytest.mark.parametrize(
    ("person", "line"),
    [
        ("eve", "The provider does not say that your e-mail address is verified."),
        ("bob", "There is no account for your e-mail address."),
    ],
)
async def test_nobody_else_comes_in(browser: Browser, person: str, line: str) -> None:
    answer = await whole(browser, person)
    assert answer.status_code == 403
    assert line in said(answer)
    assert not browser.is_signed_in


async def test_a_code_that_another_client_got_is_worth_nothing_here(browser: Browser, issuer: str) -> None:
    begun = await browser.begin("/sign-in/with/keycloak")
    asked = begun | {
        "client_id": "stranger",
        "redirect_uri": "https://stranger.test/callback",
        "scope": "openid",
    }
    theirs = dict(
        parse_qsl((await there("ada", str(httpx2.URL(f"{issuer}/auth", params=asked)))).query.decode())
    )
    answer = await browser.get("/oauth/callback/keycloak", params=theirs | {"state": begun["state"]})
    assert answer.status_code == 403
    assert "Keycloak does not take what your browser brought back." in said(answer)
    assert not browser.is_signed_in


async def test_a_code_that_was_asked_for_with_another_verifier_is_worth_nothing(
    browser: Browser, opened: Door
) -> None:
    """The code of an attacker's own sign-in, put beside the state of the victim's (PKCE)."""
    async with opened.browser() as attacker:
        theirs = await attacker.get("/sign-in/with/keycloak")
        back = await there("ada", theirs.headers["location"])
    stolen = dict(parse_qsl(urlsplit(str(back)).query))["code"]
    begun = await browser.begin("/sign-in/with/keycloak")
    answer = await browser.get(
        "/oauth/callback/keycloak",
        params={"state": begun["state"], "code": stolen, "iss": dict(parse_qsl(back.query.decode()))["iss"]},
    )
    assert answer.status_code == 403
    assert "Keycloak does not take what your browser brought back." in said(answer)


async def test_who_refuses_at_the_provider_is_told_so(browser: Browser, issuer: str) -> None:
    begun = await browser.begin("/sign-in/with/keycloak")
    answer = await browser.get(
        "/oauth/callback/keycloak",
        params={"state": begun["state"], "error": "access_denied", "error_description": "x", "iss": issuer},
    )
    assert "You did not allow it at Keycloak." in said(answer)


async def test_an_issuer_of_the_same_name_elsewhere_signs_nobody_in(
    module_settings: IngestSettings, opened: Door, browser: Browser
) -> None:
    """The settings of another replica name another issuer by it."""
    await opened.owner.rows(
        "INSERT INTO identity_providers VALUES ('keycloak', 'x') ON CONFLICT (name) DO UPDATE SET issuer = 'x'"
    )
    answer = await whole(browser, "ada")
    assert answer.status_code == 403
    assert "The name of this provider stands for another issuer here." in said(answer)
