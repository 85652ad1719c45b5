"""Hosted pages on which an invoice is paid or a method is added, and methods that are kept."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from shared.billing.payments.port import Payer, Seen, SeenMethod
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.errors import ProviderRefused
from tests.billing import NOW
from tests.stores.stripe.asks import BACK, about, ask, card, unclear
from tests.stripe_fake.process import StripeFake

pytestmark = pytest.mark.anyio


async def test_an_invoice_is_paid_on_a_page(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    asked = ask(payer, None)
    page = await stripe.pay_link(asked, BACK)
    assert (page.state, page.id, page.payment_id) == ("pending", None, asked.payment_id)
    assert str(page.action_url).startswith("https://checkout.stripe.example/")
    assert await stripe.pay_link(asked, BACK) == page
    assert await stripe.find(asked, None, None) == page
    fake.tell("pay", session=page.link_id)
    done = await stripe.find(asked, None, page.link_id)
    assert done
    assert (done.state, done.link_id, done.payment_id) == ("completed", page.link_id, asked.payment_id)
    assert done.id
    assert (await stripe.cancel(asked, done.id, page.link_id)).state == "completed"
    for named in (page.link_id, done.id):
        assert isinstance(found := await stripe.fetch(about(named)), Seen)
        assert (found.state, found.payment_id) == ("completed", asked.payment_id)


async def test_a_page_stays_open_while_cards_are_declined_on_it(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    asked = ask(payer, None)
    page = await stripe.pay_link(asked, BACK)
    fake.tell("pay", session=page.link_id, outcomes=["insufficient_funds"])
    [intent] = fake.tell("objects", "payment_intent")
    seen = await stripe.fetch(about(intent["id"]))
    assert isinstance(seen, Seen)
    assert (seen.state, seen.id, seen.link_id) == ("pending", intent["id"], page.link_id)
    ended = await stripe.cancel(asked, intent["id"], page.link_id)
    assert (ended.state, ended.decline) == ("failed", "cancelled")
    assert isinstance(after := await stripe.fetch(about(intent["id"])), Seen)
    assert (after.state, after.decline) == ("failed", "cancelled")
    with pytest.raises(AssertionError):
        fake.tell("pay", session=page.link_id)


async def test_a_page_lasts_for_a_day(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    asked = ask(payer, None)
    page = await stripe.pay_link(asked, BACK)
    fake.at(NOW + timedelta(hours=24))
    over = await stripe.find(asked, None, page.link_id)
    assert over
    assert (over.state, over.decline, over.reason) == (
        "failed", "cancelled", "the page expired before it was paid"
    )  # fmt: skip


async def test_a_page_whose_reply_was_lost_is_found_and_ended(
    stripe: Stripe, fake: StripeFake, payer: Payer
) -> None:
    for somebody in (payer, Payer(UUID(int=5), "eve@example.org")):
        asked = ask(somebody, None)
        fake.tell("next", ["lost_reply"])
        await unclear(stripe.pay_link(asked, BACK))
        found = await stripe.find(asked, None, None)
        assert found
        assert found.payment_id == asked.payment_id
        assert (await stripe.cancel(asked, None, None)).decline == "cancelled"
        never = ask(somebody, None)
        assert await stripe.find(never, None, None) is None
        assert (await stripe.cancel(never, None, None)).reason == "never asked"


async def test_a_debit_on_a_page_takes_days(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    for failure, state in ((None, "completed"), ("debit_not_authorized", "failed")):
        asked = ask(payer, None)
        page = await stripe.pay_link(asked, BACK)
        fake.tell("pay", session=page.link_id, kind="sepa_debit")
        begun = await stripe.find(asked, None, page.link_id)
        assert begun
        assert begun.state == "processing"
        fake.tell("settle", intent=begun.id, failure=failure)
        for named in (page.link_id, begun.id):
            assert isinstance(seen := await stripe.fetch(about(named)), Seen)
            assert seen.state == state


async def test_a_method_is_added_on_a_page(stripe: Stripe, fake: StripeFake) -> None:
    ada = Payer(UUID(int=3), "ada@example.org")
    link = await stripe.method_link(ada, "link/1", BACK)
    assert link == await stripe.method_link(ada, "link/1", BACK)
    assert link.expires_at == NOW + timedelta(hours=24)
    assert await stripe.linked(link.id) is None
    fake.tell("add", session=link.id)
    seen = await stripe.linked(link.id)
    assert seen
    assert (seen.type, seen.brand, seen.last_four, seen.expiry_year) == ("card", "visa", "4242", 2040)
    assert seen.user_id == ada.user_id
    assert seen == await stripe.fetch(about(link.id))
    [setup] = fake.tell("objects", "setup_intent")
    assert seen == await stripe.fetch(about(setup["id"]))
    later = replace(ada, customer=seen.customer)
    assert (await stripe.charge(ask(later, seen.token))).state == "completed"


async def test_a_token_becomes_the_user_s(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    card_token, debit = fake.tell("method"), fake.tell("method", kind="sepa_debit")
    seen = await stripe.method(card_token, payer)
    assert (seen.type, seen.customer, seen.expiry_month) == ("card", payer.customer, 12)
    assert await stripe.method(card_token, payer) == seen
    assert (await stripe.method(debit, payer)).type == "sepa"
    assert isinstance(await stripe.fetch(about(card_token)), SeenMethod)


async def test_a_token_that_cannot_be_kept_is_refused(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    with pytest.raises(ProviderRefused, match="No such payment_method"):
        await stripe.method("pm_gone", payer)
    with pytest.raises(ProviderRefused, match="the method was declined: Your card was declined"):
        await stripe.method(fake.tell("method", outcomes=["no_attach"]), payer)
    with pytest.raises(ProviderRefused, match="another customer's at Stripe"):
        await stripe.method(card(fake, replace(payer, customer="cus_other")), payer)
    with pytest.raises(ProviderRefused, match="Stripe's klarna cannot be charged later"):
        await stripe.method(fake.tell("method", kind="klarna"), payer)


async def test_a_method_is_detached_once_and_for_all(stripe: Stripe, fake: StripeFake, payer: Payer) -> None:
    token = card(fake, payer)
    await stripe.detach(token)
    await stripe.detach(token)
    await stripe.detach("pm_gone")
    with pytest.raises(ProviderRefused):
        await stripe.charge(ask(payer, token))
