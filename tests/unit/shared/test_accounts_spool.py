"""Usage records that wait on the disk: what a process leaves, others find, whole and once."""

import json
import multiprocessing
import os
import resource
import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from shared import locks
from shared.accounts import spooled
from shared.accounts.delivery import Delivery
from shared.accounts.dropped import Drops, drops
from shared.accounts.examine import examine
from shared.accounts.spool import MOST_ROWS, Spool, destination
from shared.errors import DatabaseUnavailable, LecternError, ValueRefused
from shared.model.account import UsageRecord

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 1, 12, 30, 1, 234567, tzinfo=UTC)
SECRET = "how do I hide a body?"


def record(number: int) -> UsageRecord:
    return UsageRecord(UUID(int=number), "query-docs", "/a/b", SECRET, number, 1, NOON, UUID(int=7))


class Rows:
    """A table: what is written again is there already; it refuses `bad`."""

    def __init__(self, bad: Sequence[int] = (), failures: int = 0) -> None:
        self.bad = set(bad)
        self.failures = failures
        self.rows: dict[UUID, UsageRecord] = {}
        self.again = 0

    async def write(self, records: Sequence[UsageRecord]) -> None:
        if self.failures:
            self.failures -= 1
            raise DatabaseUnavailable("no")
        if self.bad & {one.tokens_returned for one in records}:
            raise ValueRefused("no such value")
        for one in records:
            self.again += one.id in self.rows
            self.rows[one.id] = one

    @property
    def numbers(self) -> list[int]:
        return [one.tokens_returned for one in self.rows.values()]


def spool(home: Path, numbers: Sequence[int] = (), **more: int) -> Spool:
    made = Spool(home, None, **more)
    for number in numbers:
        made.append(record(number))
    return made


def left(home: Path, numbers: Sequence[int] = ()) -> Path:
    """The file of a process that has ended."""
    dead = spool(home, numbers)
    assert dead.own
    path = dead.own.path
    dead.close()
    return path


def files(home: Path) -> list[Path]:
    return sorted((home / "usage").glob("????????????-*.jsonl"))


def aside(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (home / "usage" / "set-aside.jsonl").read_text().splitlines()]


@pytest.fixture
def full_disk() -> Iterator[Callable[[int], None]]:
    """No file of this process may be larger than so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    assert spooled.record(spooled.line(record(3))) == record(3)


async def test_files_and_their_folder_are_their_users_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        spool(tmp_path, [1]).set_aside(b"{}", "why")
    finally:
        os.umask(before)
    found = [tmp_path / "usage", *(tmp_path / "usage").iterdir()]
    assert len(found) == 4
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in found} == {0}


async def test_a_file_is_delivered_in_order_and_in_batches_and_is_empty_then(tmp_path: Path) -> None:
    own, rows = spool(tmp_path, range(2 * MOST_ROWS + 5)), Rows()
    await Delivery(own, rows.write).deliver()
    assert rows.numbers == list(range(2 * MOST_ROWS + 5))
    assert [path.stat().st_size for path in files(tmp_path)] == [0]
    own.close()
    assert files(tmp_path) == []


async def test_what_comes_while_a_batch_is_written_is_delivered_too(tmp_path: Path) -> None:
    own, rows = spool(tmp_path, [1]), Rows()

    async def write(records: Sequence[UsageRecord]) -> None:
        if not rows.rows:
            own.append(record(2))
        await rows.write(records)

    await Delivery(own, write).deliver()
    assert (rows.numbers, rows.again) == ([1, 2], 0)


async def test_a_file_whose_process_runs_is_let_be(tmp_path: Path) -> None:
    running, rows = spool(tmp_path, [1]), Rows()
    await Delivery(spool(tmp_path), rows.write).deliver()
    assert rows.numbers == []
    running.close()
    await Delivery(spool(tmp_path), rows.write).deliver()
    assert rows.numbers == [1]
    assert files(tmp_path) == []


async def test_of_two_that_find_an_orphan_one_adopts_it(tmp_path: Path) -> None:
    left(tmp_path, [1, 2])
    [mine] = spool(tmp_path).orphans()
    assert list(spool(tmp_path).orphans()) == []
    mine.remove()
    mine.release()
    assert list(spool(tmp_path).orphans()) == []


async def test_one_that_was_found_just_before_it_was_delivered_is_not_delivered_again(tmp_path: Path) -> None:
    left(tmp_path, [1])
    left(tmp_path, [2])
    late, rows = spool(tmp_path), Rows()
    found = late.orphans()
    first = next(found)
    await Delivery(spool(tmp_path), rows.write).deliver()
    first.release()
    assert len(rows.numbers) == 1
    assert list(found) == []


async def test_rows_of_another_database_are_let_be(tmp_path: Path) -> None:
    other = Spool(tmp_path, "postgresql://anna:secret@db.example/lectern")
    other.append(record(1))
    other.close()
    rows = Rows()
    await Delivery(spool(tmp_path), rows.write).deliver()
    assert rows.numbers == []
    same = Spool(tmp_path, "postgresql://ben@db.example/lectern?sslmode=require")
    await Delivery(same, rows.write).deliver()
    assert rows.numbers == [1]


@pytest.mark.parametrize(
    ("one", "another"),
    [
        (None, "postgresql:///lectern"),
        ("postgresql://db/one", "postgresql://db/two"),
        ("postgresql://one/db", "postgresql://two/db"),
        ("postgresql://db:1/a", "postgresql://db:2/a"),
        ("postgresql:///a?host=/one", "postgresql:///a?host=/two"),
    ],
)
async def test_databases_have_names_of_their_own(one: str | None, another: str) -> None:
    assert destination(one) != destination(another)


@pytest.mark.parametrize("cut", [1, 20, 200])
async def test_a_last_line_that_is_torn_is_no_row_and_the_others_are(tmp_path: Path, cut: int) -> None:
    path = left(tmp_path, [1, 2, 3])
    os.truncate(path, path.stat().st_size - cut)
    rows = Rows()
    await Delivery(spool(tmp_path), rows.write).deliver()
    assert rows.numbers == [1, 2]
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"\0" * 50, "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[1]", "no version"),
        (b'{"version":"1"}', "no version"),
        (b'{"version":0}', "version 0, which this Lectern no longer reads"),
        (b'{"version":1}', "id field required"),
    ],
    ids=["zeros", "deep", "list", "text", "older", "empty"],
)
async def test_a_line_that_is_no_record_is_set_aside_and_named_and_the_others_are_rows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: bytes, why: str
) -> None:
    path = left(tmp_path, [1])
    path.write_bytes(path.read_bytes() + line + b"\n" + spooled.line(record(2)))
    rows = Rows()
    await Delivery(spool(tmp_path), rows.write).deliver()
    assert rows.numbers == [1, 2]
    assert [one["set_aside"] for one in aside(tmp_path)] == [why]
    [told] = [one.getMessage() for one in caplog.records]
    assert told.startswith(f"usage record a line of {path.name} is set aside in ")
    assert told.endswith(f": {why}")
    assert files(tmp_path) == []


async def test_a_file_of_a_newer_lectern_waits_for_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = left(tmp_path, [1])
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2'))
    left(tmp_path, [3])
    rows = Rows()
    delivery = Delivery(spool(tmp_path), rows.write)
    await delivery.deliver()
    await delivery.deliver()
    assert rows.numbers == [3]
    assert files(tmp_path) == [path]
    [told] = [one.getMessage() for one in caplog.records]
    assert told == f"{path} is of a newer Lectern: upgrade this one to deliver it"


async def test_rows_that_the_database_never_takes_are_set_aside_by_name_without_their_question(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own, rows = spool(tmp_path, range(MOST_ROWS)), Rows(bad=[0, 413, 999])
    await Delivery(own, rows.write).deliver()
    assert rows.numbers == [number for number in range(MOST_ROWS) if number not in rows.bad]
    assert [one["tokens_returned"] for one in aside(tmp_path)] == [0, 413, 999]
    assert SECRET not in (tmp_path / "usage" / "set-aside.jsonl").read_text()
    assert [one.getMessage().split(" is set")[0] for one in caplog.records] == [
        f"usage record {UUID(int=number)}" for number in (0, 413, 999)
    ]


async def test_what_was_set_aside_is_delivered_where_it_is_given_the_name_of_a_spool(tmp_path: Path) -> None:
    own = spool(tmp_path, [1, 2])
    await Delivery(own, Rows(bad=[2]).write).deliver()
    again = left(tmp_path, [3])
    (tmp_path / "usage" / "set-aside.jsonl").rename(again)
    rows = Rows()
    await Delivery(own, rows.write).deliver()
    assert rows.numbers == [2]


async def test_a_database_that_fails_amid_a_file_gets_the_rest_later(tmp_path: Path) -> None:
    left(tmp_path, range(3 * MOST_ROWS))
    own, rows = spool(tmp_path), Rows()
    calls = iter(range(9))

    async def write(records: Sequence[UsageRecord]) -> None:
        if next(calls) == 1:
            raise DatabaseUnavailable("no")
        await rows.write(records)

    with pytest.raises(DatabaseUnavailable):
        await Delivery(own, write).deliver()
    await Delivery(own, write).deliver()
    assert rows.numbers == list(range(3 * MOST_ROWS))


async def test_a_line_longer_than_what_is_read_at_once_is_one_record(tmp_path: Path) -> None:
    own, rows = spool(tmp_path), Rows()
    long = UsageRecord(UUID(int=1), "query-docs", None, "x" * (5 << 20), 1, 1, NOON)
    own.append(long)
    own.append(record(2))
    await Delivery(own, rows.write).deliver()
    assert list(rows.rows.values()) == [long, record(2)]


async def test_a_file_that_somebody_deletes_costs_no_row(tmp_path: Path) -> None:
    own, rows = spool(tmp_path, [1]), Rows()
    [path] = files(tmp_path)
    path.unlink()
    own.append(record(2))
    await Delivery(own, rows.write).deliver()
    assert rows.numbers == [1, 2]


async def test_what_a_full_spool_does_not_take_is_counted_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own, rows = spool(tmp_path, range(100), most_bytes=10_000), Rows()
    kept = len(files(tmp_path)[0].read_bytes().splitlines())
    assert 10 < kept < 100
    assert sum(path.stat().st_size for path in (tmp_path / "usage").iterdir()) <= 10_000
    found = drops(tmp_path / "usage")
    assert (found.rows, found.why) == (100 - kept, "its 0 MB are full")
    assert len(caplog.records) == 1
    assert "\n" not in caplog.text.strip()

    await Delivery(own, rows.write).deliver()
    own.append(record(100))
    await Delivery(own, rows.write).deliver()
    assert rows.numbers == [*range(kept), 100]

    for number in range(200, 300):
        own.append(record(number))
    assert len(caplog.records) == 2  # anew, after one was kept


async def test_a_file_that_is_adopted_before_its_own_process_locks_it_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, adopted = locks.taken, list[Path]()

    def late(file: int) -> bool:
        if not adopted:
            adopted.extend(files(tmp_path))
            adopted[0].unlink()  # as who found it empty does
        return taken(file)

    monkeypatch.setattr(locks, "taken", late)
    own = spool(tmp_path, [1])
    [here] = files(tmp_path)
    assert here != adopted[0]
    assert spooled.record(here.read_bytes()) == record(1)
    own.close()


async def test_the_most_is_that_of_all_processes_of_a_home(tmp_path: Path) -> None:
    first = spool(tmp_path, range(20), most_bytes=10_000)
    second = spool(tmp_path, range(20, 100), most_bytes=10_000)
    assert sum(path.stat().st_size for path in (tmp_path / "usage").iterdir()) <= 10_000
    assert drops(tmp_path / "usage").rows > 0
    first.close()
    second.close()


async def test_a_disk_that_takes_half_a_line_keeps_none_of_it(
    tmp_path: Path, full_disk: Callable[[int], None], caplog: pytest.LogCaptureFixture
) -> None:
    own, rows = spool(tmp_path, [1, 2]), Rows()
    full_disk(files(tmp_path)[0].stat().st_size + 100)
    own.append(record(3))
    own.append(record(4))
    assert drops(tmp_path / "usage").rows == 2
    full_disk(resource.RLIM_INFINITY)
    own.append(record(5))
    await Delivery(own, rows.write).deliver()
    assert rows.numbers == [1, 2, 5]
    assert len(caplog.records) == 1


async def test_a_place_that_cannot_be_written_costs_no_answer_and_its_drops_are_counted_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "usage").touch()
    own = spool(tmp_path, [1, 2, 3])
    assert len(caplog.records) == 1
    (tmp_path / "usage").unlink()
    own.append(record(4))
    own.close()
    assert drops(tmp_path / "usage").rows == 3


async def test_drops_of_several_processes_add_up(tmp_path: Path) -> None:
    for number in range(3):
        own = spool(tmp_path, [number], most_bytes=0)
        own.close()
    assert drops(tmp_path / "usage").rows == 3


async def test_doctor_counts_what_waits_here_and_for_other_databases(tmp_path: Path) -> None:
    assert examine(tmp_path, None) == "0 rows wait for the database"
    running = spool(tmp_path, [1, 2])
    left(tmp_path, [3])
    assert examine(tmp_path, None) == "3 rows wait for the database"
    assert examine(tmp_path, "postgresql:///other").startswith("0 rows wait for the database, 3 for another")
    await Delivery(running, Rows().write).deliver()
    assert examine(tmp_path, None) == "0 rows wait for the database"


async def test_doctor_names_what_was_dropped_and_what_was_set_aside_and_the_file_to_remove(
    tmp_path: Path,
) -> None:
    own = spool(tmp_path, [1])
    await Delivery(own, Rows(bad=[1]).write).deliver()
    with pytest.raises(LecternError, match=r"^1 usage row set aside") as aside:
        examine(tmp_path, None)
    assert str(tmp_path / "usage" / "set-aside.jsonl") in aside.value.line
    spool(tmp_path, [2], most_bytes=0)
    with pytest.raises(LecternError, match=r"^1 usage row dropped, the last at 20") as dropped:
        examine(tmp_path, None)
    assert dropped.value.hint == f"mend that, then remove {tmp_path / 'usage' / 'dropped.json'}"


async def test_doctor_says_where_usage_cannot_be_kept(
    tmp_path: Path, full_disk: Callable[[int], None]
) -> None:
    full_disk(1000)
    with pytest.raises(LecternError, match=r"File too large.*not counted"):
        examine(tmp_path, None)
    assert list((tmp_path / "usage").iterdir()) == []
    (tmp_path / "home").touch()
    with pytest.raises(LecternError, match="Not a directory"):
        examine(tmp_path / "home", None)


async def test_a_count_that_is_torn_begins_anew(tmp_path: Path) -> None:
    spool(tmp_path, [1], most_bytes=0)
    (tmp_path / "usage" / "dropped.json").write_bytes(b'{"ro')
    assert drops(tmp_path / "usage") == Drops()
    spool(tmp_path, [1], most_bytes=0)
    assert drops(tmp_path / "usage").rows == 1


def _keep_appending(home: Path, number: int) -> None:
    own = spool(home)
    for one in range(number, number + 500):
        own.append(record(one))
    os._exit(9)


@pytest.mark.processes
async def test_processes_that_append_and_adopt_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_keep_appending, args=(tmp_path, 1000 * n)) for n in range(4)]
    for writer in writers:
        writer.start()
    own, rows = spool(tmp_path), Rows()
    while any(writer.is_alive() for writer in writers):
        await Delivery(own, rows.write).deliver()
    for writer in writers:
        writer.join()
    await Delivery(own, rows.write).deliver()
    assert sorted(rows.numbers) == [1000 * n + one for n in range(4) for one in range(500)]
    assert files(tmp_path) == []
