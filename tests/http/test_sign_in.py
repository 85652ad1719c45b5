"""The other ways in: a password, an invitation, an identity that is connected; and how often one may be wrong."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from mcp_server.http.app import application
from mcp_server.http.sign_in.attempts import MOST_OF_A_NETWORK
from shared.accounts import passwords
from shared.accounts.emails import address
from shared.accounts.passwords import hashed
from shared.accounts.sign_in.decision import Identity
from shared.accounts.sign_in.invitations import Invitations
from shared.accounts.sign_in.secret import hash_of
from shared.accounts.store import Accounts
from shared.settings import IngestSettings
from shared.stores.postgres import Row
from tests.evil_issuer import CLIENT, Evil, evil_issuer
from tests.http.signing_in import URL, Browser, Door, door, said
from tests.http_service import http_settings
from tests.mail_server import MailServer, mail_server

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"
LOCKED = "Too many wrong passwords for this account from your network. Try again in 15 minutes."
WRONG = "E-mail address or password is wrong."


@pytest.fixture(scope="module")
def hash_of_password() -> str:
    return hashed(PASSWORD)


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[Evil]:
    async with evil_issuer() as made:
        yield made


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


def replica(settings: IngestSettings, issuer: Evil, **more: Any) -> AbstractAsyncContextManager[Door]:
    named = {"oidc_name": "google", "oidc_issuer": issuer.issuer, "oidc_client_id": CLIENT}
    return door(settings, **named, **more)


@pytest.fixture(scope="module")
async def opened(module_settings: IngestSettings, issuer: Evil, mails: MailServer) -> AsyncIterator[Door]:
    async with replica(
        module_settings,
        issuer,
        smtp_url=f"smtp://127.0.0.1:{mails.port}?tls=off",
        mail_from="lectern@example.org",
    ) as made:
        yield made


@pytest.fixture
async def browser(opened: Door, issuer: Evil) -> AsyncIterator[Browser]:
    issuer.calm()
    async with opened.browser() as made:
        yield made


@pytest.fixture
async def person(opened: Door, hash_of_password: str) -> Callable[..., Any]:
    """Adds somebody, by a name that no test has twice."""

    async def add(name: str, *, password: bool = True) -> Row:
        accounts = Accounts(opened.owner)
        return await accounts.add_user(address(f"{name}@example.org"), hash_of_password if password else None)

    return add


async def by_password(browser: Browser, email: str, password: str, back: str = "/account") -> httpx2.Response:
    csrf = await browser.form("/sign-in")
    return await browser.submit("/sign-in", email=email, password=password, csrf=csrf, next=back)


async def by_provider(
    browser: Browser, issuer: Evil, path: str = "/sign-in/with/google", **claims: Any
) -> httpx2.Response:
    sent = await browser.begin(path)
    issuer.nonce, issuer.claims = sent["nonce"], claims
    back = {"state": sent["state"], "code": "a-code", "iss": issuer.issuer}
    return await browser.get(f"/oauth/callback/google?{urlencode(back)}")


async def invited(opened: Door, user: Row, now: datetime | None = None) -> str:
    """The path of a new invitation."""
    token, at = f"token-of-{user['email'].partition('@')[0]}", now or datetime.now(UTC)
    await Invitations(opened.owner).invite(user["id"], hash_of(token), at, at + timedelta(days=7))
    return f"/invite/{token}"


async def test_the_service_has_the_pages_where_it_serves_any(module_settings: IngestSettings) -> None:
    for serves_pages, status in [(True, 200), (False, 404)]:
        app = application(http_settings(module_settings), URL, serves_pages=serves_pages)
        async with Browser(app) as browser:
            assert (await browser.get("/sign-in")).status_code == status


async def test_two_sign_ins_at_once_in_one_browser_both_end_well(
    browser: Browser, issuer: Evil, opened: Door
) -> None:
    user = await Accounts(opened.owner).add_user(address("toni@example.org"), None)
    path = await invited(opened, user)
    await by_provider(browser, issuer, f"{path}/with/google", sub="toni-1")
    sent = [await browser.begin(f"/sign-in/with/google?next=/oauth/consent?request={tab}") for tab in "ab"]
    for one, tab in zip(sent, "ab", strict=True):
        issuer.nonce = one["nonce"]
        back = urlencode({"state": one["state"], "code": "a-code", "iss": issuer.issuer})
        answer = await browser.get(f"/oauth/callback/google?{back}")
        assert answer.headers["location"] == f"/oauth/consent?request={tab}"
    assert len(await opened.owner.rows("SELECT user_id FROM web_sessions WHERE user_id = %(id)s", user)) == 1


async def test_a_sign_in_that_begins_at_one_replica_ends_at_another(
    module_settings: IngestSettings, browser: Browser, issuer: Evil, opened: Door
) -> None:
    path = await invited(opened, await Accounts(opened.owner).add_user(address("rosa@example.org"), None))
    async with replica(module_settings, issuer) as other, other.browser() as elsewhere:
        sent = await browser.begin(f"{path}/with/google")
        issuer.nonce, issuer.claims = sent["nonce"], {"sub": "rosa-1"}
        elsewhere.cookies = browser.cookies
        back = urlencode({"state": sent["state"], "code": "a-code", "iss": issuer.issuer})
        assert (await elsewhere.get(f"/oauth/callback/google?{back}")).headers["location"] == "/account"
        browser.cookies = elsewhere.cookies
        assert (await browser.get("/sign-in")).headers["location"] == "/account"


async def test_of_many_who_come_at_once_one_uses_the_invitation_and_one_is_added(
    module_settings: IngestSettings, issuer: Evil, opened: Door
) -> None:
    store, now = await opened.service.backing.sign_in(), datetime.now(UTC)
    path = await invited(opened, await Accounts(opened.owner).add_user(address("omar@example.org"), None))
    token = hash_of(path.removeprefix("/invite/"))
    accepted = await asyncio.gather(
        *(store.accept(token, now + timedelta(microseconds=one), password=f"hash {one}") for one in range(5))
    )
    assert len([one for one in accepted if one]) == 1
    identity = Identity("google", issuer.issuer, "nina-1", address("nina@example.org"), True)
    added = await asyncio.gather(*(store.add(address("nina@example.org"), identity) for _ in range(5)))
    assert len([one for one in added if one]) == 1


# Passwords


async def test_a_password_signs_in_and_the_page_that_was_wanted_follows(
    browser: Browser, person: Callable[..., Any]
) -> None:
    await person("paula")
    answer = await by_password(browser, "Paula@Example.org", PASSWORD, "/oauth/consent?request=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/oauth/consent?request=1")
    assert (await browser.get("/sign-in?next=/account")).headers["location"] == "/account"


async def test_an_unknown_address_and_a_wrong_password_read_alike(
    browser: Browser, person: Callable[..., Any]
) -> None:
    await person("una")
    await person("nora", password=False)
    answers = [
        await by_password(browser, f"{name}@example.org", "wrong password")
        for name in ("una", "nora", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert {re.sub(r"\w+@\S+", "", answer.text).partition("<form")[0] for answer in answers} == {
        re.sub(r"\w+@\S+", "", answers[0].text).partition("<form")[0]
    }
    assert all(WRONG in said(answer) for answer in answers)


async def test_the_sixth_wrong_password_is_not_looked_at_however_many_come_at_once(
    opened: Door, person: Callable[..., Any]
) -> None:
    await person("lola")
    async with opened.browser("203.0.113.7") as attacker, opened.browser("203.0.113.8") as elsewhere:
        csrf = await attacker.form("/sign-in")
        fields = {"email": "lola@example.org", "csrf": csrf}
        answers = await asyncio.gather(
            *(attacker.submit("/sign-in", password=f"wrong {number:05}", **fields) for number in range(8))
        )
        assert sorted(answer.status_code for answer in answers) == [403] * 5 + [429] * 3
        locked = await attacker.submit("/sign-in", password=PASSWORD, **fields)
        assert LOCKED in said(locked)
        assert not attacker.is_signed_in
        assert (await by_password(elsewhere, "lola@example.org", PASSWORD)).status_code == 303


async def test_of_many_accounts_at_once_a_network_has_no_more_passwords_looked_at_than_it_may_get_wrong(
    opened: Door, person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await person("nelly")
    looked_at = 0

    def fits(password: str, _hashed: str | None) -> bool:
        nonlocal looked_at
        looked_at += 1
        return password == PASSWORD

    monkeypatch.setattr(passwords, "fits", fits)
    async with opened.browser("203.0.113.77") as browser:
        assert (await by_password(browser, "nelly@example.org", PASSWORD)).status_code == 303  # costs nothing
        browser.cookies.clear()
        csrf = await browser.form("/sign-in")
        tried = [
            browser.submit("/sign-in", email=f"nobody{one}@example.org", password="wrong", csrf=csrf)
            for one in range(MOST_OF_A_NETWORK + 30)
        ]
        statuses = [one.status_code for one in await asyncio.gather(*tried)]
        assert (statuses.count(403), statuses.count(429)) == (MOST_OF_A_NETWORK, 30)
        assert looked_at == MOST_OF_A_NETWORK + 1
        waits = await browser.submit("/sign-in", email="nelly@example.org", password=PASSWORD, csrf=csrf)
        assert (waits.status_code, waits.headers["retry-after"]) == (429, "900")


async def test_the_right_password_forgets_the_wrong_ones(opened: Door, person: Callable[..., Any]) -> None:
    await person("rita")
    async with opened.browser("203.0.113.9") as browser:
        for _ in range(3):
            for _ in range(3):
                assert (await by_password(browser, "rita@example.org", "wrong password")).status_code == 403
            assert (await by_password(browser, "rita@example.org", PASSWORD)).status_code == 303
            browser.cookies.clear()


async def test_addresses_of_one_household_count_together(opened: Door) -> None:
    statuses = []
    for number in range(6):
        async with opened.browser(f"2001:db8:1:2::{number}") as browser:
            statuses.append((await by_password(browser, "max@example.org", "wrong password")).status_code)
    assert statuses == [403] * 5 + [429]


@pytest.mark.parametrize("field", ["csrf", "email", "password", "next"])
async def test_a_form_in_an_odd_charset_is_a_wrong_form_and_no_failure(browser: Browser, field: str) -> None:
    fields = {
        "csrf": await browser.form("/sign-in"),
        "email": "odo@example.org",
        "password": "wrong password",
    }
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (fields | {field: "+2AA-"}).items()
    ]
    kind = "multipart/form-data; boundary=b; charset=utf-7"
    body = "".join(parts) + "--b--\r\n"
    answer = await browser.post("/sign-in", content=body, headers={"origin": URL, "content-type": kind})
    assert answer.status_code == 403, answer.text


async def test_who_is_disabled_learns_it_by_the_right_password_alone(
    browser: Browser, opened: Door, person: Callable[..., Any]
) -> None:
    user = await person("dora")
    await Accounts(opened.owner).set_disabled(user["id"], disabled=True)
    assert WRONG in said(await by_password(browser, "dora@example.org", "wrong password"))
    assert "This account is disabled." in said(await by_password(browser, "dora@example.org", PASSWORD))
    assert not browser.is_signed_in


async def test_who_signs_out_is_out(browser: Browser, person: Callable[..., Any]) -> None:
    await person("olga")
    await by_password(browser, "olga@example.org", PASSWORD)
    assert (await browser.submit("/sign-out", csrf="x")).status_code == 403
    assert browser.is_signed_in
    assert (await browser.post("/sign-out")).status_code == 403


# Invitations


async def test_an_invitation_sets_a_password_once(
    browser: Browser, opened: Door, person: Callable[..., Any]
) -> None:
    path = await invited(opened, await person("ines", password=False))
    csrf = await browser.form(path)
    short = await browser.submit(path, password="short", csrf=csrf)
    assert (short.status_code, "less than 8 characters" in said(short)) == (400, True)
    assert (await browser.submit(path, password=PASSWORD, csrf=csrf)).headers["location"] == "/account"
    assert browser.is_signed_in
    browser.cookies.clear()
    used = await browser.get(path)
    assert said(used) == (
        "This invitation does not work This invitation was used already, or is older than 7 days. "
        "Ask your operator for another one. Sign in"
    )
    assert (await by_password(browser, "ines@example.org", PASSWORD)).status_code == 303


async def test_an_invitation_connects_an_identity_whatever_its_address(
    browser: Browser, opened: Door, issuer: Evil, person: Callable[..., Any]
) -> None:
    user = await person("iris", password=False)
    path = await invited(opened, user)
    answer = await by_provider(
        browser,
        issuer,
        f"{path}/with/google",
        sub="iris-1",
        email="private@elsewhere.test",
        email_verified=False,
    )
    assert answer.headers["location"] == "/account"
    [row] = await opened.owner.rows("SELECT oauth_id FROM users WHERE email = 'iris@example.org'")
    assert row["oauth_id"] == "iris-1"
    assert (await browser.get(path)).status_code == 403
    browser.cookies.clear()
    assert (await by_provider(browser, issuer, sub="iris-1", email=None)).headers["location"] == "/account"


async def test_no_link_elsewhere_connects_whoever_follows_it_to_a_strangers_invitation(
    browser: Browser, opened: Door, person: Callable[..., Any]
) -> None:
    path = await invited(opened, await person("mallory", password=False))
    await browser.form(path)
    for site in ("cross-site", "same-site", "none"):
        answer = await browser.get(f"{path}/with/google", headers={"Sec-Fetch-Site": site})
        assert "This link leads on from an invitation alone." in said(answer)
    answer = await browser.get(f"{path}/with/google", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303


async def test_an_invitation_ends_after_seven_days_and_with_the_account(
    browser: Browser, opened: Door, person: Callable[..., Any]
) -> None:
    late, off = await person("lena", password=False), await person("oda", password=False)
    old = await invited(opened, late, datetime.now(UTC) - timedelta(days=7))
    ended = await invited(opened, off)
    await Accounts(opened.owner).set_disabled(off["id"], disabled=True)
    for path in (old, ended, "/invite/another"):
        assert "This invitation was used already" in said(await browser.get(path))


async def test_an_identity_that_somebody_has_is_not_given_to_the_one_who_is_invited(
    browser: Browser, opened: Door, issuer: Evil, person: Callable[..., Any]
) -> None:
    first = await invited(opened, await person("zoe", password=False))
    await by_provider(browser, issuer, f"{first}/with/google", sub="zoe-1")
    browser.cookies.clear()
    second = await invited(opened, await person("yara", password=False))
    answer = await by_provider(browser, issuer, f"{second}/with/google", sub="zoe-1")
    assert "Another account signs in by this identity already." in said(answer)
    assert not browser.is_signed_in


# An identity with the address of somebody


async def test_an_identity_is_connected_once_the_password_of_its_address_is_given(
    browser: Browser, opened: Door, issuer: Evil, person: Callable[..., Any]
) -> None:
    await person("lara")
    page = await by_provider(browser, issuer, sub="lara-1", email="lara@example.org")
    assert "There is an account lara@example.org already." in said(page)
    assert not browser.is_signed_in
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf
    wrong = await browser.submit("/sign-in/link", password="wrong password", csrf=csrf[1])
    assert WRONG in said(wrong)
    answer = await browser.submit("/sign-in/link", password=PASSWORD, csrf=csrf[1])
    assert answer.headers["location"] == "/account"
    browser.cookies.clear()
    assert (await by_provider(browser, issuer, sub="lara-1")).headers["location"] == "/account"
    browser.cookies.clear()
    other = await by_provider(browser, issuer, sub="lara-2", email="lara@example.org")
    assert "The account signs in by another identity already." in said(other)


async def test_an_identity_is_connected_by_a_link_that_is_mailed_in_the_same_browser_alone(
    browser: Browser, opened: Door, issuer: Evil, mails: MailServer, person: Callable[..., Any]
) -> None:
    await person("mia", password=False)
    page = await by_provider(browser, issuer, sub="mia-1", email="mia@example.org")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf
    assert "A link is on its way to mia@example.org." in said(
        await browser.submit("/sign-in/link", csrf=csrf[1])
    )
    body = mails.received[-1].message.get_body(("plain",))
    assert body
    link = re.search(r"https://lectern\.test(/sign-in/link/\S+)", body.get_content())
    assert link
    async with opened.browser() as stranger:
        assert "This sign-in began in another browser." in said(await stranger.get(link[1]))
    assert (await browser.get(link[1])).headers["location"] == "/account"
    assert browser.is_signed_in
    assert "This link was used already" in said(await browser.get(link[1]))


GROUPS = "SELECT group_name FROM user_groups g JOIN users u ON u.id = g.user_id WHERE u.email = %(email)s ORDER BY 1"


async def test_groups_are_those_that_the_provider_told_last_and_silence_takes_none_away(
    module_settings: IngestSettings, issuer: Evil, caplog: pytest.LogCaptureFixture
) -> None:
    """By (claims, groups afterwards): Entra ID names no group of somebody who is in many."""
    steps: list[tuple[dict[str, Any], list[str]]] = [
        ({"groups": ["readers", "barred"]}, ["barred", "readers"]),
        ({"groups": None}, ["barred", "readers"]),
        ({"groups": None, "_claim_names": {"groups": "src1"}}, ["barred", "readers"]),
        ({"groups": None, "hasgroups": True}, ["barred", "readers"]),
        ({"groups": {"a": 1}}, ["barred", "readers"]),
        ({"groups": ["barred"]}, ["barred"]),
        ({"groups": []}, []),
        ({"groups": None}, []),
    ]
    issuer.calm()
    async with replica(
        module_settings, issuer, groups_claim="groups", sign_in_domains=("evil.test",)
    ) as made:
        for claims, groups in steps:
            async with made.browser() as browser:
                answer = await by_provider(browser, issuer, sub="gina", email="gina@evil.test", **claims)
                assert answer.headers["location"] == "/account", said(answer)
            rows = await made.owner.rows(GROUPS, {"email": "gina@evil.test"})
            assert [row["group_name"] for row in rows] == groups, claims
    lines = [one.getMessage() for one in caplog.records if "groups" in one.getMessage()]
    assert [line.partition(":")[0] for line in lines] == [
        "Google does not send the claim groups (LECTERN_GROUPS_CLAIM)",
        "Google leaves the claim groups out for people in many groups (overage)",
    ]


async def test_a_mailed_link_is_in_the_language_of_its_reader(
    browser: Browser, opened: Door, issuer: Evil, mails: MailServer, person: Callable[..., Any]
) -> None:
    user = await person("odile", password=False)
    await opened.owner.rows(
        "INSERT INTO customers (user_id, locale) VALUES (%(id)s, 'fr-CA')", {"id": user["id"]}
    )
    page = await by_provider(browser, issuer, sub="odile-1", email="odile@example.org")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf
    await browser.submit("/sign-in/link", csrf=csrf[1])
    mail = mails.received[-1].message
    assert mail["Content-Language"] == "fr"
    assert str(mail["Subject"]).startswith("Associer ")
    body = mail.get_body(("plain",))
    assert body
    assert re.search(
        r"ouvrez ce lien .*https://lectern\.test/sign-in/link/\S+", body.get_content(), re.DOTALL
    )


async def test_an_address_that_is_not_verified_connects_nobody(
    browser: Browser, issuer: Evil, person: Callable[..., Any]
) -> None:
    await person("vera")
    for verified in (False, None, "false", 1, "yes"):
        answer = await by_provider(
            browser, issuer, sub="v", email="vera@example.org", email_verified=verified
        )
        assert "The provider does not say that your e-mail address is verified." in said(answer)


async def test_an_address_that_entra_verified_is_verified(
    browser: Browser, issuer: Evil, person: Callable[..., Any]
) -> None:
    await person("enya")
    claims: dict[str, Any] = {"sub": "e", "email": "enya@example.org", "email_verified": None}
    answer = await by_provider(browser, issuer, **claims, xms_edov=True)
    assert "There is an account enya@example.org already." in said(answer)


async def test_without_redis_nobody_signs_in_and_the_page_says_so(
    module_settings: IngestSettings, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        door(module_settings, limits_redis_url="redis://127.0.0.1:1/0") as made,
        made.browser() as browser,
    ):
        answer = await by_password(browser, "ada@example.org", PASSWORD)
        assert answer.status_code == 503
        assert "This service cannot do that now. Try again in a minute" in said(answer)
        assert "nobody can sign in now: Redis" in caplog.text
        assert "127.0.0.1" not in answer.text
