"""Pure: what becomes of an identity that a provider vouches for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from shared.accounts.emails import Address

Reason = Literal["issuer", "disabled", "other_identity", "others", "unverified", "not_invited"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is to a provider. `address` is None without one that is an e-mail address."""

    provider: str
    issuer: str
    subject: str
    address: Address | None
    is_verified: bool
    groups: tuple[str, ...] | None = None
    """None where the provider does not tell."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user, as far as it matters for signing in."""

    user_id: UUID
    email: str
    is_disabled: bool
    has_password: bool
    has_identity: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an identity: who has it, who has its address, whom the invitation in use is for."""

    bound_to: str | None = None
    """The issuer that the provider's name stands for; None before its first sign-in."""
    by_identity: Person | None = None
    by_email: Person | None = None
    invited: Person | None = None
    domains: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SignedIn:
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Invited:
    """The invitation is to be used up, and the identity is the user's from then on."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class Added:
    """Somebody new, of one of the domains."""

    address: Address


@dataclass(frozen=True, slots=True)
class Confirm:
    """A user has the address: the identity becomes theirs once they prove it."""

    person: Person


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Reason


Decision = SignedIn | Invited | Added | Confirm | Refused


def decided(identity: Identity, facts: Facts) -> Decision:
    """The first that fits, from the surest proof down."""
    known, invited, same = facts.by_identity, facts.invited, facts.by_email
    if facts.bound_to not in (None, identity.issuer):
        return Refused("issuer")
    if any(person and person.is_disabled for person in (known, invited)):
        return Refused("disabled")
    if known:
        return SignedIn(known.user_id) if invited in (None, known) else Refused("others")
    if invited:
        return Refused("other_identity") if invited.has_identity else Invited(invited.user_id)
    if identity.address is None or not identity.is_verified:
        return Refused("unverified")
    if same:
        return _same_address(same)
    spellings = {text.rpartition("@")[2].casefold() for text in identity.address}
    is_of_ours = not spellings.isdisjoint(map(str.casefold, facts.domains))
    return Added(identity.address) if is_of_ours else Refused("not_invited")


def _same_address(same: Person) -> Decision:
    if same.is_disabled:
        return Refused("disabled")
    return Refused("other_identity") if same.has_identity else Confirm(same)
