"""How often somebody may be wrong: about one account from one network, and about all of them together."""

from hashlib import sha256
from typing import Final

from shared.accounts.sign_in.kept import Kept
from shared.errors import TooManyAttempts

SECONDS: Final = 15 * 60
MOST_OF_A_PAIR: Final = 5
"""Wrong passwords for one account from one network."""
MOST_OF_A_NETWORK: Final = 50
"""Sign-ins that fail, whoever they are for: a firm behind one address has many people."""
MOST_BEGUN: Final = 300
"""Ways to a provider that one network begins in that time: each is kept for ten minutes."""


async def admit(kept: Kept, account: str, network: str) -> None:
    """Count an attempt before it is looked at, so that many at once are no more than one after another.

    Raises TooManyAttempts, CountersUnavailable.
    """
    if await kept.count(_of_network(network), SECONDS) > MOST_OF_A_NETWORK:
        raise _too_many("too many sign-ins from your network failed")
    if await kept.count(_of_pair(account, network), SECONDS, MOST_OF_A_PAIR) > MOST_OF_A_PAIR:
        await kept.give_back(_of_network(network))
        raise _too_many("too many wrong passwords for this account from your network")


async def begin(kept: Kept, network: str) -> None:
    """Raises TooManyAttempts, CountersUnavailable."""
    if await kept.count(f"sign_in:begun:{network}", SECONDS) > MOST_BEGUN:
        raise _too_many("too many sign-ins began in your network")


async def was_right(kept: Kept, account: str, network: str) -> None:
    await kept.forget(_of_pair(account, network))
    await kept.give_back(_of_network(network))


def _too_many(what: str) -> TooManyAttempts:
    return TooManyAttempts(what, "try again in 15 minutes", SECONDS)


def _of_pair(account: str, network: str) -> str:
    """Nobody's address lies in Redis."""
    return f"sign_in:wrong:{sha256(f'{network} {account}'.encode()).hexdigest()}"


def _of_network(network: str) -> str:
    return f"sign_in:failed:{network}"
