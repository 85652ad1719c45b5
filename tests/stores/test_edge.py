"""What is particular to embedded vectors: files that are damaged, builders that are killed, shards that stay open."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from qdrant_edge import EdgeShard

from shared.errors import IndexMissing, VectorsUnavailable
from shared.stores.vectors.edge import EdgeVectors
from shared.stores.vectors.port import Point
from tests.stores.vector_data import OWNER, Corpus, corpus, keeping, question

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]

BUILDER = """
import asyncio, sys
from pathlib import Path
from uuid import UUID
from shared.stores.vectors.edge import EdgeVectors
from tests.stores.vector_data import corpus

async def batches(index):
    yield index.points
    print("half", flush=True)
    await asyncio.to_thread(sys.stdin.read)

async def main():
    index = corpus(UUID(sys.argv[2]), 300, name=sys.argv[3])
    await EdgeVectors(Path(sys.argv[1])).build(index.spec, batches(index))

asyncio.run(main())
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.fixture
async def store(root: Path) -> AsyncIterator[EdgeVectors]:
    opened = EdgeVectors(root)
    yield opened
    await opened.close()


async def built(store: EdgeVectors, size: int = 100) -> Corpus:
    index = corpus(uuid4(), size)
    await store.build(index.spec, index.batches())
    return index


async def found(store: EdgeVectors, index: Corpus) -> int:
    return len(await store.nearest(index.ref, question()[0], 10))


def folders(root: Path) -> list[str]:
    return [path.name for path in root.iterdir() if path.is_dir()]


def threads() -> int:
    """Threads of this process; 0 where there is no way to count those of the engine."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else 0


def contents(root: Path) -> dict[Path, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path: sha256(path.read_bytes()).hexdigest() for path in files}


async def test_a_reader_that_has_a_shard_open_goes_on_after_it_is_dropped(
    store: EdgeVectors, root: Path
) -> None:
    index, reader = await built(store), EdgeVectors(root)
    assert await found(reader, index) == 10
    await store.drop(index.ref)
    assert await found(reader, index) == 10
    with pytest.raises(IndexMissing):
        await found(EdgeVectors(root), index)
    await reader.close()


async def test_opening_and_searching_changes_no_file(store: EdgeVectors, root: Path) -> None:
    index = await built(store, 500)
    before = contents(root)
    for _ in range(20):
        reader = EdgeVectors(root)
        assert await found(reader, index) == 10
        await reader.close()
    assert contents(root) == before


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _scramble(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


@pytest.mark.parametrize(
    ("damage", "files"),
    [
        (damage, files)
        for damage in (_truncate, Path.unlink, _scramble)
        for files in ("manifest.json", "matrix.dat", "id_tracker.*", "segment.json")
        if (damage, files) != (_scramble, "matrix.dat")  # other numbers of the same size are vectors too
    ],
)
async def test_a_damaged_shard_is_missing_and_says_how_to_get_it(
    store: EdgeVectors, root: Path, damage: Callable[[Path], None], files: str
) -> None:
    index = await built(store)
    for path in (root / index.spec.name).rglob(files):
        damage(path)
    with pytest.raises(IndexMissing, match="the index of /org/project latest is damaged") as caught:
        await found(store, index)
    assert caught.value.hint == "set LECTERN_QDRANT_URL or run `ingest reindex /org/project`"


TROUBLES = [
    (MemoryError(), "Cannot allocate memory", "free some memory"),
    (Exception("no segment: Cannot allocate memory (os error 12)"), "Cannot allocate memory", "free some memory"),
    (RuntimeError("Os { code: 11, kind: WouldBlock, message: ... }"), "temporarily unavailable", "free some memory"),
    (Exception("IO Error: Too many open files (os error 24)"), "Too many open files", "ulimit -n"),
    (OSError(28, "No space left on device"), r"No space left on device \(.* MB free\)", "free some space"),
    (Exception("Failed to open mmap: Permission denied (os error 13)"), "Permission denied", "make it yours"),
    (Exception("read failed: Input/output error (os error 5)"), "Input/output error", "look after the disk"),
]  # fmt: skip


@pytest.mark.parametrize(("raised", "told", "hint"), TROUBLES, ids=[row[1] for row in TROUBLES])
async def test_what_the_machine_lacks_is_not_taken_for_damage(
    store: EdgeVectors, monkeypatch: pytest.MonkeyPatch, raised: Exception, told: str, hint: str
) -> None:
    def fail(*_: object) -> None:
        raise raised

    index = await built(store)
    for step in ("load", "query"):
        with monkeypatch.context() as patch:
            patch.setattr(EdgeShard, step, fail)
            with pytest.raises(VectorsUnavailable, match=f"cannot be used: .*{told}") as caught:
                await found(store, index)
        assert hint in caught.value.hint


async def test_an_index_that_cannot_be_opened_for_want_of_files_opens_later(
    store: EdgeVectors, root: Path
) -> None:
    index = await built(store)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reader = EdgeVectors(root)
    await found(reader, index)  # whatever the loop and its threads open
    await reader.close()
    kept = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
        with suppress(OSError):
            while True:
                kept.append(os.open(os.devnull, os.O_RDONLY))
        os.close(kept.pop())  # one is left, for the lock
        with pytest.raises(VectorsUnavailable, match="Too many open files"):
            await found(reader, index)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in kept:
            os.close(descriptor)
    assert await found(reader, index) == 10
    await reader.close()


async def test_a_query_of_another_dimension_is_refused(store: EdgeVectors) -> None:
    index = await built(store)
    with pytest.raises(IndexMissing, match="expected dim: 384, got 3"):
        await store.nearest(index.ref, [1.0, 2.0, 3.0], 10)


async def test_only_so_many_shards_stay_open(root: Path) -> None:
    store = EdgeVectors(root, open_limit=2)
    everyone = threading.Barrier(
        min(32, (os.cpu_count() or 1) + 4)
    )  # Python's own workers: all are there from now on
    await asyncio.gather(*(asyncio.to_thread(everyone.wait) for _ in range(everyone.parties)))
    indexes = [await built(store, 20) for _ in range(3)]
    for index in indexes:
        assert await found(store, index) == 10
    before = threads()
    for index in indexes * 4:
        assert await found(store, index) == 10
    assert threads() <= before + 1
    await store.close()


async def test_many_searches_at_once_open_each_shard_once_and_answer_alike(root: Path) -> None:
    store = EdgeVectors(root, open_limit=1)
    first, second = await built(store), await built(store)
    answers = await asyncio.gather(*(found(store, index) for _ in range(20) for index in (first, second)))
    assert set(answers) == {10}
    await store.close()


@pytest.fixture
def building(root: Path) -> Iterator[Callable[[], "Builder"]]:
    started: list[Builder] = []

    def start() -> Builder:
        started.append(Builder(root))
        return started[-1]

    yield start
    for builder in started:
        builder.kill()


class Builder:
    """A process that has sent all points of an index and waits for its input to end."""

    def __init__(self, root: Path) -> None:
        self.generation: UUID = uuid4()
        self.index = corpus(self.generation, 300)
        program = [sys.executable, "-c", BUILDER, str(root), str(self.generation), self.index.spec.name]
        self._process = subprocess.Popen(
            program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "half\n"

    def finish(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        assert self._process.wait(timeout=60) == 0

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()


async def test_what_another_live_process_builds_is_not_swept(
    store: EdgeVectors, building: Callable[[], Builder]
) -> None:
    builder = building()
    assert await store.sweep(OWNER, keeping()) == 0
    builder.finish()
    assert await found(store, builder.index) == 10
    assert await store.sweep(OWNER, keeping(builder.index.spec.name)) == 0
    assert await store.sweep(OWNER, keeping()) == 1


async def test_what_a_killed_process_built_is_never_served_and_swept(
    store: EdgeVectors, root: Path, building: Callable[[], Builder]
) -> None:
    builder = building()
    assert folders(root)
    builder.kill()
    with pytest.raises(IndexMissing):
        await found(store, builder.index)
    deadline = time.monotonic() + 30  # its writer, which holds the claim too, dies a moment after it
    while not await store.sweep(OWNER, keeping(builder.index.spec.name)):
        assert time.monotonic() < deadline
    assert folders(root) == []


async def test_a_build_that_is_cancelled_leaves_nothing(store: EdgeVectors, root: Path) -> None:
    index, reached = corpus(uuid4(), 300), asyncio.Event()

    async def batches() -> AsyncIterator[Sequence[Point]]:
        yield index.points
        reached.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(store.build(index.spec, batches()))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert folders(root) == []


async def test_a_vector_of_the_wrong_size_fails_the_build_in_one_sentence(
    store: EdgeVectors, root: Path
) -> None:
    index = corpus(uuid4(), 50, dimension=8)
    with pytest.raises(VectorsUnavailable, match="expected dim: 384, got 8") as caught:
        await store.build(corpus(uuid4(), 0).spec, index.batches())
    assert "\n" not in caught.value.line
    assert folders(root) == []


async def test_a_root_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store, index = EdgeVectors(tmp_path / "file" / "vectors"), corpus(uuid4(), 1)
    with pytest.raises(VectorsUnavailable, match="cannot be used: Not a directory"):
        await store.build(index.spec, index.batches())
    with pytest.raises(VectorsUnavailable, match="cannot be used"):
        await store.check()
    with pytest.raises(IndexMissing):
        await found(store, index)


async def test_a_name_that_is_no_shard_touches_nothing_outside(store: EdgeVectors, root: Path) -> None:
    kept = await built(store, 20)
    for name in ("", ".", "..", "../vectors"):
        await store.drop(type(kept.ref)(name, kept.spec.generation, "/a/b", "1", "m", 384))
    assert await found(store, kept) == 10
