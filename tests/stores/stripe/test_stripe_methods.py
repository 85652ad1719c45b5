"""Methods of people at Stripe: added on its page, charged at once where an invoice waits, detached when removed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.accounts.store import Accounts
from shared.billing.payments.charging import charging
from shared.billing.payments.methods import method_links, methods
from shared.billing.payments.methods.detaching import detach_removed
from shared.billing.payments.methods.provider_customers import customer
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.billing.payments.till import Till
from shared.errors import ProviderRefused, ProviderUnclear
from shared.stores.postgres import Database, Row
from tests.billing import NOW, add_invoice, add_user
from tests.stores.stripe.asks import BACK, about
from tests.stripe_fake.process import StripeFake

pytestmark = pytest.mark.anyio

DUE = NOW + timedelta(days=14, hours=1)


@dataclass
class Books:
    till: Till
    stripe: Stripe
    fake: StripeFake
    user_id: UUID

    async def link(self) -> Row:
        return await method_links.link(self.till, self.stripe, self.user_id, BACK, DUE)

    async def added(self, **more: Any) -> Row:
        """A method that the person added on a new page."""
        page = await self.link()
        self.fake.tell("add", session=page["provider_link_id"], **more)
        await method_links.take_links(self.till, DUE)
        return (await methods.listed(self.till.connection, self.user_id))[0]

    async def attached(self) -> set[str]:
        """Tokens that Stripe would charge."""
        return {one["id"] for one in self.fake.tell("objects", "payment_method") if one["customer"]}


@pytest.fixture
async def books(database: Database, stripe: Stripe, fake: StripeFake) -> AsyncIterator[Books]:
    chargers = {"stripe": stripe}
    async with database.connection() as connection:
        user_id = await add_user(connection, "ada@example.org")
        fake.at(DUE)
        yield Books(Till(connection, chargers, chargers, lambda: DUE), stripe, fake, user_id)


async def test_a_card_that_is_added_after_a_decline_is_charged_at_once(books: Books) -> None:
    await add_invoice(books.till.connection, books.user_id)
    first = await books.added(outcomes=["stolen_card"])
    assert (first["brand"], first["last_four"], first["expiry_year"]) == ("visa", "4242", 2040)
    await charging.charge(books.till, DUE)
    assert books.till.counts == {"methods": 1, "declined": 1}
    await charging.charge(books.till, DUE)
    assert books.till.counts["declined"] == 1
    second = await books.added()
    assert second["is_default"]
    assert second["id"] != first["id"]
    await charging.charge(books.till, DUE)
    await charging.charge(books.till, DUE)
    assert (books.till.counts["charged"], books.till.counts["declined"]) == (1, 1)
    [paid] = books.fake.tell("charges")
    assert paid["amount"] == 2400


async def test_lost_replies_make_no_second_customer_and_no_second_page(books: Books) -> None:
    for trouble in ("lost_reply", "lost_request"):
        books.fake.tell("next", ["", trouble])
        with pytest.raises(ProviderUnclear):
            await books.link()
    page = await books.link()
    assert await books.link() == page
    assert [one["id"] for one in books.fake.tell("objects", "checkout.session")] == [page["provider_link_id"]]
    assert len(books.fake.tell("objects", "customer")) == 1


async def test_what_is_removed_is_detached_though_replies_are_lost(books: Books) -> None:
    row = await books.added()
    assert await books.attached() == {row["provider_method_id"]}
    async with books.till.transaction(books.user_id) as connection:
        await methods.remove(connection, row, DUE)
    books.fake.tell("next", ["lost_reply"])
    await detach_removed(books.till, DUE)
    assert books.till.counts["unclear"] == 1
    await detach_removed(books.till, DUE)
    assert books.till.counts["detached"] == 1
    assert await books.attached() == set()
    seen = await books.stripe.fetch(about(row["provider_method_id"]))
    assert seen is not None


async def test_a_method_is_not_charged_once_it_is_removed(books: Books) -> None:
    bill = await add_invoice(books.till.connection, books.user_id)
    row = await books.added()
    async with books.till.transaction(books.user_id) as connection:
        await methods.remove(connection, row, DUE)
    made = await charging.attempt(
        books.till, books.stripe, books.user_id, bill["number"], "hand", DUE, method=row
    )
    assert made is None
    assert books.fake.tell("charges") == []


async def test_a_method_that_was_detached_at_stripe_is_removed_here(books: Books) -> None:
    row = await books.added()
    await books.stripe.detach(row["provider_method_id"])
    seen = await books.stripe.fetch(about(row["provider_method_id"]))
    gone = await methods.take_in(books.till.connection, "stripe", seen, DUE)  # type: ignore[arg-type]
    assert gone
    assert gone["detached_at"] == DUE


async def test_who_is_removed_while_a_page_is_open_leaves_nothing_at_stripe(
    books: Books, database: Database
) -> None:
    await books.added()
    page = await books.link()
    await Accounts(database).remove_user(books.user_id)
    books.fake.tell("add", session=page["provider_link_id"])
    await method_links.take_links(books.till, DUE)
    await detach_removed(books.till, DUE)
    assert books.till.counts["detached"] == 2
    assert await books.attached() == set()


async def test_a_token_of_another_customer_is_refused(books: Books) -> None:
    theirs = await books.added()
    bob = await add_user(books.till.connection, "bob@example.org")
    payer = await customer(books.till, books.stripe, bob)
    with pytest.raises(ProviderRefused, match="another customer's"):
        await books.stripe.method(theirs["provider_method_id"], payer)
    token = books.fake.tell("method")
    seen = await books.stripe.method(token, payer)
    added = await methods.add(books.till.connection, bob, "stripe", seen, DUE)
    assert added["is_default"]
