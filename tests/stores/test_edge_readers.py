"""Several processes search one library's shards while another republishes them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from shared.stores.vectors.edge import EdgeVectors
from tests.stores import edge_reader
from tests.stores.vector_data import Corpus, corpus

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.processes]

READERS = 4
ROOT = Path(__file__).parents[2]


class Reader:
    """A process of edge_reader.py."""

    def __init__(self, root: Path, pointer: Path) -> None:
        pipe = subprocess.PIPE
        program = [sys.executable, "-W", "error", "-m", edge_reader.__name__, str(root), str(pointer)]
        self._process = subprocess.Popen(
            program, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )

    def line(self) -> str:
        """The next line it prints; empty if it died."""
        assert self._process.stdout
        return self._process.stdout.readline().strip()

    def stop(self) -> edge_reader.Counts:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        counts = edge_reader.Counts(**json.loads(self._process.stdout.read().splitlines()[-1]))
        assert self._process.wait(timeout=30) == 0
        return counts

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()


@pytest.fixture
def pointer(tmp_path: Path) -> Path:
    return tmp_path / "pointer"


@pytest.fixture
def readers(tmp_path: Path, pointer: Path) -> Iterator[list[Reader]]:
    started: list[Reader] = []
    yield started
    for reader in started:
        reader.kill()


def point_at(pointer: Path, index: Corpus) -> None:
    aside = pointer.with_suffix(".new")
    aside.write_text(f"{index.spec.name} {index.spec.generation}")
    aside.rename(pointer)


async def test_readers_see_one_generation_or_the_next_while_they_are_replaced(
    tmp_path: Path, pointer: Path, readers: list[Reader]
) -> None:
    root = tmp_path / "vectors"
    store = EdgeVectors(root)
    served: Corpus | None = None
    for seed in range(4):
        new = corpus(uuid4(), edge_reader.SIZE, seed=seed)
        await store.build(new.spec, new.batches())
        point_at(pointer, new)
        if served:
            await store.drop(served.ref)
        else:
            readers += [Reader(root, pointer) for _ in range(READERS)]
        served = new
        for reader in readers:
            assert reader.line() == str(new.spec.generation)
    counts = [reader.stop() for reader in readers]
    assert [reader.errors for reader in counts] == [[]] * READERS
    assert sum(reader.mixed + reader.short for reader in counts) == 0
    assert min(reader.searches for reader in counts) > 20
    assert [path.name for path in root.iterdir() if path.is_dir()] == [new.spec.name]
    await store.close()
