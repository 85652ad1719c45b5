from collections.abc import Sequence
from datetime import UTC, datetime

import anyio
import anyio.lowlevel
import pytest

from mcp_server import usage as usage_log
from mcp_server.usage import MOST_WAITING, UsageLog
from shared.errors import DatabaseUnavailable
from shared.model.account import UsageRecord

pytestmark = pytest.mark.anyio


def record(number: int) -> UsageRecord:
    return UsageRecord("query-docs", "/a/b", None, number, 1, datetime(2026, 11, 1, tzinfo=UTC))


class Rows:
    """What was written, batch by batch; it fails as often as `failures` says, and waits for `gate`."""

    def __init__(self, failures: int = 0, error: type[Exception] = DatabaseUnavailable) -> None:
        self.batches: list[list[int]] = []
        self.failures = failures
        self.error = error
        self.gate = anyio.Event()
        self.tried = anyio.Event()

    async def write(self, records: Sequence[UsageRecord]) -> None:
        self.tried.set()
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise self.error("no")
        self.batches.append([one.tokens_returned for one in records])


async def test_what_comes_during_a_write_is_the_next_batch() -> None:
    rows = Rows()
    usage = UsageLog(rows.write, gather_seconds=0)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(record(1))
        await rows.tried.wait()
        usage.add(record(2))
        usage.add(record(3))
        rows.gate.set()
        await usage.close()

    assert rows.batches == [[1], [2, 3]]


async def test_closing_writes_what_waits_and_ends_the_writer() -> None:
    rows = Rows()
    rows.gate.set()
    usage = UsageLog(rows.write, gather_seconds=0)
    usage.add(record(1))
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await usage.close()

    assert rows.batches == [[1]]


async def test_a_database_that_fails_is_told_once_and_closing_does_not_wait_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = Rows(failures=1)
    rows.gate.set()
    usage = UsageLog(rows.write, gather_seconds=0)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(record(1))
        await rows.tried.wait()
        usage.add(record(2))
        await usage.close()

    assert len(caplog.records) == 1
    assert rows.batches in ([], [[1, 2]])


async def test_a_hung_database_holds_up_the_end_for_a_bounded_time() -> None:
    rows = Rows()
    usage = UsageLog(rows.write, gather_seconds=0)
    usage.add(record(1))
    with anyio.fail_after(5):
        async with anyio.create_task_group() as background:
            background.start_soon(usage.run)
            await usage.close()
            background.cancel_scope.cancel()

    assert rows.batches == []


async def test_records_that_the_database_will_never_take_do_not_stop_the_others() -> None:
    rows = Rows(failures=1, error=ValueError)
    usage = UsageLog(rows.write, gather_seconds=0)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(record(1))
        await rows.tried.wait()
        usage.add(record(2))
        rows.gate.set()
        await usage.close()

    assert rows.batches == [[2]]


async def test_the_oldest_records_are_given_up_when_too_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_log, "PAUSE_SECONDS", 0)
    rows = Rows(failures=1)
    rows.gate.set()
    usage = UsageLog(rows.write, gather_seconds=0)
    for number in range(MOST_WAITING + 5):
        usage.add(record(number))
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await anyio.wait_all_tasks_blocked()
        await usage.close()

    assert rows.batches == [list(range(5, MOST_WAITING + 5))]


async def test_records_of_one_moment_are_one_batch() -> None:
    rows = Rows()
    rows.gate.set()
    usage = UsageLog(rows.write, gather_seconds=60)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(record(1))
        await anyio.lowlevel.checkpoint()
        usage.add(record(2))
        await usage.close()

    assert rows.batches == [[1, 2]]
