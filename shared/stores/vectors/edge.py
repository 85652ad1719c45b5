"""Vectors in the Qdrant engine inside this process: an immutable shard an index, shared by many processes.

    root/lock              held while a shard is opened, published or removed, by one process at a time
    root/<index name>/     a published shard (see shard.py)
    root/.building-<pid>-  being written; the builder's lock on it is freed by its death
    root/.dropped-         being removed

PostgreSQL's pointer says which shard is served; here is only where it lies.
"""

import asyncio
import errno
import os
import re
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import IO, Literal
from uuid import UUID

from qdrant_edge import EdgeShard, QueryRequest

from shared.counted import counted
from shared.disk import space_left
from shared.errors import IndexMissing, VectorsUnavailable
from shared.locks import is_held, take
from shared.model.document import SparseVector
from shared.stores.vectors import shard as shards
from shared.stores.vectors.port import (
    OVERSAMPLING,
    IndexRef,
    Keep,
    Point,
    Ranking,
    is_owned,
    ranking,
    reach,
)
from shared.stores.vectors.writer import write

_BUILDING = ".building-"
_DROPPED = ".dropped-"
_LOCK = "lock"


class EdgeVectors:
    """The embedded VectorStore. Of the open shards the `open_limit` that were searched last stay open."""

    backend: Literal["edge", "server"] = "edge"

    def __init__(self, root: Path, open_limit: int = 64) -> None:
        self._root = root
        self._open_limit = open_limit
        self._open: OrderedDict[str, EdgeShard] = OrderedDict()
        self._looking = Lock()
        self._opening = Lock()
        self._last_build: IO[bytes] | None = None

    async def build(self, index: IndexRef, batches: AsyncIterable[Sequence[Point]]) -> None:
        directory, claim = await asyncio.to_thread(self._begin)
        try:
            await write(directory, claim, index, batches)
            await asyncio.to_thread(self._publish, directory, index.name)
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            claim.close()
            raise
        # kept until the next build: a sweep that began before this one's name was written down spares it
        self._release_last_build()
        self._last_build = claim

    async def nearest(self, index: IndexRef, vector: Sequence[float], limit: int) -> Ranking:
        query = shards.nearest(vector, reach(limit), OVERSAMPLING)
        return await asyncio.to_thread(self._ranked, index, query, limit)

    async def matching(self, index: IndexRef, terms: SparseVector, limit: int) -> Ranking:
        if not terms.indices:
            return ()
        query = shards.matching(terms.indices, terms.values, reach(limit))
        return await asyncio.to_thread(self._ranked, index, query, limit)

    async def rankings(
        self, index: IndexRef, vector: Sequence[float], terms: SparseVector, limit: int
    ) -> tuple[Ranking, Ranking]:
        by_meaning, by_terms = self.nearest(index, vector, limit), self.matching(index, terms, limit)
        dense, sparse = await asyncio.gather(by_meaning, by_terms)
        return dense, sparse

    async def drop(self, index: IndexRef) -> None:
        if self._root.is_dir():
            await asyncio.to_thread(self._remove, index.name)

    async def sweep(self, owner: UUID, keep: Keep) -> int:
        """As the port says; what a live process builds, or has built last, is spared in any case."""
        if not self._root.is_dir():
            return 0
        there = await asyncio.to_thread(self._there)
        doomed = {name for name in there if is_owned(name, owner)} - await keep()
        return await asyncio.to_thread(self._sweep, doomed)

    async def check(self) -> str:
        with _usable(self._root):
            self._make_root()
            there = sum(not path.name.startswith(".") for path in self._root.iterdir() if path.is_dir())
        return f"Qdrant Edge {version('qdrant-edge-py')} in {self._root}, {counted(there, 'index')}"

    async def close(self) -> None:
        with self._looking:
            self._open.clear()
        self._release_last_build()

    def _begin(self) -> tuple[Path, IO[bytes]]:
        """A directory to build in, and the open file whose lock says that its builder lives."""
        with _usable(self._root):
            self._make_root()
            with self._alone():
                directory = Path(tempfile.mkdtemp(prefix=f"{_BUILDING}{os.getpid()}-", dir=self._root))
                claim = (directory / _LOCK).open("wb")
                take(claim)
        return directory, claim

    def _make_root(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)

    def _publish(self, directory: Path, name: str) -> None:
        """Give it its name. A shard that has it already was left by a killed build that is done again."""
        with _usable(self._root):
            self._remove(name)
            with self._alone():
                directory.rename(self._root / name)
                shards.sync(self._root)

    def _remove(self, name: str) -> None:
        if not re.fullmatch(r"[\w-]+", name):
            return
        with _usable(self._root), self._alone():
            hidden = self._hide([self._root / name])
        _delete(hidden)

    def _hide(self, doomed: Sequence[Path]) -> list[Path]:
        """Out of sight at once; whoever has one open keeps its pages."""
        return [
            path.rename(tempfile.mkdtemp(prefix=_DROPPED, dir=self._root)) for path in doomed if path.is_dir()
        ]

    def _there(self) -> list[str]:
        with _usable(self._root):
            return [path.name for path in self._root.iterdir() if path.is_dir()]

    def _sweep(self, doomed: set[str]) -> int:
        with _usable(self._root), self._alone():
            there = [path for path in self._root.iterdir() if path.is_dir()]
            dropped = [path for path in there if path.name.startswith(_DROPPED)]
            left = [path for path in there if path.name in doomed or path.name.startswith(_BUILDING)]
            hidden = self._hide([path for path in left if not is_held(path / _LOCK)])
        _delete([*dropped, *hidden])
        return len(hidden)

    def _ranked(self, index: IndexRef, query: QueryRequest, limit: int) -> Ranking:
        try:
            with _usable(self._root):
                return ranking(shards.scored(self._shard(index), query), limit)
        except shards.Damaged as error:
            raise _missing(index, f"is damaged ({error})") from error

    def _shard(self, index: IndexRef) -> EdgeShard:
        """The open shard of an index. A search holds its own: letting go of one here does not close it."""
        if opened := self._find_open(index.name):
            return opened
        with self._opening:
            if opened := self._find_open(index.name):
                return opened
            opened = self._load(index)
            with self._looking:
                self._open[index.name] = opened
                for name in [name for name in self._open if not (self._root / name).is_dir()]:
                    del self._open[name]
                while len(self._open) > self._open_limit:
                    self._open.popitem(last=False)
            return opened

    def _find_open(self, name: str) -> EdgeShard | None:
        with self._looking:
            if name in self._open:
                self._open.move_to_end(name)
            return self._open.get(name)

    def _load(self, index: IndexRef) -> EdgeShard:
        directory = self._root / index.name
        if self._root.is_dir():
            with self._alone():
                if directory.is_dir():
                    return shards.open_shard(directory)
        raise _missing(index, "is not on this machine")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else opens, publishes or removes meanwhile, in any process."""
        path = self._root / _LOCK
        if not path.exists():
            path.touch()
        with path.open("rb") as lock:
            take(lock)
            yield

    def _release_last_build(self) -> None:
        if self._last_build is not None:
            self._last_build.close()
            self._last_build = None


@contextmanager
def _usable(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        told = f"{root} cannot be used: {reason}{space_left(error.errno, root)}"
        raise VectorsUnavailable(told, _remedy(error.errno)) from error


def _remedy(code: int | None) -> str:
    match code:
        case errno.ENOMEM | errno.EAGAIN:
            return "free some memory or raise its limit, then try again"
        case errno.EMFILE | errno.ENFILE:
            return "allow more open files (ulimit -n), then try again"
        case errno.ENOSPC | errno.EDQUOT:
            return "free some space or set LECTERN_HOME to a larger disk"
        case errno.EIO:
            return "look after the disk"
    return "make it yours and writable, or set LECTERN_HOME"


def _delete(directories: Sequence[Path]) -> None:
    for path in directories:
        shutil.rmtree(path, ignore_errors=True)


def _missing(index: IndexRef, what: str) -> IndexMissing:
    return IndexMissing(
        f"the index of {index.library_id} {index.version} {what}",
        f"set LECTERN_QDRANT_URL or run `ingest reindex {index.library_id}`",
    )
