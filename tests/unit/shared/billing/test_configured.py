"""A provider without its key is not configured, and says what to set."""

from pathlib import Path

import pytest

from shared.billing.payments.providers.configured import configured, return_url
from shared.billing.payments.webhooks.verifiers import verifiers
from shared.errors import InvalidRequest, SettingsError
from shared.settings import AdminSettings, load

pytestmark = pytest.mark.anyio


async def test_without_keys_no_provider_is_configured() -> None:
    async with configured(load(AdminSettings)) as found:
        assert list(found) == []
        assert found.get("stripe") is None
        with pytest.raises(InvalidRequest) as refused:
            found["wise"]
        assert (
            refused.value.line == "wise is not configured: set LECTERN_WISE_API_KEY and LECTERN_WISE_PROFILE"
        )
        with pytest.raises(InvalidRequest, match="no provider is called 'acme'"):
            found["acme"]


async def test_a_provider_with_its_key_is_made_once() -> None:
    settings = load(AdminSettings, stripe_api_key="sk_test_12345", wise_api_key="token")
    async with configured(settings) as all_of_them:
        found = all_of_them.chargers()
        assert found["stripe"] is all_of_them["stripe"]
        assert list(found) == ["stripe"]
        assert found["stripe"] is found["stripe"]
        assert found["stripe"].name == "stripe"
        with pytest.raises(InvalidRequest, match="paypal is not configured"):
            found["paypal"]
    async with configured(settings) as found_all:
        assert "wise" not in found_all
        with pytest.raises(InvalidRequest) as refused:
            found_all["wise"]
        assert refused.value.line == "wise is not configured: set LECTERN_WISE_PROFILE"


async def test_all_three_can_be_configured_beside_each_other() -> None:
    settings = load(
        AdminSettings,
        stripe_api_key="sk_test_12345",
        paypal_api_key="client:secret",
        wise_api_key="token",
        wise_profile="1",
    )
    async with configured(settings) as found:
        assert [found[name].name for name in found] == ["stripe", "paypal", "wise"]


def test_wise_is_believed_by_a_key_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "wise.pem"
    with pytest.raises(SettingsError, match=r"names .*wise\.pem, which cannot be read"):
        verifiers(load(AdminSettings, wise_public_key=str(file)))
    file.write_text("-----BEGIN PUBLIC KEY-----")
    assert list(verifiers(load(AdminSettings, wise_public_key=str(file)))) == ["wise"]
    assert list(verifiers(load(AdminSettings))) == []


async def test_what_a_provider_cannot_do_is_said() -> None:
    settings = load(AdminSettings, wise_api_key="token", wise_profile="1")
    async with configured(settings) as found:
        with pytest.raises(InvalidRequest, match="wise cannot do that") as refused:
            found.chargers()["wise"]
        assert refused.value.hint == "name another provider"


def test_hosted_pages_lead_back_to_a_page_that_is_set() -> None:
    with pytest.raises(InvalidRequest, match="no page for people to come back to"):
        return_url(load(AdminSettings))
    page = "https://example.org/billing"
    assert return_url(load(AdminSettings, payment_return_url=page)) == page
