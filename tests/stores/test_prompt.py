"""A PostgreSQL that is there and says nothing is given up on soon, and what waited for it is used no more."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from shared.errors import DatabaseUnavailable
from shared.stores.postgres import Database
from shared.stores.prompt import _hang_up
from tests.black_hole import BlackHole, black_hole

pytestmark = pytest.mark.anyio

PATIENCE = 0.5
DEADLINE = 30.0
SILENT = "PostgreSQL does not answer"
WHO = "SELECT pg_backend_pid() AS id"


@contextmanager
def stopped(process: int) -> Iterator[None]:
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@pytest.fixture
async def prompt(database_url: str) -> AsyncIterator[Database]:
    async def locate() -> str:
        return database_url

    made = Database(locate, "tests", most_connections=1, patience=PATIENCE)
    yield made
    await made.close()


@pytest.fixture
async def hole(database_url: str) -> AsyncIterator[BlackHole]:
    async with black_hole(database_url) as made:
        yield made


@pytest.fixture
async def beyond(hole: BlackHole) -> AsyncIterator[Database]:
    """The database on the other side."""

    async def locate() -> str:
        return hole.url

    made = Database(locate, "tests", most_connections=2, patience=PATIENCE)
    yield made
    await made.close()


async def test_a_session_that_hangs_is_given_up_and_the_next_statement_gets_another(prompt: Database) -> None:
    [first] = await prompt.rows(WHO)
    with stopped(first["id"]):
        async with asyncio.timeout(DEADLINE):
            with pytest.raises(DatabaseUnavailable, match=SILENT):
                await prompt.rows("SELECT 1")
            [second] = await prompt.rows(WHO)
    assert second["id"] != first["id"]


async def test_a_transaction_whose_session_hangs_is_given_up_too(prompt: Database) -> None:
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(DatabaseUnavailable, match=SILENT):  # noqa: PT012 - it hangs in its hands
            async with prompt.transaction() as connection:
                [row] = await (await connection.execute(WHO)).fetchall()
                with stopped(row["id"]):
                    await connection.execute("SELECT 1")
        async with prompt.transaction() as connection:
            await connection.execute("SELECT 1")


async def test_a_slow_statement_is_told_from_a_fast_one_by_its_time_alone(prompt: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match=SILENT):
        await prompt.rows("SELECT pg_sleep(60)")
    assert await prompt.rows("SELECT 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize("was_open", [True, False])
async def test_all_who_ask_a_server_that_fell_silent_hear_so_and_it_is_used_again_once_it_speaks(
    beyond: Database, hole: BlackHole, was_open: bool
) -> None:
    if was_open:
        await asyncio.gather(*(beyond.rows("SELECT 1") for _ in range(4)))
    hole.open.clear()
    async with asyncio.timeout(DEADLINE):
        read = await asyncio.gather(*(beyond.rows("SELECT 1") for _ in range(8)), return_exceptions=True)
        written = await asyncio.gather(*(_written(beyond) for _ in range(4)), return_exceptions=True)
    assert {type(one) for one in (*read, *written)} == {DatabaseUnavailable}
    hole.open.set()
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                assert await beyond.rows("SELECT 1 AS one") == [{"one": 1}]
                break
            except DatabaseUnavailable:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("statement", ["SELECT 1", "UPDATE users SET email = email"])
async def test_a_server_that_says_nothing_is_not_looked_for_elsewhere(
    hole: BlackHole, statement: str
) -> None:
    located = 0

    async def locate() -> str:
        nonlocal located
        located += 1
        return hole.url

    made = Database(locate, "tests", most_connections=1, patience=PATIENCE)
    assert await made.rows("SELECT 1 AS one") == [{"one": 1}]
    hole.open.clear()
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(DatabaseUnavailable, match=SILENT):
            await made.rows(statement)
    assert located == 1
    await made.close()


def test_to_hang_up_leaves_the_descriptor_to_the_driver_which_closes_it() -> None:
    ours, other = socket.socketpair()
    with ours, other:
        _hang_up(ours.fileno())
        assert other.recv(1) == b""
        assert os.fstat(ours.fileno())


async def test_a_server_that_never_spoke_is_named_with_the_time_that_it_had(hole: BlackHole) -> None:
    async def locate() -> str:
        return hole.url

    hole.open.clear()
    database = Database(locate, "tests", most_connections=1, patience=1.0)
    with pytest.raises(DatabaseUnavailable, match=r"\(no connection within 1 s\)"):
        await database.rows("SELECT 1")
    await database.close()


async def _written(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("SELECT 1")
