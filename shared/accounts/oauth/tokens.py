"""Pure: tokens as clients carry them, how long each lasts, and what of one is kept."""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from hmac import compare_digest
from typing import Final

CODE_LASTS: Final = timedelta(seconds=60)
ACCESS_LASTS: Final = timedelta(hours=1)
REFRESH_LASTS: Final = timedelta(days=30)
KEY_LASTS: Final = timedelta(days=30)

CODE, ACCESS, REFRESH, DEVICE = "lac_", "lat_", "lrt_", "ldc_"
"""What each begins with: of a code, of an access token, of a refresh token, of a device code."""
_BYTES = 32
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token(kind: str, random: Callable[[int], bytes]) -> str:
    """256 random bits behind what says its kind."""
    return kind + _base64(random(_BYTES))


def token_hash(token: str) -> str:
    """What is kept of it. Fast, for 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def challenge_of(verifier: str) -> str:
    """By S256 (RFC 7636)."""
    return _base64(hashlib.sha256(verifier.encode()).digest())


def is_challenge(text: str) -> bool:
    return _CHALLENGE.fullmatch(text) is not None


def fits(verifier: str, challenge: str) -> bool:
    return _VERIFIER.fullmatch(verifier) is not None and compare_digest(challenge_of(verifier), challenge)


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
