"""Messages as Stripe signs them: the header that goes with a body."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

SECRET = "whsec_0123456789abcdefghijklmnopqrstuv"
OTHER = "whsec_vutsrqponmlkjihgfedcba9876543210"


def message(event_id: str = "evt_1", about: str | None = "pi_1", **more: Any) -> bytes:
    event = {
        "id": event_id,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_790_000_000,
        "livemode": False,
        "type": "payment_intent.succeeded",
        "data": {"object": {"id": about, "object": "payment_intent"}},
    }
    return json.dumps(event | more, indent=2).encode()


def signature(body: bytes, now: datetime, *secrets: str) -> str:
    seconds = str(int(now.timestamp()))
    signed = [
        hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        for secret in secrets or (SECRET,)
    ]
    return ",".join([f"t={seconds}", *(f"v1={one}" for one in signed), "v0=" + "0" * 64])
