"""Pure: what letters say of documents and alerts, in English or French."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any, Final

from shared.billing.delivery import asking
from shared.billing.delivery.letter import Attachment, Letter
from shared.billing.delivery.words import Words
from shared.billing.documents.document import Document


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
    ways = asking.ways(say, alert)
    paragraphs = [say("hello"), " ".join(sentences), *(way.text for way in ways), by]
    linked = {way.text: way.url for way in ways}
    shown = "".join(f"<p>{_shown(part, linked.get(part))}</p>" for part in paragraphs)
    language = say.language
    return Letter(
        recipient,
        name,
        say("alert_subject", seller=by, what=what),
        "\n\n".join(paragraphs) + "\n",
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body>{shown}</body></html>',
        language,
    )


def _shown(text: str, url: str | None) -> str:
    """As HTML, with its address as a link."""
    shown = escape(text)
    return shown.replace(escape(url), f'<a href="{escape(url)}">{escape(url)}</a>') if url else shown


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
    **asking.ALERTS,
}
"""What each type says: in a few say, and in sentences."""
