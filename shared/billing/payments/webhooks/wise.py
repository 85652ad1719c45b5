"""What Wise tells: a JSON body signed with RSA and SHA-256 by a key whose public half everybody may know.

Wise's documentation: guides/developer/webhooks/event-handling and event-types. An event of a credit names no
transaction, only the balance, and what was in it afterwards: that is what `object_id` holds, as 111/EUR/2.34. A
delivery that Wise repeats later than the tolerance is refused: the statement, which every run reads, has its money.
"""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from shared.billing.money import MOST
from shared.billing.payments.port import Event
from shared.errors import EventRefused, SettingsError

SIGNATURE: Final = "x-signature-sha256"
DELIVERY: Final = "x-delivery-id"
TEST: Final = "x-test-notification"
TOLERANCE: Final = timedelta(seconds=300)
TEST_TYPE: Final = "test"
"""Of an event that Wise sends to try the address; it is about nothing."""
CREDIT, UPDATE = "balances#credit", "balances#update"
_MOST_ID: Final = 100


@dataclass(frozen=True, slots=True)
class WiseVerifier:
    """`public_key` is Wise's own, as PEM or the base64 within it; none, and every event is refused."""

    public_key: str | None

    async def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
        """Raises EventRefused."""
        if not self.public_key:
            raise EventRefused(
                "events of Wise cannot be verified", "set LECTERN_WISE_PUBLIC_KEY to Wise's public key"
            )
        _check_signature(read_public_key(self.public_key), headers.get(SIGNATURE, ""), body)
        delivery = headers.get(DELIVERY, "").strip()
        if not delivery or len(delivery) > _MOST_ID:
            raise EventRefused("the event of Wise has no delivery id", "it is not as Wise sends it")
        said = _object(body)
        sent = _instant(said.get("sent_at"), "sent_at")
        if abs(now - sent) > TOLERANCE:
            raise EventRefused(
                f"the event of Wise was sent at {sent.isoformat()}, more than {TOLERANCE.seconds} s from now",
                "set this machine's clock, if it is wrong",
            )
        kind = said.get("event_type")
        if not isinstance(kind, str) or not kind:
            raise EventRefused("the event of Wise has no type", "it is not as Wise sends it")
        if headers.get(TEST, "").strip().lower() == "true":
            return Event(delivery, TEST_TYPE, None, sent)
        return _read(delivery, kind, said)


def read_public_key(text: str) -> RSAPublicKey:
    """Raises SettingsError. Line ends may be written as \\n, as variables often have them."""
    wanted = "must be an RSA public key, as PEM or base64"
    plain = text.replace("\\n", "\n").strip()
    try:
        key = (
            load_pem_public_key(plain.encode())
            if plain.startswith("-----BEGIN")
            else load_der_public_key(b64decode("".join(plain.split()), validate=True))
        )
    except (ValueError, UnsupportedAlgorithm):
        raise SettingsError(f"LECTERN_WISE_PUBLIC_KEY {wanted}", "correct or unset it") from None
    if not isinstance(key, RSAPublicKey):
        raise SettingsError(f"LECTERN_WISE_PUBLIC_KEY {wanted}", "correct or unset it")
    return key


def _check_signature(key: RSAPublicKey, signature: str, body: bytes) -> None:
    try:
        key.verify(b64decode(signature.strip(), validate=True), body, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        raise EventRefused(
            "the signature of the event is not Wise's", "compare LECTERN_WISE_PUBLIC_KEY with Wise's own"
        ) from None


def _read(delivery: str, kind: str, said: Mapping[str, Any]) -> Event:
    data = said.get("data")
    if not isinstance(data, dict):
        raise EventRefused("the event of Wise has no data", "it is not as Wise sends it")
    resource = data.get("resource")
    resource = resource if isinstance(resource, dict) else {}
    happened = _instant(data["occurred_at"], "occurred_at") if data.get("occurred_at") else None
    account = _id(resource.get("profile_id"))
    balance = data.get("balance_id", resource.get("id")) if kind == UPDATE else resource.get("id")
    credits = kind in (CREDIT, UPDATE) and data.get("transaction_type") == "credit"
    found = _object_id(balance, data) if credits else None
    return Event(delivery, kind[:_MOST_ID], found, happened, account)


def _object_id(balance: Any, data: Mapping[str, Any]) -> str | None:
    currency, after = data.get("currency"), data.get("post_transaction_balance_amount")
    if _id(balance) is None or not isinstance(currency, str):
        return None
    if not isinstance(after, int | Decimal) or isinstance(after, bool) or abs(Decimal(after)) > MOST:
        return None
    return f"{balance}/{currency[:3]}/{Decimal(after):f}"


def _id(value: Any) -> str | None:
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else None


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise EventRefused("the event of Wise is no JSON object", "it is not as Wise sends it")
    return said


def _instant(value: Any, name: str) -> datetime:
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        read = None
    if read is None or read.tzinfo is None:
        raise EventRefused(f"{name} of the event of Wise is no instant", "it is not as Wise sends it")
    return read
