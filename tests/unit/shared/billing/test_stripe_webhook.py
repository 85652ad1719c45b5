"""A message is Stripe's if its secret signed it, to the byte, within 300 seconds of now."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe

from shared.billing.payments.webhooks.stripe import StripeVerifier
from shared.errors import EventRefused
from tests.billing import NOW
from tests.stripe_signed import OTHER, SECRET, message, signature

pytestmark = pytest.mark.anyio
BODY = message()
VERIFIER = StripeVerifier(SECRET)


async def refusal(header: str | None, body: bytes = BODY, now: datetime = NOW) -> str:
    with pytest.raises(EventRefused) as refused:
        await VERIFIER.event({} if header is None else {"stripe-signature": header}, body, now)
    assert SECRET not in refused.value.line
    return refused.value.line


async def test_a_message_says_what_happened_to_which_object() -> None:
    event = await VERIFIER.event({"stripe-signature": signature(BODY, NOW)}, BODY, NOW)
    assert (event.id, event.type, event.object_id) == ("evt_1", "payment_intent.succeeded", "pi_1")
    assert event.happened_at == datetime.fromtimestamp(1_790_000_000, UTC)
    assert event.account is None


async def test_the_official_library_agrees() -> None:
    now = datetime.now(UTC)
    stripe.Webhook.construct_event(BODY, signature(BODY, now), SECRET)
    assert await VERIFIER.event({"stripe-signature": signature(BODY, now)}, BODY, now)


async def test_whose_account_it_is_about_is_kept() -> None:
    body = message(account="acct_other")
    event = await VERIFIER.event({"stripe-signature": signature(body, NOW)}, body, NOW)
    assert event.account == "acct_other"


@pytest.mark.parametrize("secrets", [(SECRET, OTHER), (OTHER, SECRET)])
async def test_while_a_secret_is_replaced_either_signature_will_do(secrets: tuple[str, str]) -> None:
    assert await VERIFIER.event({"stripe-signature": signature(BODY, NOW, *secrets)}, BODY, NOW)


@pytest.mark.parametrize("away", [-300, 0, 300])
async def test_clocks_may_differ_by_300_seconds(away: int) -> None:
    assert await VERIFIER.event(
        {"stripe-signature": signature(BODY, NOW + timedelta(seconds=away))}, BODY, NOW
    )


@pytest.mark.parametrize("away", [-301, 301, -86_400 * 365, 86_400 * 365])
async def test_clocks_may_not_differ_by_more(away: int) -> None:
    said = await refusal(signature(BODY, NOW + timedelta(seconds=away)))
    assert said.startswith("the message is of 20")


async def test_another_secret_signs_in_vain() -> None:
    assert "the signature is not Stripe's" in await refusal(signature(BODY, NOW, OTHER))


async def test_a_body_that_changed_in_its_spaces_is_refused() -> None:
    header = signature(BODY, NOW)
    assert "pass on the body unchanged" in await refusal(header, BODY.replace(b"  ", b" "))
    assert "the signature is not Stripe's" in await refusal(header, BODY + b"\n")


async def test_a_time_that_changed_is_refused() -> None:
    header = signature(BODY, NOW - timedelta(hours=1))
    _, _, rest = header.partition(",")
    assert "the signature is not Stripe's" in await refusal(f"t={int(NOW.timestamp())},{rest}")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=1",
        "v1=00",
        "t=,v1=00",
        "t=now,v1=00",
        "t=１２,v1=00",
        "t=" + "9" * 5000 + ",v1=00",
        "t=999999999999,v1=00",  # the year 33658
        "t=1,t=2,v1=00",
        "t=1,v0=00",
        ",,,=",
    ],
)
async def test_what_is_no_signature_is_refused(header: str | None) -> None:
    assert "there is no signature of Stripe" in await refusal(header)


async def test_a_signature_in_odd_letters_is_refused() -> None:
    assert "the signature is not Stripe's" in await refusal("t=1,v1=é")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"object": "event"}',
        b'{"object": "event", "id": "evt_1", "type": "x", "created": 1, "data": {"object": []}}',
        b'{"object": "event", "id": "evt_1", "type": "x", "created": 1e99, "data": {"object": {}}}',
        b"\xff",
        b"[" * 100_000,
    ],
)
async def test_what_is_signed_and_no_event_is_refused(body: bytes) -> None:
    assert "is no event of Stripe" in await refusal(signature(body, NOW), body)


async def test_a_message_without_its_object_is_told_apart() -> None:
    body = message(object="v2.core.event")
    assert "let the endpoint send snapshot payloads" in await refusal(signature(body, NOW), body)
