"""What is kept while somebody signs in is read once, is counted exactly, and ends by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest

from shared.accounts.sign_in.kept import Kept
from shared.errors import CountersUnavailable
from shared.stores.embedded.binaries import redis_server
from shared.stores.redis import connect
from tests.redis_cluster import redis_cluster

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with redis_cluster(asyncio.run(redis_server()).program) as made:
        yield made[0]


@pytest.fixture(params=["server", pytest.param("cluster", marks=pytest.mark.processes)])
def url(request: pytest.FixtureRequest, engines: tuple[str, str]) -> str:
    """Of one server, and of a cluster."""
    return engines[1] if request.param == "server" else str(request.getfixturevalue("cluster"))


@pytest.fixture
async def kept(url: str) -> AsyncIterator[Kept]:
    async def locate() -> str:
        return url

    made = Kept(locate)
    yield made
    await made.forget("sign_in:test")
    await made.close()


async def test_what_is_taken_is_taken_by_one_alone(kept: Kept) -> None:
    await kept.put("sign_in:test", {"nonce": "n"}, 600)
    assert await kept.get("sign_in:test") == {"nonce": "n"}
    taken = await asyncio.gather(*(kept.take("sign_in:test") for _ in range(5)))
    assert [one for one in taken if one] == [{"nonce": "n"}]
    assert await kept.get("sign_in:test") is None


async def test_counts_end_by_themselves_and_begin_again_at_the_last(kept: Kept, url: str) -> None:
    async with aclosing(await connect(url, 5)) as client:
        assert [await kept.count("sign_in:test", 900, 3) for _ in range(2)] == [1, 2]
        await client.expire("sign_in:test", 5)
        assert await kept.count("sign_in:test", 900, 3) == 3
        assert await client.ttl("sign_in:test") > 800
        await client.expire("sign_in:test", 5)
        assert await kept.count("sign_in:test", 900, 3) == 4
        assert await client.ttl("sign_in:test") <= 5


async def test_a_redis_that_takes_long_to_be_there_is_waited_for_no_longer_and_goes_on_starting(
    engines: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.accounts.sign_in.kept.PATIENCE_SECONDS", 0.2)
    there, asked = asyncio.Event(), 0

    async def locate() -> str:
        nonlocal asked
        asked += 1
        await there.wait()
        return engines[1]

    kept = Kept(locate)
    async with asyncio.timeout(20):
        heard = await asyncio.gather(*(kept.get("sign_in:test") for _ in range(3)), return_exceptions=True)
        assert {type(one) for one in heard} == {CountersUnavailable}
        there.set()
        monkeypatch.setattr("shared.accounts.sign_in.kept.PATIENCE_SECONDS", 10)
        assert await kept.get("sign_in:test") is None
    assert asked == 1
    await kept.close()


async def test_what_is_given_back_was_not_counted(kept: Kept) -> None:
    assert [await kept.count("sign_in:test", 900) for _ in range(2)] == [1, 2]
    await kept.give_back("sign_in:test")
    assert await kept.count("sign_in:test", 900) == 2
    await kept.forget("sign_in:test")
    await kept.give_back("sign_in:test")
    assert await kept.get("sign_in:test") is None


async def test_without_redis_it_says_in_one_line_that_nobody_can_sign_in() -> None:
    async def locate() -> str:
        return "redis://127.0.0.1:1/0"

    with pytest.raises(CountersUnavailable, match="nobody can sign in now: Redis"):
        await Kept(locate).get("x")
