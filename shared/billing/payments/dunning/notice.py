"""Pure: what people hear of money that is still to come, each once, and in what words.

Their messages are listed in terminals; addresses where a person pays or confirms stand in the metadata alone.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from shared.billing import money
from shared.billing.alerts.alert import Alert
from shared.billing.payments.dunning.dunning import DAYS, LAST, day_of
from shared.one_line import one_line
from shared.visible import visible

_LONGEST: Final = 200
"""Characters of what a provider says."""
_WHY: Final = {
    "soft": "it was declined",
    "hard": "the method is refused for good",
    "authentication": "it was not confirmed",
}
_LACKS: Final = {"expired": "expired", "declined": "was declined"}


def reminder(
    invoice: Mapping[str, Any],
    due_on: date,
    today: date,
    step: int,
    lack: str,
    method: Mapping[str, Any] | None,
    iban: str | None,
) -> Alert:
    """Of an invoice whose user has no method that can be charged; `lack` is why.

    `invoice` has `id`, `user_id`, `number`, `currency`, `due`, `action_url` and `method_url`, if such pages are open,
    and whether the last step `pauses` a subscription.
    """
    amount = f"{money.plain(invoice['due'], invoice['currency'])} {invoice['currency']}"
    number, paused = invoice["number"], step == LAST and invoice["pauses"]
    said = [
        f"invoice {number} was due on {due_on}: {amount} are not paid"
        if due_on < today
        else f"invoice {number} is due on {due_on}: {amount} are to be paid",
        *([f"the {named(method)} {_LACKS[lack]}"] if method and lack in _LACKS else []),
        *(["the subscription is paused until they are"] if paused else []),
    ]
    metadata = {
        **_of(invoice, due_on),
        "step": step,
        "reason": lack,
        "overdue": due_on < today,
        "paused": paused,
        **_method(method if lack in _LACKS else None),
        "iban": iban,
        **_pages(invoice),
    }
    occasion = f"reminder/{invoice['id']}/{step}"
    return Alert(
        invoice["user_id"], "payment_reminder", occasion, "; ".join(said), None, invoice["due"], metadata
    )


def failed(payment: Mapping[str, Any], due_on: date, iban: str | None, *, waits: bool) -> Alert:
    """Of an attempt; `waits` is that no method can be charged now, and `iban` where it can be paid by transfer.

    `payment` has `id`, `invoice_id`, `user_id`, `number`, `currency`, `amount`, `decline`, `failure_reason`, the `done`
    steps of its invoice, its method, and whether the subscription `is_paused` by dunning.
    """
    amount = f"{money.plain(payment['amount'], payment['currency'])} {payment['currency']}"
    reason = one_line(visible(payment["failure_reason"] or ""))[:_LONGEST] or None
    following = None if waits else _next(payment["done"])
    on = None if following is None else day_of(due_on, following)
    then = "method" if waits else "again" if on else "over"
    said = [
        f"{amount} for invoice {payment['number']} could not be charged to the {named(payment)}: "
        + (reason or _WHY[payment["decline"]]).rstrip("."),
        {
            "method": "it waits for another method",
            "again": f"it is tried again on {on}",
            "over": "it is not tried again",
        }[then],
        *(["the subscription is paused until it is paid"] if payment["is_paused"] else []),
    ]
    metadata = {
        **_of({**payment, "id": payment["invoice_id"]}, due_on),
        "payment_id": str(payment["id"]),
        "decline": payment["decline"],
        "reason": reason,
        "then": then,
        "tryDate": str(on) if on else None,
        "paused": payment["is_paused"],
        **_method(payment),
        "iban": None if on else iban,
        **_pages({"method_url": payment["method_url"]}),
    }
    occasion = f"failed/{payment['id']}"
    return Alert(
        payment["user_id"], "payment_failed", occasion, "; ".join(said), None, payment["amount"], metadata
    )


def confirmation(payment: Mapping[str, Any], due_on: date) -> Alert:
    """Of an attempt that waits for its person; as `failed` has it, with an `action_url`."""
    amount = f"{money.plain(payment['amount'], payment['currency'])} {payment['currency']}"
    message = (
        f"{amount} for invoice {payment['number']} wait to be confirmed: "
        f"the bank of the {named(payment)} asks for it"
    )
    metadata = {
        **_of({**payment, "id": payment["invoice_id"]}, due_on),
        "payment_id": str(payment["id"]),
        **_method(payment),
        "action_url": payment["action_url"],
    }
    occasion = f"confirm/{payment['id']}"
    return Alert(
        payment["user_id"], "payment_confirmation", occasion, message, None, payment["amount"], metadata
    )


def expiring(method: Mapping[str, Any], today: date) -> Alert:
    """Of a row of `payment_methods`, with `method_url`, whose last month has begun."""
    year, month = method["expiry_year"], method["expiry_month"]
    over = (today.year, today.month) > (year, month)
    message = f"the {named(method)} {'expired' if over else 'expires'} at the end of {month:02}/{year}"
    metadata = {
        "method_id": str(method["id"]),
        "expires": f"{year}-{month:02}",
        "expired": over,
        **_method(method),
        **_pages(method),
    }
    occasion = f"expiring/{method['id']}/{year}-{month:02}"
    return Alert(method["user_id"], "method_expiring", occasion, message, metadata=metadata)


def named(method: Mapping[str, Any]) -> str:
    """Such as `visa card ...4242`; `method_type` stands in for a `type` beside other columns."""
    kind = method.get("method_type") or method.get("type")
    noun = {"card": "card", "sepa": "SEPA account", "bank_account": "bank account"}.get(kind or "", "method")
    brand = f"{method['brand']} " if method["brand"] and kind == "card" else ""
    return f"{brand}{noun}" + (f" ...{method['last_four']}" if method["last_four"] else "")


def _next(done: list[int]) -> int | None:
    """The step after the newest one that is done."""
    following = max(done, default=-1) + 1
    return following if following < len(DAYS) else None


def _of(invoice: Mapping[str, Any], due_on: date) -> dict[str, Any]:
    return {
        "invoice_id": str(invoice["id"]),
        "number": invoice["number"],
        "currency": invoice["currency"],
        "dueDate": str(due_on),
    }


def _method(method: Mapping[str, Any] | None) -> dict[str, Any]:
    if method is None:
        return {}
    kind = method.get("method_type") or method.get("type")
    return {"method": {"type": kind, "brand": method["brand"], "lastFour": method["last_four"]}}


def _pages(row: Mapping[str, Any]) -> dict[str, Any]:
    """Where the person pays it, and where they add a method."""
    return {name: row[name] for name in ("action_url", "method_url") if row.get(name)}
