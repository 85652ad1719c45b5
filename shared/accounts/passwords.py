"""Pure: passwords as Argon2id hashes."""

from functools import cache
from secrets import token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import InvalidRequest

LEAST_CHARACTERS = 8
MOST_BYTES = 1024
"""A longer one would only cost time."""


def hashed(password: str) -> str:
    """Its hash, for `users.hashed_password`: a third of a second and 64 MiB. Raises InvalidRequest."""
    check(password)
    return _hasher().hash(password)


def check(password: str) -> None:
    """Raise InvalidRequest, without the password, where it cannot be one."""
    try:
        size = len(password.encode())
    except UnicodeEncodeError:
        raise InvalidRequest(
            "the password holds half a character", "type it again, in a UTF-8 terminal"
        ) from None
    if size > MOST_BYTES:
        raise InvalidRequest(f"the password has more than {MOST_BYTES:,} bytes", "choose a shorter one")
    if len(password) < LEAST_CHARACTERS:
        raise InvalidRequest(
            f"the password has less than {LEAST_CHARACTERS} characters", "choose a longer one"
        )


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password of this hash; without one no, after the same time."""
    try:
        check(password)
        nobodys = _nobodys()  # made at the first password, whoever's that is
        return _hasher().verify(kept or nobodys, password) and kept is not None
    except (InvalidRequest, VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    """Of a password that nobody has."""
    return _hasher().hash(token_urlsafe())


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
