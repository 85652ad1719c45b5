"""What letters say, in both languages."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.billing.delivery import wording
from shared.billing.delivery.letter import Letter
from shared.billing.documents.document import Document, Party

DAY = date(2026, 3, 1)
INVOICE: dict[str, Any] = {
    "kind": "invoice",
    "id": UUID(int=1),
    "number": "LECT-2026-000001",
    "issued_on": DAY,
    "due_on": date(2026, 3, 15),
    "delivered_on": DAY,
    "starts_on": DAY,
    "ends_on": date(2026, 3, 31),
    "seller": Party(name="Lectern SAS"),
    "customer": Party(name="Ada Lovelace"),
    "reference": None,
    "iban": "FR7630006000011234567890189",
    "locale": "en",
    "currency": "EUR",
    "lines": (),
    "groups": (),
    "subtotal": Decimal("1000.00"),
    "tax": Decimal("200.00"),
    "total": Decimal("1200.00"),
    "prepaid": Decimal("0.00"),
    "corrects": None,
    "note": None,
    "legal_notes": {},
    "template_version": 1,
}
NOTE = {**INVOICE, "kind": "credit_note", "number": "LECT-CN-2026-000001", "due_on": None, "note": "too much",
        "corrects": ("LECT-2026-000001", DAY)}  # fmt: skip


def plain(text: str) -> str:
    """With plain spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def of_document(**given: Any) -> tuple[str, str]:
    letter = wording.of_document(Document(**given), "ada@example.org", "<p>", ())
    return plain(letter.subject), plain(letter.text)


def test_an_invoice() -> None:
    assert of_document(**INVOICE) == (
        "Invoice LECT-2026-000001 from Lectern SAS",
        "Hello,\n\nplease find attached your invoice LECT-2026-000001 of March 1, 2026, "
        "for March 1, 2026 to March 31, 2026.\n\n"
        "Total: €1,200.00\nTo be paid: €1,200.00 by March 15, 2026\n"
        "By transfer to FR7630006000011234567890189, with the reference LECT-2026-000001\n\nLectern SAS\n",
    )
    assert of_document(**{**INVOICE, "locale": "fr-BE"}) == (
        "Facture LECT-2026-000001 de Lectern SAS",
        "Bonjour,\n\nveuillez trouver ci-joint votre facture LECT-2026-000001 du 1er mars 2026, "
        "pour la période du 1er mars 2026 au 31 mars 2026.\n\n"
        "Total : 1 200,00 €\nÀ payer : 1 200,00 €, au plus tard le 15 mars 2026\n"
        "Par virement sur FR7630006000011234567890189, avec la référence LECT-2026-000001\n\nLectern SAS\n",
    )


def test_one_that_credits_paid_asks_for_nothing() -> None:
    _, text = of_document(**{**INVOICE, "prepaid": Decimal("1200.00")})
    assert "Nothing is left to be paid.\n\nLectern SAS" in text
    assert "transfer" not in text


def test_a_credit_note() -> None:
    subject, text = of_document(**NOTE)
    assert subject == "Credit note LECT-CN-2026-000001 for invoice LECT-2026-000001"
    assert "which corrects the invoice LECT-2026-000001.\n\nTotal: €1,200.00\nReason: too much\n" in text
    subject, text = of_document(**{**NOTE, "locale": "fr"})
    assert subject == "Avoir LECT-CN-2026-000001 sur la facture LECT-2026-000001"
    assert "qui corrige la facture LECT-2026-000001.\n\nTotal : 1 200,00 €\nMotif : too much\n" in text


MONTH = {"startDate": "2026-03-01", "endDate": "2026-03-31"}
FEE = {"amount": "49.00", "currency": "EUR", "interval": "month", "count": 1}
ALERTS: list[tuple[dict[str, Any], str, str, str, str]] = [
    (
        {"type": "usage_threshold", "threshold": Decimal("80.0000"),
         "metadata": {"meter": "requests", "used": 8200, "included": 10_000, **MONTH}},
        "80% of your requests are used",
        "You used 8,200 of the 10,000 requests that your plan includes from March 1, 2026 to March 31, 2026.",
        "vous avez utilisé 80 % de vos requêtes",
        "Vous avez utilisé 8 200 requêtes sur les 10 000 que comprend votre forfait du 1er mars 2026 au 31 mars 2026.",
    ),
    (
        {"type": "usage_threshold", "threshold": Decimal(100),
         "metadata": {"meter": "tokens", "used": 500, "allowed": 500, **MONTH}},
        "100% of your tokens are used",
        "from March 1, 2026 to March 31, 2026. Further calls are refused until the month is over.",
        "vous avez utilisé 100 % de vos jetons",
        "au 31 mars 2026. Les appels suivants sont refusés jusqu'à la fin du mois.",
    ),
    (
        {"type": "invoice_overdue", "current_value": Decimal("36.0000"),
         "metadata": {"number": "LECT-2026-000001", "currency": "EUR", "dueDate": "2026-03-15"}},
        "invoice LECT-2026-000001 is overdue",
        "The invoice LECT-2026-000001 was due on March 15, 2026: €36.00 are not paid.",
        "la facture LECT-2026-000001 est en retard de paiement",
        "La facture LECT-2026-000001 était due le 15 mars 2026 : 36,00 € restent à payer.",
    ),
    (
        {"type": "subscription_expiring",
         "metadata": {"plan": "basic", "reason": "trial", "endDate": "2026-03-15", "fee": FEE}},
        "your plan basic ends on March 15, 2026",
        "The trial of your plan basic ends on March 15, 2026. It then costs €49.00 a month.",
        "votre forfait basic prend fin le 15 mars 2026",
        "L'essai de votre forfait basic prend fin le 15 mars 2026. Il coûtera ensuite 49,00 € par mois.",
    ),
    (
        {"type": "subscription_expiring", "metadata": {"plan": "basic", "reason": "trial", "endDate": "2026-03-15"}},
        "your plan basic ends on March 15, 2026",
        "It does not go on.",
        "votre forfait basic prend fin le 15 mars 2026",
        "Il n'est pas prolongé.",
    ),
    (
        {"type": "subscription_expiring",
         "metadata": {"plan": "<basic>", "reason": "cancelled", "endDate": "2026-03-15"}},
        "your plan <basic> ends on March 15, 2026",
        "Your subscription to the plan <basic> ends on March 15, 2026: it was cancelled.",
        "votre forfait <basic> prend fin le 15 mars 2026",
        "Votre abonnement au forfait <basic> prend fin le 15 mars 2026 : il a été résilié.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("alert", "what", "said", "quoi", "dit"), ALERTS, ids=range(len(ALERTS)))
def test_alerts(alert: dict[str, Any], what: str, said: str, quoi: str, dit: str) -> None:
    def letter(locale: str) -> Letter:
        return wording.of_alert(alert, "ada@example.org", "Ada", locale, "Lectern SAS")

    english, french = letter("en"), letter("fr")
    assert plain(english.subject) == f"Lectern SAS: {what}"
    assert said in plain(english.text)
    assert plain(french.subject) == f"Lectern SAS : {quoi}"
    assert dit in plain(french.text)
    assert "<basic>" not in english.html
