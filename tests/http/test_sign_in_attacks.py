"""Attacks on signing in by a provider: each is refused in one clear line, and signs nobody in."""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from redis.asyncio import Redis

from shared.settings import IngestSettings
from tests import evil_issuer as evils
from tests.evil_issuer import CLIENT, SECRET, Evil, evil_issuer
from tests.http.signing_in import FORM, Browser, Door, door, said

pytestmark = pytest.mark.anyio


@dataclass
class Scene:
    door: Door
    evil: Evil
    victim: Browser

    async def begin(self, browser: Browser | None = None, path: str = "/sign-in/with/evil") -> dict[str, str]:
        sent = await (browser or self.victim).begin(path)
        self.evil.nonce = sent["nonce"]
        return sent

    async def back(self, state: str, browser: Browser | None = None, **more: str | None) -> httpx2.Response:
        """The way back, as the provider would send it."""
        given = {"state": state, "code": "a-code", "iss": self.evil.issuer} | more
        query = urlencode({name: value for name, value in given.items() if value is not None})
        return await (browser or self.victim).get(f"/oauth/callback/evil?{query}")

    async def whole(self, **lies: Any) -> httpx2.Response:
        """A sign-in in which the provider tells these lies."""
        sent = await self.begin()
        for name, value in lies.items():
            setattr(self.evil, name, value)
        return await self.back(sent["state"])


@pytest.fixture(scope="module")
async def evil() -> AsyncIterator[Evil]:
    async with evil_issuer() as made:
        yield made


@pytest.fixture(scope="module")
async def opened(
    module_settings: IngestSettings, evil: Evil, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Door]:
    file = tmp_path_factory.mktemp("secret") / "secret"
    file.write_text(SECRET)
    async with door(
        module_settings,
        oidc_name="evil",
        oidc_issuer=evil.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret_file=file,
        github_client_id="github-client",
        github_client_secret_file=file,
        sign_in_domains=("evil.test",),
    ) as made:
        yield made


@pytest.fixture
async def scene(opened: Door, evil: Evil) -> AsyncIterator[Scene]:
    evil.calm()
    opened.clock.now = None
    async with opened.browser() as victim:
        yield Scene(opened, evil, victim)


async def replayed(scene: Scene) -> httpx2.Response:
    sent = await scene.begin()
    assert (await scene.back(sent["state"])).headers["location"] == "/account"
    scene.victim.cookies.clear()
    return await scene.back(sent["state"])


async def without_state(scene: Scene) -> httpx2.Response:
    await scene.begin()
    return await scene.back("")


async def invented_state(scene: Scene) -> httpx2.Response:
    await scene.begin()
    return await scene.back(secrets.token_urlsafe(32))


async def two_states(scene: Scene) -> httpx2.Response:
    sent = await scene.begin()
    query = urlencode([("state", sent["state"]), ("state", sent["state"]), ("code", "c")])
    return await scene.victim.get(f"/oauth/callback/evil?{query}")


async def swapped_state(scene: Scene) -> httpx2.Response:
    """The victim's code comes back with the state of an attacker."""
    await scene.begin()
    async with scene.door.browser() as attacker:
        theirs = await scene.begin(attacker)
    return await scene.back(theirs["state"])


async def log_in_forged(scene: Scene) -> httpx2.Response:
    """A link to the attacker's own way back, opened by somebody who began nothing."""
    async with scene.door.browser() as attacker:
        theirs = await scene.begin(attacker)
    return await scene.back(theirs["state"])


async def mixed_up(scene: Scene) -> httpx2.Response:
    sent = await scene.begin()
    return await scene.back(sent["state"], iss="https://honest.example")


async def issuer_left_out(scene: Scene) -> httpx2.Response:
    sent = await scene.begin()
    return await scene.back(sent["state"], iss=None)


async def another_providers_way_back(scene: Scene) -> httpx2.Response:
    sent = await scene.begin()
    return await scene.victim.get(f"/oauth/callback/github?state={sent['state']}&code=a-code")


async def error_beside_code(scene: Scene) -> httpx2.Response:
    sent = await scene.begin()
    return await scene.back(sent["state"], error="access_denied")


async def error_with_a_message(scene: Scene) -> httpx2.Response:
    sent = await scene.begin()
    return await scene.back(sent["state"], code=None, error="Call +1 555 0100 now!")


async def no_code(scene: Scene) -> httpx2.Response:
    sent = await scene.begin()
    return await scene.back(sent["state"], code=None)


async def later_than_ten_minutes(scene: Scene) -> httpx2.Response:
    sent = await scene.begin()
    url = await (await scene.door.service.backing.stores()).counters_url()
    async with Redis.from_url(url) as redis:
        key = f"oauth:session:{sent['state']}"
        assert 590 < await redis.ttl(key) <= 600
        await redis.expire(key, 0)
    return await scene.back(sent["state"])


async def form_of_another_site(scene: Scene) -> httpx2.Response:
    csrf = await scene.victim.form("/sign-in")
    fields = {"email": "mallory@evil.test", "password": "the password of mallory", "csrf": csrf}
    return await scene.victim.post("/sign-in", data=fields, headers=FORM | {"origin": "https://evil.test"})


async def form_of_another_browser(scene: Scene) -> httpx2.Response:
    await scene.victim.form("/sign-in")
    async with scene.door.browser() as attacker:
        csrf = await attacker.form("/sign-in")
    return await scene.victim.submit("/sign-in", email="mallory@evil.test", password="x" * 12, csrf=csrf)


async def form_without_a_cookie(scene: Scene) -> httpx2.Response:
    csrf = await scene.victim.form("/sign-in")
    scene.victim.cookies.clear()
    return await scene.victim.submit("/sign-in", email="mallory@evil.test", password="x" * 12, csrf=csrf)


async def clock_a_year_on(scene: Scene) -> httpx2.Response:
    sent = await scene.begin()
    scene.door.clock.now = scene.door.clock() + timedelta(days=365)
    return await scene.back(sent["state"])


def lying(**lies: Any) -> Callable[[Scene], Awaitable[httpx2.Response]]:
    return lambda scene: scene.whole(**lies)


def claiming(**claims: Any) -> Callable[[Scene], Awaitable[httpx2.Response]]:
    return lying(claims=claims)


NO_SIGNATURE = "What the provider says of you has no signature that can be believed."
ATTACKS: list[tuple[str, Callable[[Scene], Awaitable[httpx2.Response]], str]] = [
    ("a way back is used twice", replayed, "This sign-in was used already, or is older than ten minutes."),
    ("no state", without_state, "Your browser brought an answer to no sign-in of ours."),
    ("an invented state", invented_state, "This sign-in was used already, or is older than ten minutes."),
    ("two states", two_states, "Your browser brought two answers at once."),
    ("the state of another browser", swapped_state, "This sign-in began in another browser."),
    ("a log-in that the victim did not begin", log_in_forged, "This sign-in began in another browser."),
    ("eleven minutes later", later_than_ten_minutes, "This sign-in was used already, or is older"),
    ("another issuer answers (mix-up)", mixed_up, "Another provider answers than the one you went to."),
    ("the issuer is left out", issuer_left_out, "Another provider answers than the one you went to."),
    ("another provider's way back", another_providers_way_back, "Another provider answers than the one"),
    ("an error beside a code", error_beside_code, "You did not allow it at evil."),
    ("an attacker's words as an error", error_with_a_message, "Evil did not sign you in (unknown_error)."),
    ("no code", no_code, "Your browser brought no code from the provider."),
    ("another client's code", lying(refuses="invalid_grant"), "Evil does not take what your browser brought"),
    ("no ID token", lying(token={"id_token": None}), "The provider does not say who you are (no ID token)."),
    ("an ID token of alg=none", lying(sign=evils.unsigned), NO_SIGNATURE),
    (
        "an ID token without its signature",
        lying(sign=lambda c: evils.signed(c).rpartition(".")[0] + "."),
        NO_SIGNATURE,
    ),
    ("a stranger's key", lying(sign=evils.by_a_stranger), NO_SIGNATURE),
    ("signed by our own secret (HS256)", lying(sign=evils.by_our_secret), NO_SIGNATURE),
    ("signed by the public key (HS256)", lying(sign=evils.by_the_public_key), NO_SIGNATURE),
    (
        "an ID token that expired a second ago",
        claiming(exp=int(time.time()) - 1),
        "What the provider says of you has expired.",
    ),
    ("an ID token without an end", claiming(exp=None), "What the provider says of you has expired."),
    ("an ID token of last year", clock_a_year_on, "What the provider says of you has expired."),
    ("an ID token from the future", claiming(iat=int(time.time()) + 9999), "is from the future"),
    ("an ID token that is not valid yet", claiming(nbf=int(time.time()) + 9999), "is not valid yet"),
    ("another audience", claiming(aud="another-client"), "is made for another service"),
    (
        "a foreign audience with our azp",
        claiming(aud="another-client", azp=CLIENT),
        "is made for another service",
    ),
    ("two audiences", claiming(aud=[CLIENT, "another-client"], azp=CLIENT), "is made for another service"),
    ("our audience with a foreign azp", claiming(azp="another-client"), "was asked for by another service"),
    ("no nonce", claiming(nonce=None), "belongs to another sign-in"),
    ("the nonce of another sign-in", claiming(nonce="another"), "belongs to another sign-in"),
    (
        "the access token of another sign-in",
        claiming(at_hash=evils.half_of("x")),
        "belongs to another sign-in",
    ),
    ("another issuer's ID token", claiming(iss="https://honest.example"), "is another issuer's"),
    ("an ID token about nobody", claiming(sub=""), "names nobody"),
    (
        "user info about somebody else",
        lying(claims={"email": None}, userinfo={"sub": "eve", "email": "ada@evil.test"}),
        "is about somebody else",
    ),
    ("a form of another site", form_of_another_site, "This form comes from another site."),
    ("a form of another browser", form_of_another_browser, "This form is too old, or not from this browser."),
    (
        "a form without its cookie",
        form_without_a_cookie,
        "This page is too old, or this browser keeps no cookies.",
    ),
]


@pytest.mark.parametrize(("attack", "line"), [row[1:] for row in ATTACKS], ids=[row[0] for row in ATTACKS])
async def test_an_attack_on_a_sign_in_is_refused_in_one_line(
    scene: Scene, attack: Callable[[Scene], Awaitable[httpx2.Response]], line: str
) -> None:
    answer = await attack(scene)
    assert answer.status_code == 403, said(answer)
    assert line in said(answer)
    assert not scene.victim.is_signed_in


DISCOVERIES = [
    ("of another issuer", {"issuer": "https://honest.example"}, "it is about another issuer"),
    (
        "of a place that all can overhear",
        {"token_endpoint": "http://evil.test/token"},
        "token_endpoint is missing, or no https:// address",
    ),
    ("without keys", {"jwks_uri": None}, "jwks_uri is missing"),
    (
        "of no signatures",
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
        "it signs nothing in a way that can be believed",
    ),
]


@pytest.mark.parametrize(
    ("lies", "line"), [row[1:] for row in DISCOVERIES], ids=[row[0] for row in DISCOVERIES]
)
async def test_a_discovery_that_cannot_be_believed_leads_nowhere(
    scene: Scene, lies: dict[str, Any], line: str
) -> None:
    scene.evil.metadata = lies  # what was told before is known for an hour
    scene.door.clock.now = scene.door.clock() + timedelta(days=1 + len(line))
    answer = await scene.victim.get("/sign-in/with/evil")
    assert answer.status_code == 502
    assert f"The discovery of the provider cannot be used: {line}" in said(answer)


async def test_the_honest_way_goes_on_to_the_page_that_was_wanted_and_to_no_other_site(scene: Scene) -> None:
    for wanted, goes_to in [
        ("/oauth/consent?request=a", "/oauth/consent?request=a"),
        ("//evil.test", "/account"),
    ]:
        scene.victim.cookies.clear()
        sent = await scene.begin(path=f"/sign-in/with/evil?{urlencode({'next': wanted})}")
        assert sent["code_challenge_method"] == "S256"
        assert sent["redirect_uri"] == "https://lectern.test/oauth/callback/evil"
        assert (await scene.back(sent["state"])).headers["location"] == goes_to
        assert scene.victim.is_signed_in


async def test_keys_that_the_provider_changed_are_read_again_but_not_for_every_stranger(scene: Scene) -> None:
    assert NO_SIGNATURE in said(await scene.whole(sign=evils.by_the_next_key))
    lies = {"sign": evils.by_the_next_key, "published": (evils.KEY, evils.NEXT)}
    refused = await scene.whole(**lies)
    assert NO_SIGNATURE in said(refused)
    scene.door.clock.now = scene.door.clock() + timedelta(minutes=1)
    assert (await scene.whole(**lies)).status_code == 303
