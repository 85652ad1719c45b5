"""What people hear of money that is still to come: listed in a line, and as letters in English and French."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest
from syrupy.assertion import SnapshotAssertion

from shared.billing.alerts.alert import Alert
from shared.billing.delivery import wording
from shared.billing.payments.dunning import notice

DUE = date(2026, 3, 15)
VISA: Final = {"type": "card", "brand": "visa", "last_four": "4242"}
SEPA: Final = {"type": "sepa", "brand": "a bank", "last_four": "3000"}
NAMELESS: Final = {"type": "bank_account", "brand": None, "last_four": None}
INVOICE: Final = {
    "id": UUID(int=1),
    "user_id": UUID(int=9),
    "number": "LECT-2026-000001",
    "currency": "EUR",
    "due": Decimal("36.0000"),
    "action_url": None,
    "method_url": None,
    "pauses": True,
}
PAYMENT: Final = {
    "id": UUID(int=2),
    "invoice_id": UUID(int=1),
    "user_id": UUID(int=9),
    "number": "LECT-2026-000001",
    "currency": "EUR",
    "amount": Decimal("36.0000"),
    "decline": "soft",
    "failure_reason": "Your card has insufficient funds.",
    "done": [0],
    "is_paused": False,
    "action_url": None,
    "method_url": None,
    "method_type": "card",
    "brand": "visa",
    "last_four": "4242",
}
CARD: Final = {**VISA, "id": UUID(int=3), "user_id": UUID(int=9), "expiry_month": 4, "expiry_year": 2026,
               "method_url": "https://pay.example/setup"}  # fmt: skip
IBAN: Final = "FR7630006000011234567890189"
PAGE: Final = "https://pay.example/i?a=1&b=2"


def reminder(
    step: int, lack: str = "none", method: Any = None, iban: str | None = IBAN, **more: Any
) -> Alert:
    today = date(2026, 3, 15 + (0, 3, 7, 14)[step])
    return notice.reminder({**INVOICE, **more}, DUE, today, step, lack, method, iban)


def failed(*, waits: bool = False, **more: Any) -> Alert:
    return notice.failed({**PAYMENT, **more}, DUE, IBAN, waits=waits)


ALERTS: Final = {
    "it is due today": reminder(0),
    "it was due, and a page is open": reminder(1, action_url=PAGE),
    "the card expired": reminder(2, "expired", VISA, method_url="https://pay.example/setup"),
    "the account was declined, and the subscription is paused": reminder(3, "declined", SEPA, None),
    "a subscription that is not paused": reminder(3, pauses=False),
    "tried again": failed(),
    "waits for another method": failed(waits=True, decline="hard", failure_reason=None, method_type="sepa"),
    "the last step": failed(decline="authentication", failure_reason=None, done=[0, 1, 3], is_paused=True),
    "a method without a name": failed(method_type="bank_account", brand=None, last_four=None),
    "to be confirmed": notice.confirmation({**PAYMENT, "decline": None, "action_url": PAGE}, DUE),
    "expires": notice.expiring(CARD, date(2026, 4, 1)),
    "expired": notice.expiring(CARD, date(2026, 5, 1)),
}


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_a_notice_reads_like_this(alert: Alert, snapshot: SnapshotAssertion) -> None:
    assert alert.message == snapshot(name="listed")
    for locale in ("en", "fr"):
        letter = wording.of_alert(asdict(alert), "ada@example.org", "Ada", locale, "Lectern SAS")
        assert f"{letter.subject}\n\n{letter.text}" == snapshot(name=locale)


def test_addresses_are_in_letters_and_metadata_and_not_in_what_is_listed() -> None:
    for alert in ALERTS.values():
        assert "https" not in alert.message
    asked = ALERTS["it was due, and a page is open"]
    letter = wording.of_alert(asdict(asked), "ada@example.org", "Ada", "en", None)
    assert PAGE in letter.text
    assert '<a href="https://pay.example/i?a=1&amp;b=2">https://pay.example/i?a=1&amp;b=2</a>' in letter.html
    assert asked.metadata["action_url"] == PAGE


def test_what_a_provider_says_is_one_line_that_hides_nothing() -> None:
    said = failed(failure_reason="No\n\u202eway\u200b" + "x" * 500)
    assert said.message.startswith("36.00 EUR for invoice LECT-2026-000001 could not be charged")
    assert "\n" not in said.message
    assert not {"\u202e", "\u200b"} & set(said.message)
    assert len(said.message) < 400


@pytest.mark.parametrize(
    ("done", "then"), [([], "2026-03-15"), ([0], "2026-03-18"), ([2], "2026-03-29"), ([3], None)]
)
def test_a_failed_payment_is_tried_again_at_the_step_after_the_newest(
    done: list[int], then: str | None
) -> None:
    assert failed(done=done).metadata["tryDate"] == then
    assert failed(done=done, waits=True).metadata["tryDate"] is None
