from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import anyio
import anyio.lowlevel
import pytest

from mcp_server import usage as usage_log
from mcp_server.usage import MOST_WAITING, UsageLog
from shared.errors import DatabaseUnavailable, ValueRefused
from shared.model.account import UsageRecord

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def record(number: int) -> UsageRecord:
    return UsageRecord(UUID(int=number), "query-docs", "/a/b", None, number, 1, NOON)


def completed(second: int, key: UUID | None = None) -> UsageRecord:
    begun = NOON + timedelta(seconds=second)
    return UsageRecord(uuid4(), "completion/complete", None, None, 0, 2, begun, key)


class Rows:
    """What was written, batch by batch; it fails as often as `failures` says, waits for `gate`, refuses `bad`."""

    def __init__(
        self,
        failures: int = 0,
        error: type[Exception] = DatabaseUnavailable,
        bad: frozenset[int] = frozenset(),
    ) -> None:
        self.bad = bad
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
        if bad := [one for one in records if one.tokens_returned in self.bad]:
            raise ValueRefused(f"no {len(bad)}")
        self.batches.append([one.tokens_returned for one in records])

    def flat(self) -> list[int]:
        return [number for batch in self.batches for number in batch]


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

    lost = [] if rows.batches else ["2 usage records could not be written before the end"]
    assert [one.message for one in caplog.records] == ["usage is not recorded for now: no", *lost]
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

    assert rows.flat() == list(range(5, MOST_WAITING + 5))


async def test_no_more_records_wait_while_the_database_hangs(caplog: pytest.LogCaptureFixture) -> None:
    rows = Rows()
    usage = UsageLog(rows.write, gather_seconds=0)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(record(0))
        await rows.tried.wait()
        for number in range(1, 5 * MOST_WAITING):
            usage.add(record(number))
        assert len(usage) == MOST_WAITING
        rows.gate.set()
        await usage.close()

    newest = list(range(4 * MOST_WAITING + 1, 5 * MOST_WAITING))
    assert rows.flat() == [0, *newest]
    assert f"{4 * MOST_WAITING:,} usage records given up" in caplog.text


async def test_a_write_that_hangs_is_given_up_and_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_log, "WRITE_SECONDS", 0.01)
    monkeypatch.setattr(usage_log, "PAUSE_SECONDS", 0)
    rows = Rows()
    usage = UsageLog(rows.write, gather_seconds=0)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(record(1))
        await rows.tried.wait()
        rows.tried = anyio.Event()
        await rows.tried.wait()
        rows.gate.set()
        await usage.close()

    assert rows.flat() == [1]


async def test_bad_records_are_set_aside_by_name_and_all_others_are_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = Rows(bad=frozenset({0, 413, 999}))
    rows.gate.set()
    usage = UsageLog(rows.write, gather_seconds=0)
    for number in range(1000):
        usage.add(record(number))
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await usage.close()

    assert rows.flat() == [number for number in range(1000) if number not in rows.bad]
    assert [one.message for one in caplog.records] == [
        f"usage record {UUID(int=number)} is set aside: no 1" for number in sorted(rows.bad)
    ]


async def test_a_database_that_fails_between_the_halves_of_a_batch_gets_each_record_once_and_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(usage_log, "PAUSE_SECONDS", 0)
    rows = Rows(bad=frozenset({5}))
    rows.gate.set()
    failures = iter([True])

    async def write(records: Sequence[UsageRecord]) -> None:
        if records[0].tokens_returned == 4 and next(failures, False):
            raise DatabaseUnavailable("no")
        await rows.write(records)

    usage = UsageLog(write, gather_seconds=0)
    for number in range(8):
        usage.add(record(number))
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await anyio.wait_all_tasks_blocked()
        await usage.close()

    assert rows.flat() == [0, 1, 2, 3, 4, 6, 7]


async def test_completions_are_one_record_a_minute_for_each_key() -> None:
    written: list[UsageRecord] = []

    async def write(records: Sequence[UsageRecord]) -> None:
        written.extend(records)

    usage = UsageLog(write, gather_seconds=0)
    key = uuid4()
    for second in (1, 2, 59, 61):
        usage.add(completed(second))
    usage.add(completed(3, key))
    usage.add(completed(4, key))
    assert len(usage) == 0
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await usage.close()

    assert [(one.api_key_id, one.created_at, one.repeats, one.response_time_ms) for one in written] == [
        (None, NOON + timedelta(seconds=1), 3, 6),
        (None, NOON + timedelta(seconds=61), 1, 2),
        (key, NOON + timedelta(seconds=3), 2, 4),
    ]


async def test_completions_are_written_when_their_minute_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_log, "SUM_SECONDS", 0)
    rows = Rows()
    rows.gate.set()
    usage = UsageLog(rows.write, gather_seconds=0)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(completed(1))
        await rows.tried.wait()
        await usage.close()

    assert rows.flat() == [0]


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
