"""A provider without its key is not configured, and says what to set."""

import pytest

from shared.billing.payments.providers.configured import chargers, configured, return_url
from shared.errors import InvalidRequest
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
    async with chargers(settings) as found:
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


async def test_what_a_provider_cannot_do_is_said() -> None:
    settings = load(AdminSettings, wise_api_key="token", wise_profile="1")
    async with chargers(settings) as found:
        with pytest.raises(InvalidRequest, match="wise cannot do that") as refused:
            found["wise"]
        assert refused.value.hint == "name another provider"


def test_hosted_pages_lead_back_to_a_page_that_is_set() -> None:
    with pytest.raises(InvalidRequest, match="no page for people to come back to"):
        return_url(load(AdminSettings))
    page = "https://example.org/billing"
    assert return_url(load(AdminSettings, payment_return_url=page)) == page
