"""A run that dies anywhere, and two runs at once, leave the books that one run leaves."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from shared.billing import placing
from shared.billing.credits import credits
from shared.stores.postgres import Database
from tests.firm import GRADUATED, MONTH, YEAR, Firm, utc

pytestmark = pytest.mark.anyio

END = "2026-11-05T00:00"


class Killed(BaseException):
    """The process is gone; what it had not committed is too."""


@contextmanager
def dying_after(statements: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Die once so many statements were executed; the list says how many there were."""
    done = [0]

    def counted(execute: Any) -> Any:
        async def execute_and_die(self: Any, *given: Any, **more: Any) -> Any:
            result = await execute(self, *given, **more)
            done[0] += 1
            if done[0] == statements:
                raise Killed
            return result

        return execute_and_die

    with monkeypatch.context() as patch:
        for cursor in (psycopg.AsyncCursor, psycopg.AsyncServerCursor):
            patch.setattr(cursor, "execute", counted(cursor.execute))
        yield done


async def busy(firm: Firm) -> None:
    """A month of everything: renewals, usage, a downgrade, a cancellation, credits, a draft that waits."""
    await firm.seller()
    await firm.plan("small", "31.00", GRADUATED, yearly="310.00", limits={"requestsPerMonth": 500})
    await firm.plan("large", "62.00", GRADUATED, yearly="620.00")
    users = {name: await firm.customer(f"{name}@example.org") for name in ("ada", "bob", "cyd", "dan")}
    users["eve"] = await firm.customer("eve@example.org", country=None)
    for name, user in users.items():
        cadence = YEAR if name == "bob" else MONTH
        await firm.start(user, "large" if name in ("ada", "bob") else "small", "2026-10-01T09:00", cadence)
    await firm.run("2026-10-01T10:00")
    for user in users.values():
        await firm.use(user, "2026-10-03T10:00", 12)
    await firm.execute("UPDATE usage_logs SET repeats = 15")
    await firm.order(placing.change, users["ada"], "small", MONTH, "now", at="2026-10-11T09:00")
    await firm.order(placing.change, users["bob"], "small", YEAR, "now", at="2026-10-11T09:00")
    await firm.order(placing.cancel, users["cyd"], "now", at="2026-10-12T09:00")
    await firm.order(placing.cancel, users["dan"], "period-end", at="2026-10-12T09:00")
    async with firm.connection.transaction():
        for user in (users["ada"], users["dan"]):
            given = (firm.connection, user, Decimal("4.00"), "EUR", "promotional", "hello", utc("2026-10-13"))
            await credits.grant(*given)


@asynccontextmanager
async def undone(firm: Firm) -> AsyncIterator[None]:
    async with firm.connection.transaction(force_rollback=True):
        yield


async def books_of_one_run(firm: Firm) -> dict[str, list[Any]]:
    async with undone(firm):
        await firm.run(END)
        return await firm.books()


@pytest.mark.slow
async def test_a_run_that_dies_after_any_statement_is_finished_by_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.connection() as connection:
        firm = Firm(connection)
        await busy(firm)
        with dying_after(0, monkeypatch) as statements:
            wanted = await books_of_one_run(firm)
        assert all(wanted[name] for name in ("alerts", "burns", "credit_notes", "items", "ratings"))
        total = statements[0] - len(wanted)
        assert total > 40
        for number in range(1, total):
            async with undone(firm):
                with dying_after(number, monkeypatch), pytest.raises(Killed):
                    await firm.run(END)
                await firm.run(END)
                assert await firm.books() == wanted, f"after statement {number} of {total}"


async def test_a_run_that_dies_midway_is_finished_by_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.connection() as connection:
        firm = Firm(connection)
        await busy(firm)
        with dying_after(0, monkeypatch) as statements:
            wanted = await books_of_one_run(firm)
        with dying_after(statements[0] // 2, monkeypatch), pytest.raises(Killed):
            await firm.run(END)
        await firm.run(END)
        assert await firm.books() == wanted


async def test_two_runs_at_once_are_one(database: Database) -> None:
    async with database.connection() as connection, database.connection() as other:
        firm = Firm(connection)
        await busy(firm)
        wanted = await books_of_one_run(firm)
        await asyncio.gather(firm.run(END), Firm(other).run(END))
        assert await firm.books() == wanted
        await firm.run(END)
        assert await firm.books() == wanted


async def test_batches_side_by_side_leave_the_books_of_batches_in_turn(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.billing.cycle.cycle.BATCH", 1)
    async with database.connection() as connection, database.connection() as other:
        firm = Firm(connection)
        await busy(firm)
        wanted = await books_of_one_run(firm)
        with dying_after(40, monkeypatch) as statements, pytest.raises(Killed):
            await firm.run(END, beside=[other])
        assert statements[0] < 50, "the other connection went on"
        await firm.run(END, beside=[other])
        assert await firm.books() == wanted


async def test_many_runs_are_one_in_what_they_bill(database: Database) -> None:
    async with database.connection() as connection:
        firm = Firm(connection)
        await busy(firm)
        wanted = await books_of_one_run(firm)
        for at in ("2026-10-13T00:00", "2026-10-20T00:00", "2026-11-01T00:00", "2026-11-03T00:00", END):
            await firm.run(at)
        found = await firm.books()
        assert {name: found[name] for name in ("ratings", "items", "burns", "limits")} == {
            name: wanted[name] for name in ("ratings", "items", "burns", "limits")
        }
