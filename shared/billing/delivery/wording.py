"""Pure: what letters say of documents and alerts, in English or French."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

from shared.billing.delivery.letter import Attachment, Letter
from shared.billing.documents import formats
from shared.billing.documents.document import Document
from shared.billing.documents.words import words

_TEMPLATE: Final = 1
"""Whose languages these are."""


class Words:
    """The words of a customer's locale, and its formats, as its documents have them."""

    def __init__(self, locale: str) -> None:
        found = words(locale, _TEMPLATE)
        self.language, self.formats = found.language, found.formats
        self._said = _table()[found.language]

    def __call__(self, name: str, **given: Any) -> str:
        return self._said[name].format(**given)

    def day(self, day: date | str) -> str:
        on = date.fromisoformat(day) if isinstance(day, str) else day
        return formats.day(on, self.formats)

    def money(self, amount: Decimal, code: str) -> str:
        return formats.money(amount, code, self.formats)

    def percent(self, percent: Decimal) -> str:
        return formats.percent(percent, self.formats)

    def number(self, number: int) -> str:
        return formats.number(number, self.formats)


def of_document(document: Document, recipient: str, html: str, attachments: Sequence[Attachment]) -> Letter:
    """`html` is the document itself."""
    say = Words(document.locale)
    seller = document.seller.name or say("the_seller")
    corrected = document.corrects[0] if document.corrects else None
    said = {
        "number": document.number,
        "seller": seller,
        "corrected": corrected,
        "issued_on": say.day(document.issued_on),
        "starts_on": say.day(document.starts_on),
        "ends_on": say.day(document.ends_on),
    }
    facts = [say("total", total=say.money(document.total, document.currency))]
    facts += (_payable if document.kind == "invoice" else _reason)(say, document)
    text = "\n\n".join([say("hello"), say(document.kind, **said), "\n".join(facts), seller])
    subject = say(f"{document.kind}_subject", **said)
    return Letter(
        recipient,
        document.customer.name,
        subject,
        text + "\n",
        html,
        say.language,
        attachments,
    )


def of_alert(
    alert: Mapping[str, Any], recipient: str, name: str | None, locale: str, seller: str | None
) -> Letter:
    """`alert` has the columns of `billing_alerts`."""
    say = Words(locale)
    by = seller or say("the_seller")
    what, sentences = _ALERTS[alert["type"]](say, alert)
    paragraphs = [say("hello"), " ".join(sentences), by]
    shown = "".join(f"<p>{escape(part)}</p>" for part in paragraphs)
    language = say.language
    return Letter(
        recipient,
        name,
        say("alert_subject", seller=by, what=what),
        "\n\n".join(paragraphs) + "\n",
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body>{shown}</body></html>',
        language,
    )


def _payable(say: Words, document: Document) -> list[str]:
    if document.payable <= 0 or document.due_on is None:
        return [say("settled")]
    payable = say.money(document.payable, document.currency)
    facts = [say("payable", payable=payable, due_on=say.day(document.due_on))]
    return facts + ([say("iban", iban=document.iban, number=document.number)] if document.iban else [])


def _reason(say: Words, document: Document) -> list[str]:
    return [say("reason", note=document.note)] if document.note else []


def _usage(say: Words, alert: Mapping[str, Any]) -> tuple[str, list[str]]:
    known = alert["metadata"]
    kind = "included" if "included" in known else "allowed"
    used, of = known["used"], known[kind]
    said = {
        "percent": say.percent(alert["threshold"]),
        "meter": say(known["meter"]),
        "used": say.number(used),
        "of": say.number(of),
        "starts_on": say.day(known["startDate"]),
        "ends_on": say.day(known["endDate"]),
    }
    over = [say(f"over_{kind}")] if used >= of else []
    return say("usage_threshold", **said), [say(f"used_{kind}", **said), *over]


def _overdue(say: Words, alert: Mapping[str, Any]) -> tuple[str, list[str]]:
    known = alert["metadata"]
    said = {
        "number": known["number"],
        "due": say.money(alert["current_value"], known["currency"]),
        "due_on": say.day(known["dueDate"]),
    }
    return say("invoice_overdue", **said), [say("overdue", **said)]


def _ending(say: Words, alert: Mapping[str, Any]) -> tuple[str, list[str]]:
    known = alert["metadata"]
    said = {"plan": known["plan"], "ends_on": say.day(known["endDate"])}
    sentences = [say(known["reason"], **said)]
    if known["reason"] == "trial":
        fee = known.get("fee")
        sentences.append(say("trial_then", fee=_fee(say, fee)) if fee else say("trial_over"))
    return say("subscription_expiring", **said), sentences


def _fee(say: Words, fee: Mapping[str, Any]) -> str:
    interval, count = fee["interval"], fee["count"]
    every = say(interval) if count == 1 else say(f"every_{interval}", count=say.number(count))
    return f"{say.money(Decimal(fee['amount']), fee['currency'])} {every}"


_ALERTS: Final[Mapping[str, Callable[[Words, Mapping[str, Any]], tuple[str, list[str]]]]] = {
    "usage_threshold": _usage,
    "invoice_overdue": _overdue,
    "subscription_expiring": _ending,
}
"""What each type says: in a few say, and in sentences."""


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("shared.billing.delivery").joinpath("words.toml").read_text("utf-8"))
