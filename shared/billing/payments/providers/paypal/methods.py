"""Pure: PayPal's vaulted methods as the port's values."""

from dataclasses import replace
from typing import Any, Final

from shared.billing.delivery.outcome import told
from shared.billing.payments.port import Link, SeenMethod
from shared.billing.payments.providers.paypal.reading import id_of, link, uuid_of

Json = dict[str, Any]

_BRAND: Final = 50
"""Characters of it that are kept."""


def method(body: Json) -> SeenMethod:
    """A wallet is a bank account of brand `paypal`; nothing that names its owner is taken from it."""
    source = body["payment_source"]
    customer = body.get("customer") or {}
    seen = SeenMethod(
        token=id_of(body),
        type="bank_account",
        brand="paypal",
        customer=str(customer["id"]) if customer.get("id") else None,
        user_id=uuid_of(customer.get("merchant_customer_id")),
    )
    card = source.get("card")
    if card is None:
        return seen
    year, _, month = str(card.get("expiry") or "").partition("-")
    dated = year.isdecimal() and month.isdecimal()
    digits = str(card.get("last_digits") or "")
    return replace(
        seen,
        type="card",
        brand=told(str(card.get("brand") or "card").lower().replace("_", " "))[:_BRAND],
        last_four=digits if len(digits) == 4 and digits.isdecimal() else None,
        expiry_month=int(month) if dated else None,
        expiry_year=int(year) if dated else None,
    )


def page(body: Json) -> Link:
    """Of a setup token, where its person approves it."""
    url = link(body, "approve", "payer-action")
    if url is None:
        raise LookupError("no page")
    return Link(id_of(body), url)
