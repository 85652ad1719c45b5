"""Methods and pages by `lectern-admin` alone, against the fake of Stripe: added by a person, charged, removed."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.billing import NOW, add_invoice
from tests.flows.operating import EMAIL, Admin, read
from tests.flows.test_admin_invoices import Books, books
from tests.stripe_fake.process import StripeFake, stripe_fake

__all__ = ["books"]

DUE = "2026-03-16T12:00:00+00:00"
AT = ("--now", DUE)


@pytest.fixture(scope="module")
def process() -> Iterator[StripeFake]:
    with stripe_fake() as fake:
        yield fake


@pytest.fixture
def fake(process: StripeFake, admin: Admin, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeFake]:
    process.tell("restart")
    process.tell("clock", now=DUE)
    monkeypatch.setenv("LECTERN_STRIPE_URL", process.url)
    monkeypatch.setenv("LECTERN_STRIPE_API_KEY", process.key)
    monkeypatch.setenv("LECTERN_PAYMENT_RETURN_URL", "https://lectern.example/back")
    yield process
    assert process.tell("faults") == []


@pytest.fixture
def number(admin: Admin, books: Books[Any]) -> str:
    """Of an invoice of Ada's over 24.00."""
    ada = UUID(read(admin("user", "add", EMAIL, "--json"))["id"])
    return str(books(lambda connection: add_invoice(connection, ada, now=NOW))["number"])


def charge(admin: Admin) -> dict[str, int]:
    counts: dict[str, int] = read(admin("billing", "run", "--only", "charge", "--json", *AT))["stages"][
        "charge"
    ]
    return counts


def page_of(url: str) -> str:
    return url.strip().rpartition("/")[2]


def test_a_card_that_fails_is_replaced_on_a_page_and_the_invoice_is_paid(
    admin: Admin, number: str, fake: StripeFake
) -> None:
    token = fake.tell("method", outcomes=["expired_card"])
    admin("method", "add", EMAIL, "--token", "-", *AT, stdin=token)
    assert charge(admin) == {"declined": 1}
    page = page_of(admin("method", "link", EMAIL, *AT).stdout)
    fake.tell("add", session=page, kind="sepa_debit")
    assert charge(admin) == {"methods": 1, "processing": 1}
    first, second = read(admin("method", "list", EMAIL, "--json"))
    assert (first["type"], first["last_four"], first["is_default"]) == ("sepa", "3000", True)
    assert (first["charging"], second["charging"]) == ([number], [])
    assert fake.tell("charges") == []  # a bank is still to answer


def test_a_method_that_is_being_charged_is_removed_and_the_payment_goes_on(
    admin: Admin, number: str, fake: StripeFake
) -> None:
    token = fake.tell("method", outcomes=["confirm"])
    row = read(admin("method", "add", EMAIL, "--token", token, "--json", *AT))
    assert charge(admin) == {"to_confirm": 1}
    removed = admin("method", "remove", EMAIL, row["id"][:8], *AT).stdout
    assert f"{number} is being charged with it: that ends as it will, and then stripe detaches it" in removed
    [method] = fake.tell("objects", "payment_method")
    assert method["customer"]
    [intent] = fake.tell("objects", "payment_intent")
    fake.tell("confirm", intent=intent["id"])
    assert charge(admin).items() >= {"charged": 1, "detached": 1}.items()
    [method] = fake.tell("objects", "payment_method")
    assert method["customer"] is None
    assert [one["amount"] for one in fake.tell("charges")] == [2400]
    assert read(admin("invoice", "show", number, "--json"))["status"] == "paid"


def test_a_page_is_paid_and_nothing_is_charged_beside_it(admin: Admin, number: str, fake: StripeFake) -> None:
    page = page_of(admin("invoice", "pay-link", number, *AT).stdout)
    fake.tell("pay", session=page)
    admin("method", "add", EMAIL, "--token", fake.tell("method"), *AT)
    charge(admin)
    charge(admin)
    assert [one["amount"] for one in fake.tell("charges")] == [2400]
    shown = read(admin("invoice", "show", number, "--json"))
    assert (shown["status"], shown["due"]) == ("paid", "0.00")


def test_a_user_who_is_removed_has_no_method_at_stripe(admin: Admin, user: str, fake: StripeFake) -> None:
    admin("method", "add", user, "--token", fake.tell("method"))
    fake.tell("next", ["500:done"])
    told = admin("user", "remove", user, "--yes").stdout
    assert "1 method of payment is not detached yet" in told
    admin("billing", "run", "--only", "charge")
    [method] = fake.tell("objects", "payment_method")
    assert method["customer"] is None
    [row] = read(admin("method", "list", "--removed", "--json"))
    assert row["detached_at"]
