"""`lectern-admin payment webhook` takes in what a provider posted, or says in one line why not."""

from datetime import UTC, datetime

import pytest

from tests.flows.operating import Admin, read, refused
from tests.stripe_signed import OTHER, SECRET, message, signature

BODY = message()
HOOK = ("payment", "webhook", "--provider", "stripe")


def signed(*secrets: str) -> tuple[str, str]:
    return "--header", f"Stripe-Signature: {signature(BODY, datetime.now(UTC), *secrets)}"


@pytest.fixture
def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LECTERN_STRIPE_WEBHOOK_SECRET", SECRET)


@pytest.mark.usefixtures("believed")
def test_a_message_is_kept_once(admin: Admin) -> None:
    assert admin(*HOOK, *signed(), stdin=BODY).stdout == "stored evt_1\n"
    again = read(admin(*HOOK, *signed(), "--json", stdin=BODY))
    assert again == {"status": 200, "line": "stored before", "hint": None, "event": "evt_1"}


@pytest.mark.usefixtures("believed")
def test_a_message_that_is_not_genuine_is_refused(admin: Admin) -> None:
    said = refused(admin(*HOOK, *signed(OTHER), stdin=BODY, code=1))
    assert said.startswith("error refused (400): the signature is not Stripe's")
    assert "there is no signature" in refused(admin(*HOOK, stdin=BODY, code=1))
    assert "the body is not UTF-8" in refused(admin(*HOOK, *signed(), stdin=b"\xff", code=1))


@pytest.mark.usefixtures("believed")
def test_a_header_is_a_name_and_a_value(admin: Admin) -> None:
    assert "is no header → write it as" in refused(admin(*HOOK, "--header", "t=1", stdin=BODY, code=2))


def test_a_message_that_names_a_certificate_of_its_own_is_refused(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LECTERN_PAYPAL_WEBHOOK_ID", "9XL90610J3647323C")
    given = {
        "Paypal-Transmission-Id": "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
        "Paypal-Transmission-Time": datetime.now(UTC).isoformat(),
        "Paypal-Transmission-Sig": "bm9uc2Vuc2U=",
        "Paypal-Cert-Url": "https://paypal.example/v1/notifications/certs/CERT-1",
        "Paypal-Auth-Algo": "SHA256withRSA",
    }
    headers = [word for name, value in given.items() for word in ("--header", f"{name}: {value}")]
    said = refused(admin("payment", "webhook", "--provider", "paypal", *headers, stdin=BODY, code=1))
    assert said == (
        "error refused (400): the certificate of the event is not at PayPal → it is not as PayPal sends it"
    )


def test_without_a_secret_nothing_is_believed(admin: Admin) -> None:
    said = refused(admin(*HOOK, *signed(), stdin=BODY, code=1))
    assert (
        "refused (503): no message of stripe can be verified here → set LECTERN_STRIPE_WEBHOOK_SECRET" in said
    )
