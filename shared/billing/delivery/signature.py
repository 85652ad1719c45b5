"""Pure: the headers of a Standard Webhook, by which its receiver knows who sent it."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"


def headers(secret: str, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """`secret` is `whsec_` and base64; the id is the same at each attempt, the time is not."""
    seconds = str(int(now.timestamp()))
    signed = f"{message_id}.{seconds}.".encode() + body
    digest = hmac.new(key(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def key(secret: str) -> bytes:
    """Raises ValueError for what is no secret."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("the secret is no base64") from None
