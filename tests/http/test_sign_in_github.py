"""People sign in by GitHub, which is no issuer of OpenID Connect: by its number, and the address that it verified."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from shared.settings import IngestSettings
from tests.github_fake import CLIENT, SECRET, GitHubFake, github_fake
from tests.http.signing_in import Browser, Door, door, said

pytestmark = pytest.mark.anyio

PRIMARY = {"email": "ada@example.org", "primary": True, "verified": True, "visibility": None}
SECOND = {"email": "ada@other.test", "primary": False, "verified": True, "visibility": None}


@pytest.fixture(scope="module")
async def github() -> AsyncIterator[GitHubFake]:
    async with github_fake() as made:
        yield made


@pytest.fixture(scope="module")
async def opened(
    module_settings: IngestSettings, github: GitHubFake, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Door]:
    file = tmp_path_factory.mktemp("secret") / "secret"
    file.write_text(SECRET)
    async with door(
        module_settings,
        github_url=github.url,
        github_client_id=CLIENT,
        github_client_secret_file=file,
        sign_in_domains=("example.org", "other.test"),
    ) as made:
        yield made


@pytest.fixture
async def browser(opened: Door, github: GitHubFake) -> AsyncIterator[Browser]:
    github.__init__(github.url)  # type: ignore[misc]
    async with opened.browser() as made:
        yield made


async def whole(browser: Browser, github: GitHubFake, **said_by_it: Any) -> httpx2.Response:
    sent = await browser.begin("/sign-in/with/github")
    assert sent["scope"] == "read:user user:email"
    github.challenges["code"] = sent["code_challenge"]
    for name, value in said_by_it.items():
        setattr(github, name, value)
    return await browser.get(f"/oauth/callback/github?code=code&state={sent['state']}")


async def test_somebody_is_their_number_and_their_verified_primary_address(
    browser: Browser, github: GitHubFake, opened: Door
) -> None:
    for user in ({"id": 4711, "login": "ada"}, {"id": 4711, "login": "renamed"}):
        answer = await whole(browser, github, user=user, emails=[SECOND, PRIMARY])
        assert answer.status_code == 303, said(answer)
    [row] = await opened.owner.rows("SELECT email, oauth_provider, oauth_id FROM users")
    assert row == {"email": "ada@example.org", "oauth_provider": "github", "oauth_id": "4711"}


@pytest.mark.parametrize(
    ("emails", "line"),
    [
        ([PRIMARY | {"verified": False}], "does not say that your e-mail address is verified"),
        ([SECOND], "does not say that your e-mail address is verified"),
        ([], "does not say that your e-mail address is verified"),
        ({"message": "odd"}, "does not say that your e-mail address is verified"),
    ],
)
async def test_no_other_address_counts(browser: Browser, github: GitHubFake, emails: Any, line: str) -> None:
    answer = await whole(browser, github, user={"id": 1, "login": "eve"}, emails=emails)
    assert answer.status_code == 403
    assert line in said(answer)


@pytest.mark.parametrize("user", [{}, [], {"id": "1"}, {"id": True}, {"id": 0}])
async def test_who_has_no_number_is_nobody(browser: Browser, github: GitHubFake, user: Any) -> None:
    answer = await whole(browser, github, user=user, emails=[PRIMARY])
    assert answer.status_code == 502
    assert "GitHub does not answer as it should: it does not say who you are." in said(answer)


async def test_a_code_of_another_verifier_is_refused_though_it_answers_200(
    browser: Browser, github: GitHubFake
) -> None:
    answer = await whole(browser, github, challenges={"code": "another"})
    assert "GitHub does not take what your browser brought back." in said(answer)


async def test_an_issuer_of_another_name_is_refused(browser: Browser) -> None:
    sent = await browser.begin("/sign-in/with/github")
    answer = await browser.get(f"/oauth/callback/github?code=c&state={sent['state']}&iss=https://evil.test")
    assert "Another provider answers than the one you went to." in said(answer)
