"""What PayPal tells: a JSON body, signed with RSA and SHA-256 by a key whose certificate only PayPal's own hosts give.

PayPal's documentation: api/rest/webhooks/rest. What is signed is `id|time|webhook id|CRC-32 of the body`. A CRC binds a
body but weakly, so nothing of it is believed: it names an object, which is fetched. A delivery whose time is older than
the tolerance is refused, also a repeated one: each run looks up what is open, and `billing reconcile` finds the rest.
"""

import json
import zlib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from shared.billing.payments.port import Event
from shared.billing.payments.webhooks.paypal_certificates import LIVE, SANDBOX, Certificates
from shared.errors import EventRefused

ID: Final = "paypal-transmission-id"
TIME: Final = "paypal-transmission-time"
SIGNATURE: Final = "paypal-transmission-sig"
CERTIFICATE: Final = "paypal-cert-url"
ALGORITHM: Final = "paypal-auth-algo"
TOLERANCE: Final = timedelta(seconds=300)
_IDS: Final = ("id", "dispute_id", "order_id")
"""What names the object: its own id, or an order's whose approval was reversed."""
_RSA_SHA256: Final = "SHA256WITHRSA"
_ODD: Final = "it is not as PayPal sends it"
_LONGEST: Final = 2000
"""Characters of a header."""


@dataclass(frozen=True, slots=True)
class PaypalVerifier:
    """`webhook_id` is the webhook's, as PayPal lists it; none, and every event is refused."""

    webhook_id: str | None
    certificates: Certificates = field(default_factory=lambda: Certificates(LIVE))

    async def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Raises EventRefused, and ProviderError where PayPal does not give its certificate now."""
        if not self.webhook_id:
            raise EventRefused(
                "events of PayPal cannot be verified", "set LECTERN_PAYPAL_WEBHOOK_ID to the webhook's id"
            )
        sent = _instant(_header(headers, TIME))
        if abs(now - sent) > TOLERANCE:
            raise EventRefused(
                f"the event of PayPal was sent at {sent.isoformat()}, more than {TOLERANCE.seconds} s from now",
                "set this machine's clock, if it is wrong",
            )
        if _header(headers, ALGORITHM).upper() != _RSA_SHA256:
            raise EventRefused("the event of PayPal is signed in a way that is not known", _ODD)
        signed = f"{_header(headers, ID)}|{_header(headers, TIME)}|{self.webhook_id}|{zlib.crc32(body)}"
        signature = _header(headers, SIGNATURE)
        key = await self.certificates.key(_header(headers, CERTIFICATE), now)
        _check_signature(key, signature, signed.encode())
        return _read(body)


def of_environment(webhook_id: str | None, url: str) -> PaypalVerifier:
    """Events of the sandbox are not those of the live PayPal, nor the other way round: `url` says which is meant."""
    sandbox = any(part == "sandbox" for part in url.lower().replace("/", ".").split("."))
    return PaypalVerifier(webhook_id, Certificates(SANDBOX if sandbox else LIVE))


def _check_signature(key: RSAPublicKey, signature: str, signed: bytes) -> None:
    try:
        key.verify(b64decode(signature, validate=True), signed, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        raise EventRefused(
            "the signature of the event is not PayPal's",
            "compare LECTERN_PAYPAL_WEBHOOK_ID with the webhook's id",
        ) from None


def _read(body: bytes) -> Event:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise EventRefused("the event of PayPal is no JSON object", _ODD)
    resource = said.get("resource")
    resource = resource if isinstance(resource, dict) else {}
    event_id, kind = _text(said.get("id")), _text(said.get("event_type"))
    if event_id is None or kind is None:
        raise EventRefused("the event of PayPal has no id or no type", _ODD)
    payee = resource.get("payee")
    return Event(
        id=event_id,
        type=kind,
        object_id=next((found for name in _IDS if (found := _text(resource.get(name)))), None),
        happened_at=_instant(said["create_time"]) if said.get("create_time") else None,
        account=_text(payee.get("merchant_id")) if isinstance(payee, dict) else None,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "").strip()
    if not value or len(value) > _LONGEST:
        raise EventRefused(f"the event of PayPal has no {name.upper()} that can be read", _ODD)
    return value


def _instant(value: Any) -> datetime:
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        read = None
    if read is None or read.tzinfo is None:
        raise EventRefused("a time of the event of PayPal is no instant", _ODD)
    return read
