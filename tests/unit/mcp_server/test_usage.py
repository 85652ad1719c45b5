from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import anyio
import anyio.lowlevel
import pytest

from mcp_server import usage as usage_log
from mcp_server.usage import UsageLog
from shared.accounts import delivery
from shared.accounts.spool import Spool
from shared.errors import DatabaseUnavailable, ValueRefused
from shared.model.account import Outcome, Refusal, UsageRecord

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def record(number: int) -> UsageRecord:
    return UsageRecord(UUID(int=number), "query-docs", "/a/b", None, number, 1, NOON)


def completed(second: int, key: UUID | None = None) -> UsageRecord:
    begun = NOON + timedelta(seconds=second)
    return UsageRecord(uuid4(), "completion/complete", None, None, 0, 2, begun, key)


def refused(seconds: float, by: Refusal, key: UUID | None = None) -> UsageRecord:
    begun = NOON + timedelta(seconds=seconds)
    return UsageRecord(uuid4(), "query-docs", None, None, 0, 0, begun, key, outcome="refused", refused_by=by)


class Rows:
    """What was written, batch by batch; it fails as often as `failures` says, waits for `gate`, refuses `bad`."""

    def __init__(self, failures: int = 0, bad: frozenset[int] = frozenset()) -> None:
        self.bad = bad
        self.batches: list[list[UsageRecord]] = []
        self.failures = failures
        self.gate = anyio.Event()
        self.tried = anyio.Event()

    async def write(self, records: Sequence[UsageRecord]) -> None:
        self.tried.set()
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise DatabaseUnavailable("no")
        if bad := [one for one in records if one.tokens_returned in self.bad]:
            raise ValueRefused(f"no {len(bad)}")
        self.batches.append(list(records))

    @property
    def numbers(self) -> list[list[int]]:
        return [[one.tokens_returned for one in batch] for batch in self.batches]

    @property
    def all(self) -> list[UsageRecord]:
        return [one for batch in self.batches for one in batch]


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def make(tmp_path: Path) -> Callable[[Rows], UsageLog]:
    return lambda rows: UsageLog(Spool(tmp_path, None), rows.write, gather_seconds=0)


def files(place: Path) -> list[str]:
    return sorted(path.name for path in (place / "usage").iterdir() if path.name != "dropped.json")


async def test_a_record_is_on_the_disk_before_anything_else_happens(
    make: Callable[[Rows], UsageLog], rows: Rows, tmp_path: Path
) -> None:
    usage = make(rows)
    usage.add(record(1))
    [name] = files(tmp_path)
    assert str(UUID(int=1)) in (tmp_path / "usage" / name).read_text()


async def test_what_comes_during_a_write_is_the_next_batch(
    make: Callable[[Rows], UsageLog], rows: Rows
) -> None:
    usage = make(rows)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(record(1))
        await rows.tried.wait()
        usage.add(record(2))
        usage.add(record(3))
        rows.gate.set()
        await usage.close()

    assert rows.numbers == [[1], [2, 3]]


async def test_closing_delivers_what_waits_and_leaves_no_file(
    make: Callable[[Rows], UsageLog], rows: Rows, tmp_path: Path
) -> None:
    rows.gate.set()
    usage = make(rows)
    usage.add(record(1))
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await usage.close()
    usage.spool.close()

    assert rows.numbers == [[1]]
    assert files(tmp_path) == []


async def test_a_database_that_fails_is_told_once_and_what_it_did_not_take_is_the_next_processes(
    make: Callable[[Rows], UsageLog], caplog: pytest.LogCaptureFixture
) -> None:
    down, up = Rows(failures=9), Rows()
    down.gate.set()
    up.gate.set()
    usage = make(down)
    usage.add(record(1))
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await down.tried.wait()
        usage.add(record(2))
        await usage.close()
    usage.spool.close()
    after = make(up)
    after.deliver()
    async with anyio.create_task_group() as background:
        background.start_soon(after.run)
        await after.close()

    assert [one.message for one in caplog.records] == ["usage waits on this disk for now: no"]
    assert up.numbers == [[1, 2]]


async def test_a_hung_database_holds_up_the_end_for_a_bounded_time(
    make: Callable[[Rows], UsageLog], rows: Rows
) -> None:
    usage = make(rows)
    usage.add(record(1))
    with anyio.fail_after(5):
        async with anyio.create_task_group() as background:
            background.start_soon(usage.run)
            await usage.close()
            background.cancel_scope.cancel()

    assert rows.batches == []


async def test_a_write_that_hangs_is_given_up_and_repeated(
    make: Callable[[Rows], UsageLog], rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "WRITE_SECONDS", 0.01)
    monkeypatch.setattr(usage_log, "PAUSE_SECONDS", 0)
    usage = make(rows)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(record(1))
        await rows.tried.wait()
        rows.tried = anyio.Event()
        await rows.tried.wait()
        rows.gate.set()
        await usage.close()

    assert rows.numbers == [[1]]


async def test_completions_are_one_record_a_minute_for_each_key(
    make: Callable[[Rows], UsageLog], rows: Rows, tmp_path: Path
) -> None:
    rows.gate.set()
    usage = make(rows)
    key = uuid4()
    for second in (1, 2, 59, 61):
        usage.add(completed(second))
    usage.add(completed(3, key))
    usage.add(completed(4, key))
    assert not (tmp_path / "usage").exists()
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await usage.close()

    assert [(one.api_key_id, one.created_at, one.repeats, one.response_time_ms) for one in rows.all] == [
        (None, NOON + timedelta(seconds=1), 3, 6),
        (None, NOON + timedelta(seconds=61), 1, 2),
        (key, NOON + timedelta(seconds=3), 2, 4),
    ]


async def test_completions_of_a_library_that_may_not_be_read_are_apart_and_keep_its_name(
    make: Callable[[Rows], UsageLog], rows: Rows
) -> None:
    rows.gate.set()
    usage = make(rows)
    for library in (None, "/acme/handbook", "/acme/handbook", "/acme/payroll"):
        outcome: Outcome = "missed" if library else "answered"
        usage.add(
            replace(
                completed(1), library_id=library, outcome=outcome, refused_by="library" if library else None
            )
        )
    usage.add(replace(completed(1), outcome="missed"))
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await usage.close()

    assert [(one.library_id, one.outcome, one.refused_by, one.repeats) for one in rows.all] == [
        (None, "answered", None, 1),
        ("/acme/handbook", "missed", "library", 2),
        ("/acme/payroll", "missed", "library", 1),
        (None, "missed", None, 1),
    ]


async def test_refusals_are_one_record_a_second_for_each_key_and_reason(
    make: Callable[[Rows], UsageLog], rows: Rows
) -> None:
    rows.gate.set()
    usage = make(rows)
    key = uuid4()
    for seconds in (0.1, 0.2, 0.9, 1.1):
        usage.add(refused(seconds, "minute", key))
    usage.add(refused(0.5, "day", key))
    usage.add(refused(0.5, "key"))
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await usage.close()

    assert [(one.api_key_id, one.refused_by, one.repeats) for one in rows.all] == [
        (key, "minute", 3),
        (key, "minute", 1),
        (key, "day", 1),
        (None, "key", 1),
    ]


async def test_a_library_that_may_not_be_read_is_a_record_for_each_call(
    make: Callable[[Rows], UsageLog], rows: Rows
) -> None:
    rows.gate.set()
    usage = make(rows)
    for number in range(3):
        usage.add(replace(record(number), outcome="missed", refused_by="library"))
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        await usage.close()

    assert len(rows.all) == 3


@pytest.mark.parametrize("second", [-3600, 0, 86_400 * 40_000])
async def test_a_clock_that_jumps_ends_no_sum_too_late(
    make: Callable[[Rows], UsageLog], rows: Rows, monkeypatch: pytest.MonkeyPatch, second: int
) -> None:
    monkeypatch.setattr(usage_log, "MINUTE_SECONDS", 0)
    rows.gate.set()
    usage = make(rows)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(completed(0))
        usage.add(completed(second))
        await rows.tried.wait()
        await usage.close()

    assert sum(one.repeats for one in rows.all) == 2


async def test_records_of_one_moment_are_one_batch(tmp_path: Path, rows: Rows) -> None:
    rows.gate.set()
    usage = UsageLog(Spool(tmp_path, None), rows.write, gather_seconds=60)
    async with anyio.create_task_group() as background:
        background.start_soon(usage.run)
        usage.add(record(1))
        await anyio.lowlevel.checkpoint()
        usage.add(record(2))
        await usage.close()

    assert rows.numbers == [[1, 2]]
