"""What people do to get at somebody else's tokens, each refused with a clear line: a row an attack."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx2
import pytest
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from mcp_server.http.oauth.documents import ClientDocuments
from shared.accounts.emails import address
from shared.accounts.oauth.tokens import token_hash
from shared.accounts.store import Accounts
from shared.guard.guard import Guard
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.oauth import (
    OWN,
    RESOURCE,
    VERIFIER,
    Letting,
    allowed,
    asking,
    client_documents,
    consent_page,
    decide,
    fields,
    letting_in,
    redeeming,
    registered,
    said,
    signed_in_client,
)

pytestmark = pytest.mark.anyio

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Scene(NamedTuple):
    letting: Letting
    accounts: Accounts
    site: str

    async def person(self) -> UUID:
        row = await self.accounts.add_user(address(f"{uuid4().hex}@example.org"), None)
        return row["id"]  # type: ignore[no-any-return]

    async def browser(self) -> httpx2.AsyncClient:
        return await self.letting.signed_in(await self.person())

    async def token(self, **form: str) -> str:
        return told(await self.letting.browser().post("/oauth/token", data=form))

    async def redeem(self, code: str, client_id: str = OWN, **changed: str) -> str:
        return await self.token(**redeeming(code, client_id, **changed))

    async def authorize(self, **changed: str | None) -> str:
        return told(await self.letting.browser().get("/oauth/authorize", params=asking(**changed)))  # type: ignore[arg-type]

    async def refresh(self, token: str, client_id: str = OWN) -> str:
        return await self.token(grant_type="refresh_token", refresh_token=token, client_id=client_id)


def told(answer: httpx2.Response) -> str:
    """What whoever tries reads: an error as JSON, one at the client's address, or a page."""
    if answer.headers.get("location"):
        found = said(answer)
        return f"sent back: {found['error']}: {found['error_description']}" if "error" in found else "let in"
    if answer.headers["content-type"] == "application/json":
        found = answer.json()
        return (
            f"{answer.status_code} {found['error']}: {found['error_description']}"
            if "error" in found
            else "let in"
        )
    line = answer.text.partition("<p>")[2].partition("</p>")[0]
    return f"page {answer.status_code}: {line}" if answer.status_code >= 400 else "asked"


async def replayed_code(scene: Scene) -> str:
    browser = await scene.browser()
    code = await allowed(browser)
    got = (await browser.post("/oauth/token", data=redeeming(code))).json()
    line = await scene.redeem(code)
    assert await scene.letting.who(got["access_token"]) == "key"
    return line


async def other_clients_code(scene: Scene) -> str:
    code = await allowed(await scene.browser())
    return await scene.redeem(code, await registered(scene.letting))


async def code_after_its_minute(scene: Scene) -> str:
    code = await allowed(await scene.browser())
    scene.letting.clock.now += timedelta(seconds=60)
    return await scene.redeem(code)


async def code_in_place_of_a_refresh_token(scene: Scene) -> str:
    return await scene.refresh(await allowed(await scene.browser()))


async def refresh_token_in_place_of_an_access_token(scene: Scene) -> str:
    got = await signed_in_client(scene.letting, await scene.browser())
    return str(await scene.letting.who(got["refresh_token"]))


async def refresh_replay(scene: Scene) -> str:
    first = await signed_in_client(scene.letting, await scene.browser())
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "client_id": OWN}
    second = (await scene.letting.browser().post("/oauth/token", data=form)).json()
    line = await scene.refresh(first["refresh_token"])
    assert await scene.letting.who(second["access_token"]) == "key"
    assert "was revoked" in await scene.refresh(second["refresh_token"])
    return line


async def other_clients_refresh_token(scene: Scene) -> str:
    got = await signed_in_client(scene.letting, await scene.browser())
    return await scene.refresh(got["refresh_token"], await registered(scene.letting))


async def token_given_back_by_another_client(scene: Scene) -> str:
    got = await signed_in_client(scene.letting, await scene.browser())
    thief = {"token": got["access_token"], "client_id": await registered(scene.letting)}
    await scene.letting.browser().post("/oauth/revoke", data=thief)
    return "kept" if await scene.letting.who(got["access_token"]) != "key" else "revoked"


async def token_at_another_resource(scene: Scene) -> str:
    got = await signed_in_client(scene.letting, await scene.browser())
    tokens = await scene.letting.service.backing.tokens()
    now = scene.letting.clock()
    found = await tokens.principal(token_hash(got["access_token"]), "https://other.test/mcp", now)
    return type(found).__name__


async def device_code_of_nobody_who_typed(scene: Scene) -> str:
    return await scene.token(
        grant_type=DEVICE_GRANT, device_code=(await _begun(scene))["device_code"], client_id=OWN
    )


async def device_code_by_another_client(scene: Scene) -> str:
    begun, thief = await _begun(scene), await registered(scene.letting)
    return await scene.token(grant_type=DEVICE_GRANT, device_code=begun["device_code"], client_id=thief)


async def device_code_begun_by_another_client(scene: Scene) -> str:
    return told(
        await scene.letting.browser().post(
            "/oauth/device", data={"client_id": await registered(scene.letting)}
        )
    )


async def code_of_a_device_typed_twice(scene: Scene) -> str:
    begun, browser = await _begun(scene), await scene.browser()
    page = await browser.get("/oauth/device")
    form = fields(page) | {"user_code": begun["user_code"]}
    await browser.post("/oauth/device/confirm", data=form)
    answer = await browser.post("/oauth/device/confirm", data=form)
    return f"page {answer.status_code}"


async def codes_of_devices_guessed(scene: Scene) -> str:
    browser = await scene.browser()
    form = fields(await browser.get("/oauth/device")) | {"user_code": "BBBB-BBBB"}
    for _ in range(10):
        await browser.post("/oauth/device/confirm", data=form)
    return told(await browser.post("/oauth/device/confirm", data=form))


async def device_confirmed_by_a_form_of_another_site(scene: Scene) -> str:
    begun, browser = await _begun(scene), await scene.browser()
    form = {"user_code": begun["user_code"], "csrf": "guessed"}
    return told(await browser.post("/oauth/device/confirm", data=form))


async def device_code_redeemed_as_a_code(scene: Scene) -> str:
    return await scene.redeem((await _begun(scene))["device_code"])


async def csrf_on_consent(scene: Scene) -> str:
    browser = await scene.browser()
    form = fields(await consent_page(browser)) | {"csrf": "guessed", "decision": "allow"}
    return told(await browser.post("/oauth/consent", data=form))


async def consent_sent_by_another_site(scene: Scene) -> str:
    browser = await scene.browser()
    form = fields(await consent_page(browser)) | {"decision": "allow"}
    evil = {"Origin": "https://evil.test"}
    return told(await browser.post("/oauth/consent", data=form, headers=evil))


async def consent_in_another_browser(scene: Scene) -> str:
    mine, theirs = await scene.browser(), await scene.browser()
    return told(await decide(theirs, await consent_page(mine), "allow"))


async def consent_shown_to_one_person_and_given_by_another(scene: Scene) -> str:
    browser = await scene.browser()
    page = await consent_page(browser)
    await browser.get(f"/enter/{await scene.person()}")
    return told(await decide(browser, page, "allow"))


async def consent_given_twice(scene: Scene) -> str:
    browser = await scene.browser()
    page = await consent_page(browser)
    await decide(browser, page, "allow")
    return told(await decide(browser, page, "allow"))


async def confused_deputy(scene: Scene) -> str:
    """One client was let in; another sends the person here, who must be asked again."""
    browser = await scene.browser()
    await allowed(browser)
    return told(await consent_page(browser, client_id=await registered(scene.letting)))


async def clickjacking(scene: Scene) -> str:
    policy = (await consent_page(await scene.browser())).headers["content-security-policy"]
    return "unframed" if "frame-ancestors 'none'" in policy else policy


async def registered_address_of_a_script(scene: Scene) -> str:
    return told(
        await scene.letting.browser().post("/oauth/register", json={"redirect_uris": ["javascript:alert(1)"]})
    )


async def document_by_http(scene: Scene) -> str:
    return await scene.authorize(client_id="http://example.org/client.json")


async def key_for_a_client_that_is_not_ours(scene: Scene) -> str:
    client = await registered(scene.letting)
    return await scene.authorize(client_id=client, scope="key", machine="laptop")


async def client_secret(scene: Scene) -> str:
    return await scene.redeem("lac_x", client_secret="s")


async def client_given_twice(scene: Scene) -> str:
    query = httpx2.QueryParams([*asking().items(), ("client_id", "another")])
    return told(await scene.letting.browser().get("/oauth/authorize", params=query))


async def _begun(scene: Scene) -> Any:
    form = {"client_id": OWN, "scope": "key", "machine": "server"}
    return (await scene.letting.browser().post("/oauth/device", data=form)).json()


def at_authorize(**changed: str | None) -> Callable[[Scene], Awaitable[str]]:
    return lambda scene: scene.authorize(**changed)


def at_token(**changed: str) -> Callable[[Scene], Awaitable[str]]:
    async def attack(scene: Scene) -> str:
        return await scene.redeem(await allowed(await scene.browser()), **changed)

    return attack


def by_document(path: str) -> Callable[[Scene], Awaitable[str]]:
    return lambda scene: scene.authorize(client_id=f"{scene.site}{path}")


GRANT = "400 invalid_grant: "
UNKNOWN = f"{GRANT}this code or token is unknown, or another client's; sign in again"
NOWHERE = "page 400: Lectern on the command line has no such address to lead back to."
CHALLENGE = "sent back: invalid_request: a code_challenge with code_challenge_method=S256 is needed"
OTHER_SITE = "page 403: This form comes from another site."
TOO_OLD = "page 403: This form is too old, or not from this browser."
ID = "the address that the client gives as its id"
TARGET = f"invalid_target: tokens are made for {RESOURCE} alone"

ATTACKS: dict[Callable[[Scene], Awaitable[str]] | tuple[str, Callable[[Scene], Awaitable[str]]], str] = {
    # codes
    replayed_code: f"{GRANT}this code or token was used before: its sign-in ended; sign in again",
    other_clients_code: UNKNOWN,
    code_after_its_minute: f"{GRANT}this code or token is too old, or was revoked; sign in again",
    code_in_place_of_a_refresh_token: UNKNOWN,
    (
        "wrong verifier",
        at_token(code_verifier="w" * 43),
    ): f"{GRANT}the code_verifier is not that of the code_challenge; sign in again",
    (
        "no verifier",
        at_token(code_verifier=""),
    ): f"{GRANT}the code_verifier is not that of the code_challenge; sign in again",
    (
        "redirect mismatch",
        at_token(redirect_uri="http://127.0.0.1:1/callback"),
    ): f"{GRANT}the code was sent to another address; sign in again",
    (
        "PKCE downgraded to plain",
        at_authorize(code_challenge_method="plain", code_challenge=VERIFIER),
    ): CHALLENGE,
    ("PKCE without a method", at_authorize(code_challenge_method=None)): CHALLENGE,
    ("no PKCE", at_authorize(code_challenge=None, code_challenge_method=None)): CHALLENGE,
    (
        "implicit grant",
        at_authorize(response_type="token"),
    ): "sent back: unsupported_response_type: only response_type=code is answered",
    # where answers go
    ("open redirect", at_authorize(redirect_uri="https://evil.test/callback")): NOWHERE,
    ("no redirect", at_authorize(redirect_uri=None)): NOWHERE,
    ("this machine before @", at_authorize(redirect_uri="http://127.0.0.1@evil.test/callback")): NOWHERE,
    ("this machine as a label", at_authorize(redirect_uri="http://127.0.0.1.evil.test/callback")): NOWHERE,
    ("backslash", at_authorize(redirect_uri="http://127.0.0.1\\@evil.test/callback")): NOWHERE,
    ("an empty query", at_authorize(redirect_uri="http://127.0.0.1:1/callback?")): NOWHERE,
    ("an empty fragment", at_authorize(redirect_uri="http://127.0.0.1:1/callback#")): NOWHERE,
    ("another path of this machine", at_authorize(redirect_uri="http://127.0.0.1:1/callback/../x")): NOWHERE,
    (
        "a query that was not registered",
        at_authorize(redirect_uri="http://127.0.0.1:1/callback?a=b"),
    ): NOWHERE,
    registered_address_of_a_script: "400 invalid_redirect_uri: a redirect address of the client leads nowhere safe: "
    "write https://..., http://127.0.0.1/..., or an editor's own scheme",
    client_given_twice: "page 400: &#39;client_id&#39; is given twice, or is too long.",
    # what tokens are for
    ("a code for another resource", at_authorize(resource="https://other.test/mcp")): f"sent back: {TARGET}",
    ("a token for another resource", at_token(resource="https://other.test/mcp")): f"400 {TARGET}",
    token_at_another_resource: "Denied",
    (
        "a key without a machine",
        at_authorize(scope="key", machine=""),
    ): "sent back: invalid_request: a key needs the name of its machine, of 100 signs at most",
    key_for_a_client_that_is_not_ours: "sent back: invalid_scope: this client may not ask for a key",
    refresh_token_in_place_of_an_access_token: "key",
    refresh_replay: f"{GRANT}this code or token was used before: its sign-in ended; sign in again",
    other_clients_refresh_token: UNKNOWN,
    token_given_back_by_another_client: "kept",
    client_secret: "401 invalid_client: clients are public here: send client_id, and no secret",
    # devices
    device_code_of_nobody_who_typed: "400 authorization_pending: nobody answered yet",
    device_code_by_another_client: "400 expired_token: this device code is unknown, used or too old; begin again",
    device_code_begun_by_another_client: "400 unauthorized_client: this client may not connect devices",
    code_of_a_device_typed_twice: "page 400",
    codes_of_devices_guessed: "page 429: No more are taken for now.",
    device_confirmed_by_a_form_of_another_site: TOO_OLD,
    device_code_redeemed_as_a_code: UNKNOWN,
    # consent
    csrf_on_consent: TOO_OLD,
    consent_sent_by_another_site: OTHER_SITE,
    consent_in_another_browser: "page 403: This request is over, or another browser&#39;s.",
    consent_shown_to_one_person_and_given_by_another: TOO_OLD,
    consent_given_twice: "page 403: This request is over, or another browser&#39;s.",
    confused_deputy: "asked",
    clickjacking: "unframed",
    # documents of clients
    (
        "a document at home",
        at_authorize(client_id="https://[::1]/client.json"),
    ): f"page 400: {ID.capitalize()} cannot be fetched.",
    (
        "a document of the cloud",
        at_authorize(client_id="https://169.254.169.254/client.json"),
    ): f"page 400: {ID.capitalize()} cannot be fetched.",
    (
        "a document at a private address",
        at_authorize(client_id="https://10.0.0.1/client.json"),
    ): f"page 400: {ID.capitalize()} cannot be fetched.",
    (
        "a document behind a name of home",
        at_authorize(client_id="https://localhost/client.json"),
    ): f"page 400: {ID.capitalize()} cannot be fetched.",
    (
        "a document with a password",
        at_authorize(client_id="https://a:b@example.org/c"),
    ): f"page 400: {ID.capitalize()} cannot be fetched.",
    (
        "a document in another spelling",
        at_authorize(client_id="https://EXAMPLE.org/a/../c"),
    ): f"page 400: {ID.capitalize()} is not written in its one form.",
    document_by_http: "page 400: No such client is known here.",
    (
        "another client's document",
        by_document("/swapped"),
    ): "page 400: The document at the client&#39;s address is about another client.",
    (
        "a document that leads elsewhere",
        by_document("/moved"),
    ): f"page 400: {ID.capitalize()} does not lead to a document of a client.",
    (
        "a document of a megabyte",
        by_document("/large"),
    ): f"page 400: {ID.capitalize()} leads to more than 10240 bytes.",
    (
        "a document that is a page",
        by_document("/page"),
    ): f"page 400: {ID.capitalize()} does not lead to a document of a client.",
    (
        "a document of a client with a secret",
        by_document("/secret"),
    ): "page 400: The client wants to prove itself, and here clients are public.",
}


@asynccontextmanager
async def staged(settings: IngestSettings, database: Database, directory: Path) -> AsyncIterator[Scene]:
    pages: dict[str, Response] = {}
    async with client_documents(directory, pages) as (site, trusted):

        def document(path: str, **more: Any) -> Response:
            told = {
                "client_id": f"{site}{path}",
                "client_name": "Evil",
                "redirect_uris": ["http://127.0.0.1/callback"],
            }
            return PlainTextResponse(json.dumps(told | more), media_type="application/json")

        pages |= {
            "/swapped": document("/client"),
            "/moved": RedirectResponse("/client"),
            "/client": document("/client"),
            "/large": document("/large", padding="x" * 1_000_000),
            "/page": PlainTextResponse("<html>"),
            "/secret": document("/secret", token_endpoint_auth_method="client_secret_post"),
        }
        reads = lambda clock: ClientDocuments(Guard(allowed=["127.0.0.1"]), clock, trusted)  # noqa: E731
        async with letting_in(settings, reads, oauth_dcr="on") as letting:
            yield Scene(letting, Accounts(database), site)


async def test_every_attack_is_refused_with_a_line_that_says_why(
    make_settings: Callable[..., IngestSettings], database: Database, tmp_path: Path
) -> None:
    async with staged(make_settings(), database, tmp_path) as scene:
        named = {
            attack if isinstance(attack, tuple) else (attack.__name__.replace("_", " "), attack): line
            for attack, line in ATTACKS.items()
        }
        answered = {name: await attack(scene) for name, attack in named}
        assert answered == {name: line for (name, _), line in named.items()}
        assert "let in" not in answered.values()


async def test_a_client_is_known_by_the_document_at_its_address(
    make_settings: Callable[..., IngestSettings], database: Database, tmp_path: Path
) -> None:
    async with staged(make_settings(), database, tmp_path) as scene:
        browser, client = await scene.browser(), f"{scene.site}/client"
        page = await consent_page(browser, client_id=client)
        assert scene.site.removeprefix("https://") in page.text
        assert (await signed_in_client(scene.letting, browser, client_id=client))["scope"] == "read"


async def test_nobody_registers_a_client_unless_the_operator_wants_that(
    make_settings: Callable[..., IngestSettings],
) -> None:
    async with letting_in(make_settings()) as letting:
        answer = await letting.browser().post(
            "/oauth/register", json={"redirect_uris": ["http://127.0.0.1/"]}
        )
        assert (answer.status_code, answer.json()["error"]) == (403, "access_denied")
        assert (
            "registration_endpoint"
            not in (await letting.browser().get("/.well-known/oauth-authorization-server")).json()
        )


async def test_few_clients_register_from_one_address(make_settings: Callable[..., IngestSettings]) -> None:
    async with letting_in(make_settings(), oauth_dcr="on") as letting:
        for _ in range(20):
            assert await registered(letting)
        answer = await letting.browser().post(
            "/oauth/register", json={"redirect_uris": ["http://127.0.0.1/"]}
        )
        assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")


NASTY = ("", "\0", "\x7f", "a b", "é\u202e", "%00", "'; DROP TABLE users; --", "x" * 3000, "[" * 9000)


async def test_whatever_is_sent_is_answered_by_a_refusal_and_never_by_a_failure(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    async with letting_in(make_settings(), oauth_dcr="on") as letting:
        person = await Accounts(database).add_user(address("ada@example.org"), None)
        browser = await letting.signed_in(person["id"])
        failed: list[tuple[str, str, int]] = []
        for nasty in NASTY:
            answers = [
                *[
                    await browser.get("/oauth/authorize", params=asking() | {name: nasty})
                    for name in asking()
                ],
                await browser.get("/oauth/consent", params={"request": nasty}),
                await browser.post("/oauth/consent", data={"request": nasty, "decision": nasty}),
                await browser.post(
                    "/oauth/device", data={"client_id": OWN, "scope": "key", "machine": nasty}
                ),
                await browser.post("/oauth/device/confirm", data={"user_code": nasty, "csrf": nasty}),
                await browser.post("/oauth/register", content=nasty.encode()),
                await browser.post("/oauth/register", json={"redirect_uris": [nasty], "client_name": nasty}),
                *[
                    await browser.post(
                        path, data={"client_id": OWN, "token": nasty, "grant_type": grant} | form
                    )
                    for path in ("/oauth/token", "/oauth/revoke")
                    for grant in ("authorization_code", "refresh_token", DEVICE_GRANT, nasty)
                    for form in [{"code": nasty, "refresh_token": nasty, "device_code": nasty}]
                ],
            ]
            failed += [
                (nasty[:9], str(answer.request.url)[:80], answer.status_code)
                for answer in answers
                if answer.status_code >= 500
            ]
        assert failed == []


async def test_of_two_who_use_one_refresh_token_at_once_one_gets_the_next_and_neither_keeps_it(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    async with letting_in(make_settings()) as letting:
        person = await Accounts(database).add_user(address("ada@example.org"), None)
        got = await signed_in_client(letting, await letting.signed_in(person["id"]))
        form = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"], "client_id": OWN}
        answers = await asyncio.gather(*(letting.browser().post("/oauth/token", data=form) for _ in range(5)))
        [won] = [answer.json() for answer in answers if answer.status_code == 200]
        assert await letting.who(won["access_token"]) == "key"
        assert await letting.who(got["access_token"]) == "key"


async def test_while_nothing_can_be_kept_people_and_programs_are_asked_to_come_again(
    make_settings: Callable[..., IngestSettings],
) -> None:
    nowhere = make_settings(redis_url="redis://127.0.0.1:1/0")
    async with letting_in(nowhere) as letting:
        page = await letting.browser().get("/oauth/authorize", params=asking())
        assert (page.status_code, "Not now" in page.text) == (503, True)
        answer = await letting.browser().post("/oauth/device", data={"client_id": OWN})
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
