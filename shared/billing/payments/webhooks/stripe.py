"""Stripe's messages, verified by its scheme: HMAC-SHA256 of time and body, with the secret of the endpoint.

https://docs.stripe.com/webhooks#verify-manually
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.billing.payments.port import Event
from shared.errors import EventRefused

TOLERANCE: Final = timedelta(seconds=300)
"""Between its clock and ours, either way: what is older may be somebody else's repeat."""
_HEADER: Final = "stripe-signature"
_SCHEME: Final = "v1"
_MOST_DIGITS: Final = 11
"""Of a time: more is behind the last year of a calendar."""


class StripeVerifier:
    """Needs the secret of the endpoint, and no key."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    async def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Raises EventRefused. A body is what was signed, to the byte."""
        seconds, signatures = _read(headers.get(_HEADER, ""))
        expected = hmac.new(self._secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures):
            raise EventRefused(
                "the signature is not Stripe's",
                "correct LECTERN_STRIPE_WEBHOOK_SECRET, and pass on the body unchanged",
            )
        if abs(now - datetime.fromtimestamp(int(seconds), UTC)) > TOLERANCE:
            raise EventRefused(
                f"the message is of {datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%d %H:%M:%S} UTC",
                f"it is believed for {TOLERANCE.seconds} s; if it is new, set this machine's clock",
            )
        return _event(body)


def _read(header: str) -> tuple[str, list[str]]:
    """The time and every signature of the scheme: there are two while a secret is being replaced."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    [*times] = (value for name, _, value in parts if name == "t")
    signatures = [value for name, _, value in parts if name == _SCHEME]
    if len(times) != 1 or not signatures or not _is_time(times[0]):
        raise EventRefused(
            "there is no signature of Stripe", "pass on the header Stripe-Signature as it came"
        )
    return times[0], signatures


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def _event(body: bytes) -> Event:
    try:
        said: Any = json.loads(body)
        if said["object"] != "event":
            raise EventRefused(
                "the message is no event with its object in it",
                "let the endpoint send snapshot payloads, which are Stripe's usual ones",
            )
        happened = datetime.fromtimestamp(int(said["created"]), UTC)
        named = said["id"], said["type"], said["data"]["object"].get("id"), said.get("account")
        if not all(isinstance(one, str) for one in named[:2]) or not all(
            one is None or isinstance(one, str) for one in named
        ):
            raise TypeError
        event_id, kind, about, account = named
        return Event(event_id, kind, about, happened, account)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
        raise EventRefused("the message is signed, and is no event of Stripe") from None
