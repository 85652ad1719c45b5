"""One shard on disk: written by a process of its own, sealed, and opened by any number of readers.

This file is also that process's program (`python -P shard.py DIRECTORY DIMENSION PARENT`), so it imports
nothing of Lectern. The engine holds the GIL while it flushes and optimises, and a full disk may kill it by
SIGBUS: neither may happen to the process that shows the progress.

No graph is built (`m=0`): dense search scans every vector, a byte a number, and weighs the best by float32, so it
finds what an exact search finds. docs/decisions/0022-scan-by-bytes.md has the figures.
"""

import ctypes
import errno
import json
import os
import pickle
import re
import signal
import sys
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

import qdrant_edge as qdrant

DENSE = "dense"
SPARSE = "bm25"
_DATA = "shard"
_MANIFEST = "manifest.json"
_SCANNED = "quantized.data"
"""One byte a number, read by every search. The engine forgets its pages when it closes, and reads them one by one."""
_READ_BYTES = 1 << 20

Row = tuple[str, bytes, tuple[int, ...], tuple[float, ...], dict[str, Any]]
"""Point id, dense vector as float32, sparse indices and values, payload."""


_OF_THE_MACHINE = frozenset(
    {
        errno.EACCES,
        errno.EAGAIN,
        errno.EDQUOT,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EPERM,
        errno.EROFS,
    }
)
"""What the system lacks or refuses: no reason to write the files anew."""


class Damaged(Exception):
    """The files are not those that were sealed, or the engine cannot read them."""


def open_shard(directory: Path) -> qdrant.EdgeShard:
    """A sealed shard, to be searched only. Callers serialise this between processes: 10 ms, 160 for 100,000 points.

    The engine silently makes anew what it misses, so the files are compared with the manifest first.
    Raises Damaged if it cannot be used.
    """
    data = directory / _DATA
    with _panics_caught():
        manifest = json.loads((directory / _MANIFEST).read_text())
        for name, size in manifest["files"].items():
            if (data / name).stat().st_size != size:
                raise Damaged(f"{name} has another size")
        for name in manifest["files"]:
            if Path(name).name == _SCANNED:
                _read_through(data / name)
        shard = qdrant.EdgeShard.load(str(data))
        if shard.count(qdrant.CountRequest(exact=True)) != manifest["points"]:
            raise Damaged("points are missing")
    return shard


def nearest(vector: Sequence[float], most: int, oversampling: float) -> qdrant.QueryRequest:
    """By dense vectors: of `oversampling` times as many, found by their bytes, the best by float32."""
    rescored = qdrant.QuantizationSearchParams(rescore=True, oversampling=oversampling)
    query = qdrant.Query.Nearest([float(value) for value in vector], using=DENSE)
    return qdrant.QueryRequest(limit=most, query=query, params=qdrant.SearchParams(quantization=rescored))


def matching(indices: Sequence[int], values: Sequence[float], most: int) -> qdrant.QueryRequest:
    """By sparse vectors."""
    terms = qdrant.SparseVector(list(indices), list(values))
    return qdrant.QueryRequest(limit=most, query=qdrant.Query.Nearest(terms, using=SPARSE))


def scored(shard: qdrant.EdgeShard, request: qdrant.QueryRequest) -> list[tuple[UUID, float]]:
    """Ids and scores, best first. Raises Damaged."""
    with _panics_caught():
        return [(cast("UUID", hit.id), hit.score) for hit in shard.query(request)]


def _read_through(path: Path) -> None:
    """Bring a file into the system's cache in large pieces: ten times as fast as page by page."""
    buffer = bytearray(_READ_BYTES)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def write_shard(directory: Path, dimension: int, batches: Iterator[list[Row]]) -> int:
    """Write every row, optimise and seal; durable on return. Returns the number of points."""
    data = directory / _DATA
    shard = qdrant.EdgeShard.create(str(data), _config(dimension))
    ids: set[str] = set()
    for rows in batches:
        ids.update(row[0] for row in rows)
        shard.update(qdrant.UpdateOperation.upsert_points([_point(row) for row in rows]))
    shard.flush()
    shard.optimize()
    shard.flush()
    points = shard.count(qdrant.CountRequest(exact=True))
    shard.close()
    if points != len(ids):
        raise Damaged(f"{points} of {len(ids)} points were stored")
    _seal(directory, points)
    return points


def _config(dimension: int) -> qdrant.EdgeConfig:
    return qdrant.EdgeConfig(
        vectors={DENSE: _dense(dimension)},
        # mapped from the file: the pages are shared by all readers (pinned, each holds a copy)
        sparse_vectors={SPARSE: qdrant.EdgeSparseVectorParams(memory=qdrant.Memory.Cached)},
        # texts stay on disk: a search wants ids and scores
        payload_memory=qdrant.Memory.Cold,
        hnsw_config=qdrant.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=1),
        # from the first kilobyte on points move to a compact segment: half the memory of appendable ones
        optimizers=qdrant.EdgeOptimizersConfig(indexing_threshold=1, default_segment_number=1),
        # one thread an open shard, not one a core
        max_search_threads=1,
        # with its log on, a shard can be opened once
        wal_enabled=False,
    )


def _dense(dimension: int) -> qdrant.EdgeVectorParams:
    """float32 as it comes, and one byte a number beside it, which a scan reads in a quarter of the time."""
    bytes_only = qdrant.ScalarQuantizationConfig(qdrant.ScalarType.Int8, memory=qdrant.Memory.Cached)
    return qdrant.EdgeVectorParams(
        size=dimension, distance=qdrant.Distance.Cosine, quantization_config=bytes_only
    )


def _point(row: Row) -> qdrant.Point:
    identity, dense, indices, values, payload = row
    vector: dict[str, Any] = {DENSE: array("f", dense).tolist()}
    if indices:
        vector[SPARSE] = qdrant.SparseVector(list(indices), list(values))
    return qdrant.Point(identity, vector, payload)


def _seal(directory: Path, points: int) -> None:
    data = directory / _DATA
    files = sorted(path for path in data.rglob("*") if path.is_file())
    sizes = {str(path.relative_to(data)): path.stat().st_size for path in files}
    manifest = directory / _MANIFEST
    manifest.write_text(json.dumps({"points": points, "files": sizes}))
    folders = [path for path in data.rglob("*") if path.is_dir()]
    for path in [*files, *folders, data, manifest, directory]:
        sync(path)


@contextmanager
def _panics_caught() -> Iterator[None]:
    """The engine's errors, and its panics (which are no Exceptions), as Damaged; as OSError where the machine fails."""
    try:
        yield
    except (Damaged, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        code = _code(error)
        if code in _OF_THE_MACHINE:
            raise OSError(code, os.strerror(code)) from error
        raise Damaged(str(error)) from error


def _code(error: BaseException) -> int:
    """The number of the system's error. The engine tells it in words only, as Rust does; 0 where there is none."""
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if isinstance(error, OSError) and error.errno:
        return error.errno
    said = re.search(r"\(os error (\d+)\)|\bcode: (\d+), kind:", str(error))
    return int(said[1] or said[2]) if said else 0


def sync(path: Path) -> None:
    """Make a file's content, or a directory's entries, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _received(stream: BinaryIO) -> Iterator[list[Row]]:
    """Batches until an empty one; EOFError if the parent is gone before that."""
    while rows := pickle.load(stream):  # noqa: S301 - our own parent writes it
        yield rows


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent process is gone")


def _main(directory: str, dimension: str, parent: str) -> None:
    _die_with(int(parent))
    try:
        write_shard(Path(directory), int(dimension), _received(sys.stdin.buffer))
    except Exception as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main(*sys.argv[1:])
