"""A client, a person and a provider: consent comes before the provider is asked, and leads to the client after it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.settings import IngestSettings
from tests.evil_issuer import CLIENT, evil_issuer
from tests.oauth import consent_page, decide, letting_in, redeeming, said

pytestmark = pytest.mark.anyio


async def test_a_client_is_consented_to_before_the_provider_says_who_does(
    make_settings: Callable[..., IngestSettings], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret of ours")
    async with (
        evil_issuer() as issuer,
        letting_in(
            make_settings(),
            oidc_name="evil",
            oidc_issuer=issuer.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret_file=secret,
            sign_in_domains=("evil.test",),
        ) as letting,
    ):
        letting.clock.now = datetime.now(UTC)
        browser = letting.browser()
        to_sign_in = await decide(browser, await consent_page(browser), "allow")
        page = await browser.get(to_sign_in.headers["location"])
        way = page.text.partition('href="/sign-in/with/evil')[2].partition('"')[0].replace("&amp;", "&")
        to_provider = await browser.get(f"/sign-in/with/evil{way}")
        sent = parse_qs(urlsplit(to_provider.headers["location"]).query)
        [state], [issuer.nonce] = sent["state"], sent["nonce"]
        back = {"state": state, "code": "a-code", "iss": issuer.issuer}
        returned = await browser.get("/oauth/callback/evil", params=back)
        done = await browser.get(returned.headers["location"])
        assert "This leads on to <bdi>Lectern on the command line</bdi>" in done.text
        got = await letting.browser().post("/oauth/token", data=redeeming(said(done)["code"]))
        assert got.status_code == 200
        assert (await letting.who(got.json()["access_token"])) != "key"
