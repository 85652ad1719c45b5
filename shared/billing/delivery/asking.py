"""Pure: what letters say of money that is still to come, and of the ways to pay it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from shared.billing.delivery.words import Words


class Way(NamedTuple):
    """A line of its own; `url` is the address in it."""

    text: str
    url: str | None = None


def ways(say: Words, alert: Mapping[str, Any]) -> list[Way]:
    """How it is paid or confirmed, and where a method is added."""
    known, found = alert["metadata"], []
    if url := known.get("action_url"):
        here = "confirm_here" if alert["type"] == "payment_confirmation" else "pay_here"
        found.append(Way(say(here, url=url), url))
    elif iban := known.get("iban"):
        found.append(Way(say("iban", iban=iban, number=known["number"])))
    if url := known.get("method_url"):
        found.append(Way(say("add_here", url=url), url))
    return found


def _reminder(say: Words, alert: Mapping[str, Any]) -> tuple[str, list[str]]:
    known = alert["metadata"]
    said = {**_invoice(say, alert, "due"), "method": _method(say, known.get("method"))}
    lacks = [say(f"lacks_{known['reason']}", **said)] if "method" in known else []
    sentences = [
        say("reminder_past" if known["overdue"] else "reminder_due", **said),
        *lacks,
        *_paused(say, known),
    ]
    return say("payment_reminder", **said), sentences


def _failed(say: Words, alert: Mapping[str, Any]) -> tuple[str, list[str]]:
    known = alert["metadata"]
    said = {**_invoice(say, alert, "amount"), "method": _method(say, known.get("method"))}
    try_on = say.day(known["tryDate"]) if known["tryDate"] else None
    then = say(f"then_{known['then']}", try_on=try_on)
    sentences = [say(f"failed_{known['decline']}", **said), then, *_paused(say, known)]
    return say("payment_failed", **said), sentences


def _confirmation(say: Words, alert: Mapping[str, Any]) -> tuple[str, list[str]]:
    known = alert["metadata"]
    said = {**_invoice(say, alert, "amount"), "method": _method(say, known.get("method"))}
    return say("payment_confirmation", **said), [say("confirm", **said)]


def _expiring(say: Words, alert: Mapping[str, Any]) -> tuple[str, list[str]]:
    known = alert["metadata"]
    year, month = known["expires"].split("-")
    said = {"method": _method(say, known["method"]), "month": f"{month}/{year}"}
    over = known["expired"]
    return say("method_expired" if over else "method_expiring", **said), [
        say("expired" if over else "expires", **said)
    ]


ALERTS: Final[Mapping[str, Callable[[Words, Mapping[str, Any]], tuple[str, list[str]]]]] = {
    "payment_reminder": _reminder,
    "payment_failed": _failed,
    "payment_confirmation": _confirmation,
    "method_expiring": _expiring,
}
"""What each type says: in a few say, and in sentences."""


def _invoice(say: Words, alert: Mapping[str, Any], amount: str) -> dict[str, Any]:
    known = alert["metadata"]
    return {
        "number": known["number"],
        "due_on": say.day(known["dueDate"]),
        amount: say.money(alert["current_value"], known["currency"]),
    }


def _paused(say: Words, known: Mapping[str, Any]) -> list[str]:
    return [say("paused")] if known["paused"] else []


def _method(say: Words, method: Mapping[str, Any] | None) -> str:
    if not method or not method["lastFour"]:
        return say("method")
    return say("card" if method["type"] == "card" else "bank_account", last_four=method["lastFour"])
