"""Pure: what decides a result, as one short text that is equal only for equals."""

import hashlib
import json


def digest(*parts: str | int) -> str:
    """SHA-256 of the parts, hexadecimal."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
