"""A client is let in by a person, and gets tokens that count against a key of that person."""

import secrets
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.accounts.emails import address
from shared.accounts.keys import hash_of
from shared.accounts.oauth.asked import Asked
from shared.accounts.oauth.clients import OWN as OWN_CLIENT
from shared.accounts.oauth.store import Tokens
from shared.accounts.oauth.tokens import challenge_of, token_hash
from shared.accounts.passwords import hashed
from shared.accounts.store import Accounts
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.oauth import (
    BACK,
    OWN,
    RESOURCE,
    URL,
    VERIFIER,
    Letting,
    allowed,
    consent_page,
    decide,
    fields,
    letting_in,
    redeeming,
    said,
    signed_in_client,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def letting(make_settings: Callable[..., IngestSettings]) -> AsyncIterator[Letting]:
    async with letting_in(make_settings(), oauth_dcr="on") as made:
        yield made


@pytest.fixture
async def ada(database: Database) -> UUID:
    row = await Accounts(database).add_user(address("ada@example.org"), None)
    return row["id"]  # type: ignore[no-any-return]


async def refreshed(letting: Letting, token: str, **more: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": OWN, **more}
    return await letting.browser().post("/oauth/token", data=form)


async def test_a_client_that_a_person_lets_in_calls_for_them_until_its_token_is_an_hour_old(
    letting: Letting, ada: UUID
) -> None:
    browser = await letting.signed_in(ada)
    page = await consent_page(browser)
    assert "ada@example.org" in page.text
    assert "Lectern on the command line" in page.text
    assert "a program on this computer" in page.text
    answer = await decide(browser, page, "allow")
    assert answer.headers["location"].startswith(f"{BACK}?")
    told = said(answer)
    assert (told["state"], told["iss"]) == ("st&te", URL)
    got = (await letting.browser().post("/oauth/token", data=redeeming(told["code"]))).json()
    assert (got["token_type"], got["expires_in"], got["scope"]) == ("Bearer", 3600, "read")
    user, _ = await letting.who(got["access_token"])
    assert user == str(ada)
    letting.clock.now += timedelta(hours=1)
    assert await letting.who(got["access_token"]) == "key"


async def test_a_refresh_token_is_changed_for_the_next_at_each_use_and_lasts_thirty_days(
    letting: Letting, ada: UUID
) -> None:
    first = await signed_in_client(letting, await letting.signed_in(ada))
    letting.clock.now += timedelta(days=29)
    second = (await refreshed(letting, first["refresh_token"], resource=RESOURCE)).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await letting.who(second["access_token"]))[0] == str(ada)
    letting.clock.now += timedelta(days=30)
    assert (await refreshed(letting, second["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_person_who_is_not_signed_in_consents_first_and_then_signs_in(
    letting: Letting, ada: UUID, database: Database
) -> None:
    browser = letting.browser()
    page = await consent_page(browser)
    assert "Your account" not in page.text
    onward = await decide(browser, page, "allow")
    assert onward.headers["location"].startswith("/sign-in?next=%2Foauth%2Fconsent%3Frequest%3D")
    password = "the password of ada"
    await Accounts(database).set_password(ada, hashed(password))
    form = fields(await browser.get(onward.headers["location"]))
    back = await browser.post("/sign-in", data=form | {"email": "ada@example.org", "password": password})
    done = await browser.get(back.headers["location"])
    assert "ada@example.org" in done.text
    code = said(done)["code"]
    assert (await letting.browser().post("/oauth/token", data=redeeming(code))).status_code == 200


async def test_who_does_not_allow_it_sends_the_client_away_with_nothing(letting: Letting, ada: UUID) -> None:
    browser = await letting.signed_in(ada)
    told = said(await decide(browser, await consent_page(browser), "deny"))
    assert (told["error"], told["state"], told["iss"]) == ("access_denied", "st&te", URL)


async def test_sign_ins_of_one_client_share_a_key_so_that_its_limits_hold_for_all_of_them(
    letting: Letting, ada: UUID, database: Database
) -> None:
    browser = await letting.signed_in(ada)
    one, two = [await signed_in_client(letting, browser) for _ in range(2)]
    assert await letting.who(one["access_token"]) == await letting.who(two["access_token"])
    [key] = await database.rows("SELECT id, name FROM api_keys")
    assert key["name"] == "sign-in: Lectern on the command line"
    await Accounts(database).revoke_key(key["id"])
    assert await letting.who(one["access_token"]) == "key"
    assert (await refreshed(letting, two["refresh_token"])).json()["error"] == "invalid_grant"


async def test_our_own_client_gets_a_key_for_its_machine_in_place_of_the_one_before(
    letting: Letting, ada: UUID, database: Database
) -> None:
    browser = await letting.signed_in(ada)
    page = await consent_page(browser, scope="key", machine="ada's laptop")
    assert "a key for the machine" in page.text
    keys = []
    for machine in ("laptop", "laptop", "desktop"):
        got = await signed_in_client(letting, browser, scope="key", machine=machine)
        assert (got["expires_in"], got["scope"]) == (30 * 86_400, "key")
        assert "refresh_token" not in got
        keys.append(got["access_token"])
    live = await database.rows("SELECT name FROM api_keys WHERE revoked_at IS NULL ORDER BY name")
    assert [row["name"] for row in live] == ["sign-in: desktop", "sign-in: laptop"]
    assert await letting.who(keys[0]) == "key"
    assert (await letting.who(keys[1]))[0] == str(ada)


async def test_a_client_gives_back_what_it_has(letting: Letting, ada: UUID, database: Database) -> None:
    browser = await letting.signed_in(ada)
    tokens = await signed_in_client(letting, browser)
    key = (await signed_in_client(letting, browser, scope="key", machine="laptop"))["access_token"]
    for token in (tokens["refresh_token"], key, "unknown"):
        answer = await browser.post("/oauth/revoke", data={"token": token, "client_id": OWN})
        assert answer.status_code == 200
    assert await letting.who(tokens["access_token"]) == "key"
    assert await letting.who(key) == "key"
    assert await database.rows("SELECT id FROM api_keys WHERE revoked_at IS NULL") == []


@pytest.mark.parametrize("by", ["disabling", "another password"])
async def test_whoever_is_disabled_or_sets_another_password_loses_every_sign_in_for_good(
    letting: Letting, ada: UUID, database: Database, by: str
) -> None:
    accounts = Accounts(database)
    await accounts.set_password(ada, "of old")
    browser = await letting.signed_in(ada)
    tokens, waiting = await signed_in_client(letting, browser), await allowed(browser)
    key = (await signed_in_client(letting, browser, scope="key", machine="laptop"))["access_token"]
    if by == "disabling":
        await accounts.set_disabled(ada, disabled=True)
        await accounts.set_disabled(ada, disabled=False)
    else:
        await accounts.set_password(ada, "a new one")
    assert await letting.who(tokens["access_token"]) == "key"
    assert await letting.who(key) == "key"
    assert (await refreshed(letting, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    answer = await letting.browser().post("/oauth/token", data=redeeming(waiting))
    assert answer.json()["error"] == "invalid_grant"


async def test_nobody_has_more_sign_ins_than_keys(letting: Letting, ada: UUID) -> None:
    browser = await letting.signed_in(ada)
    for number in range(letting.service.settings.max_keys):
        await signed_in_client(letting, browser, scope="key", machine=f"machine {number}")
    told = said(await decide(browser, await consent_page(browser), "allow"))
    assert told["error"] == "access_denied"
    assert "end one" in told["error_description"]
    await signed_in_client(letting, browser, scope="key", machine="machine 0")


async def test_a_device_gets_its_key_once_a_person_has_typed_its_code(letting: Letting, ada: UUID) -> None:
    device, browser = letting.browser(), await letting.signed_in(ada)
    asked = {"client_id": OWN, "scope": "key", "machine": "server"}
    begun = (await device.post("/oauth/device", data=asked)).json()
    assert (begun["interval"], begun["expires_in"]) == (5, 600)
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": begun["device_code"],
        "client_id": OWN,
    }
    assert (await device.post("/oauth/token", data=form)).json()["error"] == "authorization_pending"
    assert (await device.post("/oauth/token", data=form)).json()["error"] == "slow_down"

    page = await browser.get("/oauth/device")
    wrong = await browser.post("/oauth/device/confirm", data=fields(page) | {"user_code": "BBBB-BBBB"})
    assert (wrong.status_code, "No device shows this code" in wrong.text) == (400, True)
    typed = begun["user_code"].lower().replace("-", " ")
    onward = await browser.post("/oauth/device/confirm", data=fields(wrong) | {"user_code": typed})
    page = await browser.get(onward.headers["location"])
    assert begun["user_code"] in page.text
    assert "server" in page.text
    assert "is connected" in (await decide(browser, page, "allow")).text

    kept = await letting.service.backing.limits_redis()
    await _forget_polls(kept, begun["device_code"])
    got = (await device.post("/oauth/token", data=form)).json()
    assert (await letting.who(got["access_token"]))[0] == str(ada)
    assert (await device.post("/oauth/token", data=form)).json()["error"] == "expired_token"


async def _forget_polls(kept: Any, device_code: str) -> None:
    """As if the device had waited."""
    from shared.accounts.oauth.tokens import token_hash

    await kept.forget(f"oauth:device:{token_hash(device_code)}:asked")


async def test_a_client_registers_itself_where_the_operator_wants_that(letting: Letting, ada: UUID) -> None:
    metadata = {
        "client_name": "An  editor",
        "redirect_uris": ["http://localhost/cb"],
        "grant_types": ["implicit"],
    }
    answer = await letting.browser().post("/oauth/register", json=metadata)
    assert answer.status_code == 201
    client = answer.json()
    assert (client["client_name"], client["token_endpoint_auth_method"]) == ("An editor", "none")
    browser = await letting.signed_in(ada)
    got = await signed_in_client(
        letting, browser, client_id=client["client_id"], redirect_uri="http://localhost:9/cb"
    )
    assert (await letting.who(got["access_token"]))[0] == str(ada)


async def test_who_decides_reads_that_nobody_vouches_for_the_name_of_a_client(
    letting: Letting, ada: UUID
) -> None:
    client = (
        await letting.browser().post(
            "/oauth/register", json={"client_name": "Cursor", "redirect_uris": [BACK]}
        )
    ).json()["client_id"]
    browser = await letting.signed_in(ada)
    mark = "Nobody: the name is not verified."
    assert mark in (await consent_page(browser, client_id=client)).text
    assert mark not in (await consent_page(browser)).text


async def test_a_client_is_let_in_by_a_session_alone_and_for_no_longer_than_it_lasts(
    letting: Letting, ada: UUID, database: Database
) -> None:
    browser = await letting.signed_in(ada)
    [session] = await database.rows("SELECT token_hash FROM web_sessions")
    tokens, asked = Tokens(database), Asked(OWN_CLIENT, BACK, None, challenge_of(VERIFIER), None)

    async def granted(by: str) -> str:
        return await tokens.grant(by, asked, RESOURCE, secrets.token_hex(), letting.clock(), most=9)

    assert await granted(session["token_hash"]) == "granted"
    assert await granted(str(ada)) == "ended"
    page = await browser.get("/sign-in")
    assert page.status_code == 303
    await database.rows("DELETE FROM web_sessions")
    assert await granted(session["token_hash"]) == "ended"


async def test_keys_and_tokens_are_no_good_once_they_are_too_old_and_tokens_that_were_spent_are_until_then(
    letting: Letting, ada: UUID, database: Database
) -> None:
    now, month = letting.clock(), timedelta(days=30)
    lasting = await make_key(database)
    ending = await make_key(database, expires_at=now + month)
    spent = (await signed_in_client(letting, await letting.signed_in(ada)))["refresh_token"]
    next_one = (await refreshed(letting, spent)).json()["refresh_token"]
    good = {hash_of(lasting.key), hash_of(ending.key), token_hash(spent), token_hash(next_one)}
    tokens = Tokens(database)
    assert await tokens.live({*good, token_hash("unknown")}, now) == good
    assert await tokens.live(good, now + month) == {hash_of(lasting.key)}


async def test_what_a_client_reads_before_it_asks(letting: Letting) -> None:
    browser = letting.browser()
    resource = (await browser.get("/.well-known/oauth-protected-resource/mcp")).json()
    assert (resource["resource"], resource["authorization_servers"]) == (RESOURCE, [URL])
    server = (await browser.get("/.well-known/oauth-authorization-server")).json()
    assert server["issuer"] == URL
    assert server["code_challenge_methods_supported"] == ["S256"]
    assert server["registration_endpoint"] == f"{URL}/oauth/register"


async def test_who_is_removed_leaves_no_sign_in_behind(
    letting: Letting, ada: UUID, database: Database
) -> None:
    await signed_in_client(letting, await letting.signed_in(ada), scope="key", machine="ada's laptop")
    accounts = Accounts(database)
    held = await accounts.held(ada)
    assert [row["machine"] for row in held["oauth_grants"]] == ["ada's laptop"]
    await accounts.remove_user(ada)
    assert await database.rows("SELECT id FROM oauth_grants") == []
