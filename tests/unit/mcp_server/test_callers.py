"""Who calls: asked of the database once, and again soon enough for a key that was revoked."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from mcp_server import callers
from mcp_server.callers import Callers
from shared.accounts.keys import hash_of, mint
from shared.errors import DatabaseUnavailable, InvalidKey, StoreError
from shared.model.account import ANONYMOUS, UNKNOWN, Access, Denied, Principal
from shared.settings import ServerSettings, load

pytestmark = pytest.mark.anyio

KEYS = [mint(bytes([number]).__mul__).key for number in range(4)]


class Accounts:
    """Says what it is told to, and counts how often it is asked."""

    def __init__(self, known: dict[str, Principal]) -> None:
        self.known = {hash_of(key): who for key, who in known.items()}
        self.everyone = ANONYMOUS
        self.away: StoreError | None = None
        self.asked = 0

    async def anybody(self) -> Principal:
        self.asked += 1
        return self.everyone

    async def authenticate(self, key_hash: str, now: datetime) -> Principal | Denied:
        self.asked += 1
        return self.known.get(key_hash, Denied("key"))

    async def open(self) -> Any:
        if self.away:
            raise self.away
        return self


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def made(home: Path, accounts: Accounts, clock: Clock, **more: object) -> Callers:
    return Callers(load(ServerSettings, home=home, **more), accounts.open, clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_a_principal_is_known_for_a_short_time_and_no_longer(tmp_path: Path, clock: Clock) -> None:
    who = Principal(uuid4(), uuid4())
    accounts = Accounts({KEYS[0]: who})
    known = made(tmp_path, accounts, clock, api_key=KEYS[0])
    assert [await known.own() for _ in range(3)] == [who] * 3
    assert accounts.asked == 1
    accounts.known.clear()
    clock.now += callers.KNOWN_SECONDS - 0.1
    assert await known.own() == who
    clock.now += 0.1
    assert await known.own() == Denied("key")


async def test_a_refusal_is_known_for_five_seconds(tmp_path: Path, clock: Clock) -> None:
    accounts = Accounts({})
    known = made(tmp_path, accounts, clock, api_key=KEYS[0])
    assert await known.own() == Denied("key")
    accounts.known[hash_of(KEYS[0])] = who = Principal(uuid4(), uuid4())
    clock.now += 4.9
    assert await known.own() == Denied("key")
    clock.now += 0.1
    assert await known.own() == who


async def test_only_so_many_are_known_the_last_ones(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "MOST_KNOWN", 2)
    accounts = Accounts({})
    known = made(tmp_path, accounts, clock)
    for key in KEYS:
        await known.of(key)
    assert accounts.asked == 4
    await known.of(KEYS[3])
    assert accounts.asked == 4
    await known.of(KEYS[0])
    assert accounts.asked == 5
    clock.now += 10
    for key in (KEYS[3], KEYS[1], KEYS[3]):  # who was asked anew is the last one, too
        await known.of(key)
    assert accounts.asked == 7


@pytest.mark.parametrize(
    ("given", "who"),
    [
        ({}, ANONYMOUS),
        ({"require_api_key": "auto"}, ANONYMOUS),
        ({"require_api_key": "on"}, Denied("key")),
        ({"database_url": "postgresql://server/lectern"}, Denied("key")),
        ({"database_url": "postgresql://server/lectern", "require_api_key": "off"}, ANONYMOUS),
        ({"require_api_key": "on", "as_operator": True}, ANONYMOUS),
    ],
)
async def test_whether_a_key_is_required(
    tmp_path: Path, clock: Clock, given: dict[str, object], who: Principal | Denied
) -> None:
    accounts = Accounts({})
    known = made(tmp_path, accounts, clock, **given)
    assert await known.own(reads=False) == who
    assert accounts.asked == 0
    assert await known.own() == who


async def test_what_everybody_may_read_is_known_as_long(tmp_path: Path, clock: Clock) -> None:
    accounts = Accounts({})
    known = made(tmp_path, accounts, clock)
    assert [await known.own() for _ in range(3)] == [ANONYMOUS] * 3
    assert accounts.asked == 1
    accounts.everyone = Principal(access=Access(denied=("/acme/*",)))
    clock.now += callers.KNOWN_SECONDS - 0.1
    assert await known.own() == ANONYMOUS
    clock.now += 0.1
    assert await known.own() == accounts.everyone
    assert await known.own(reads=False) == ANONYMOUS


async def test_while_rules_cannot_be_read_a_caller_reads_nothing_and_they_are_asked_for_again(
    tmp_path: Path, clock: Clock
) -> None:
    accounts = Accounts({})
    known = made(tmp_path, accounts, clock)
    accounts.away = DatabaseUnavailable("cannot reach PostgreSQL")
    who = await known.own()
    assert isinstance(who, Principal)
    assert who.access is UNKNOWN
    with pytest.raises(DatabaseUnavailable):
        await known.anybody()
    accounts.away, accounts.everyone = None, Principal(access=Access(denied=("/acme/*",)))
    assert await known.anybody() == accounts.everyone.access
    assert await known.own() == accounts.everyone


async def test_an_operator_reads_everything_and_nobody_is_asked(tmp_path: Path, clock: Clock) -> None:
    accounts = Accounts({})
    accounts.everyone = Principal(access=Access(is_closed=True))
    assert await made(tmp_path, accounts, clock, as_operator=True).own() == ANONYMOUS
    assert accounts.asked == 0


async def test_a_bad_key_is_refused_though_none_is_required(tmp_path: Path, clock: Clock) -> None:
    accounts = Accounts({})
    with pytest.raises(InvalidKey):
        await made(tmp_path, accounts, clock, require_api_key="off", api_key="lect_nonsense").own()
    assert accounts.asked == 0
