"""Pure: what an ID token must say to be believed, beside a signature that fits (OpenID Connect Core 3.1.3.7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Final

from shared.errors import SignInRefused

ALGORITHMS: Final = (
    *(f"{family}{size}" for family in ("RS", "PS", "ES") for size in (256, 384, 512)),
    "EdDSA",
    "Ed25519",
)
"""Of signatures that only the provider can make: no shared secret, and never none."""
SKEW_SECONDS: Final = 60
"""How far a provider's clock may be ahead of ours; what expired did so by our own."""
MOST_CHARACTERS: Final = 255
_AGAIN: Final = "begin again; if it stays so, tell your operator"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the sign-in that we began makes certain."""

    issuer: str
    client_id: str
    nonce: str
    now: datetime


def subject(claims: Mapping[str, Any], expected: Expected) -> str:
    """Whom it is about. Raises SignInRefused with the first thing that is wrong."""
    now = expected.now.timestamp()
    nonce, audience = claims.get("nonce"), claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if claims.get("iss") != expected.issuer:
        raise _refused("is another issuer's")
    if audiences != [expected.client_id]:
        raise _refused("is made for another service")
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise _refused("was asked for by another service")
    if not _is_time(claims.get("exp")) or claims["exp"] <= now:
        raise _refused("has expired")
    if not _is_time(claims.get("iat")) or claims["iat"] > now + SKEW_SECONDS:
        raise _refused("is from the future: its clock or ours is wrong")
    if "nbf" in claims and not (_is_time(claims["nbf"]) and claims["nbf"] <= now + SKEW_SECONDS):
        raise _refused("is not valid yet")
    if not isinstance(nonce, str) or not compare_digest(nonce.encode(), expected.nonce.encode()):
        raise _refused("belongs to another sign-in")
    return same_subject(claims.get("sub"))


def same_subject(said: object, known: str | None = None) -> str:
    """The subject, which is `known` where the provider told it before. Raises SignInRefused."""
    if not isinstance(said, str) or not 0 < len(said) <= MOST_CHARACTERS or not said.isprintable():
        raise _refused("names nobody")
    if known is not None and said != known:
        raise _refused("is about somebody else")
    return said


def names(claim: object) -> tuple[str, ...] | None:
    """Of groups: strings of a list, or one string; None where that is no answer."""
    if not isinstance(claim, str | list):
        return None
    found = [claim] if isinstance(claim, str) else claim
    return tuple(
        dict.fromkeys(
            name for name in found if isinstance(name, str) and 0 < len(name) <= 255 and name.isprintable()
        )
    )


def is_elsewhere(claims: Mapping[str, Any], name: str) -> bool:
    """Whether a claim is left out because it is too large: people in many groups (Entra ID's overage)."""
    elsewhere = claims.get("_claim_names")
    return (isinstance(elsewhere, dict) and name in elsewhere) or (
        name == "groups" and claims.get("hasgroups") in (True, "true")
    )


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refused(why: str) -> SignInRefused:
    return SignInRefused(f"what the provider says of you {why}", _AGAIN)
