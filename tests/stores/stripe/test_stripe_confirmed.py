"""Payments that a person must confirm, and debits that take days."""

from decimal import Decimal

import pytest

from shared.billing.payments.port import Payer, Seen
from shared.billing.payments.providers.stripe.charger import Stripe
from tests.stores.stripe.asks import about, ask, card, unclear
from tests.stripe_fake.process import StripeFake

pytestmark = pytest.mark.anyio


async def test_what_must_be_confirmed_gets_a_page_for_that(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    asked = ask(payer, card(fake, payer, "confirm"))
    seen = await stripe.charge(asked)
    assert (seen.state, seen.decline) == ("pending", None)
    assert str(seen.action_url).startswith("https://hooks.stripe.example/3d_secure/")
    assert await stripe.charge(asked) == seen
    assert await stripe.find(asked, seen.id, None) == seen
    fake.tell("confirm", intent=seen.id)
    done = await stripe.find(asked, seen.id, None)
    assert done
    assert (done.state, done.action_url) == ("completed", None)
    assert len(fake.tell("charges")) == 1


async def test_who_fails_to_confirm_has_not_paid(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    asked = ask(payer, card(fake, payer, "confirm"))
    seen = await stripe.charge(asked)
    fake.tell("confirm", intent=seen.id, success=False)
    failed = await stripe.find(asked, seen.id, None)
    assert failed
    assert (failed.state, failed.decline) == ("failed", "authentication")


@pytest.mark.parametrize("lost", [["lost_reply"], ["", "lost_reply"], ["", "lost_request"]])
async def test_a_page_that_was_lost_is_found_by_the_same_key(
    stripe: Stripe, fake: StripeFake, payer: Payer, lost: list[str]
) -> None:
    asked = ask(payer, card(fake, payer, "confirm"))
    fake.tell("next", lost)
    await unclear(stripe.charge(asked))
    assert (await stripe.charge(asked)).action_url


async def test_a_confirmation_that_is_open_can_be_cancelled(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    asked = ask(payer, card(fake, payer, "confirm"))
    seen = await stripe.charge(asked)
    ended = await stripe.cancel(asked, seen.id, None)
    assert (ended.state, ended.decline) == ("failed", "cancelled")
    with pytest.raises(AssertionError):
        fake.tell("confirm", intent=seen.id)


async def test_a_cancellation_that_comes_too_late_tells_so(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    asked = ask(payer, card(fake, payer, "confirm"))
    seen = await stripe.charge(asked)
    fake.tell("confirm", intent=seen.id)
    assert (await stripe.cancel(asked, seen.id, None)).state == "completed"


async def test_without_a_page_to_come_back_to_it_fails_and_is_closed(fake: StripeFake, payer: Payer) -> None:
    stripe = Stripe(fake.url, fake.key)
    asked = ask(payer, card(fake, payer, "confirm"))
    seen = await stripe.charge(asked)
    assert (seen.state, seen.decline) == ("failed", "authentication")
    assert await stripe.find(asked, seen.id, None) == seen
    [intent] = fake.tell("objects", "payment_intent")
    assert intent["status"] == "canceled"
    await stripe.close()


async def test_a_debit_takes_days(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    asked = ask(payer, card(fake, payer, kind="sepa_debit"), "sepa")
    seen = await stripe.charge(asked)
    assert seen.state == "processing"
    assert (await stripe.cancel(asked, seen.id, None)).state == "processing"
    fake.tell("settle", intent=seen.id)
    done = await stripe.find(asked, seen.id, None)
    assert done
    assert (done.state, done.at) == ("completed", None)


async def test_a_debit_that_fails_late_is_a_decline(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    asked = ask(payer, card(fake, payer, kind="sepa_debit"), "sepa")
    seen = await stripe.charge(asked)
    fake.tell("settle", intent=seen.id, failure="debit_not_authorized")
    failed = await stripe.fetch(about(seen.id))
    assert isinstance(failed, Seen)
    assert (failed.state, failed.decline) == ("failed", "hard")
    assert "debit_not_authorized" in str(failed.reason)


async def test_a_debit_that_a_bank_takes_back_is_a_return(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    asked = ask(payer, card(fake, payer, kind="sepa_debit"), "sepa")
    seen = await stripe.charge(asked)
    fake.tell("settle", intent=seen.id)
    dispute = fake.tell("dispute", intent=seen.id, status="lost", reason="debit_not_authorized")
    found = await stripe.fetch(about(dispute["id"]))
    assert isinstance(found, Seen)
    [one] = found.disputes
    assert (one.kind, one.state, one.amount, one.reason) == (
        "return", "lost", Decimal("20.00"), "debit_not_authorized"
    )  # fmt: skip
