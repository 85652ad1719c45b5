"""What a provider of identities can do for us."""

from dataclasses import dataclass
from typing import Protocol

from shared.accounts.sign_in.decision import Identity


@dataclass(frozen=True, slots=True)
class Begun:
    """What one sign-in is recognised by: all of it is random, and is read once."""

    state: str
    verifier: str
    nonce: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser brings back; `issuer` is who says to have sent it (RFC 9207)."""

    code: str
    issuer: str | None


class Provider(Protocol):
    """Errors: IssuerUnavailable, SignInRefused."""

    @property
    def name(self) -> str:
        """What `users.oauth_provider` has."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def issuer(self) -> str: ...

    async def address(self, begun: Begun) -> str:
        """Where the browser goes to sign in there."""

    async def identity(self, begun: Begun, answer: Answer) -> Identity:
        """Whom the provider vouches for, with every check made."""
