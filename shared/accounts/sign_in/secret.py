"""Pure: what a browser or a link carries, and what of it is kept."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable

_BYTES = 32


def token(random: Callable[[int], bytes]) -> str:
    """256 random bits, as addresses and cookies can carry them."""
    return _base64(random(_BYTES))


def hash_of(secret: str) -> str:
    """What is kept of it. Fast, for 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def derived(secret: str, purpose: str) -> str:
    """What only who has the secret can say, and what does not tell it."""
    return _base64(hmac.digest(secret.encode(), purpose.encode(), "sha256"))


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
