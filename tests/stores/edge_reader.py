"""A reader in a process of its own: searches what a pointer file names until it is told to stop.

`python edge_reader.py ROOT POINTER`: prints a line for every generation it has seen, and at the end of its input
one line of JSON with what it counted. The pointer is read again when an index is gone, as a server does.
"""

import asyncio
import json
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid5

from shared.errors import IndexMissing
from shared.stores.vectors.edge import EdgeVectors
from shared.stores.vectors.port import IndexRef, Ranking
from tests.stores.vector_data import DIMENSION, MODEL, question

SIZE = 1500


@dataclass
class Counts:
    searches: int = 0
    repeated: int = 0
    mixed: int = 0
    short: int = 0
    errors: list[str] = field(default_factory=list)


async def read(root: Path, pointer: Path, stop: threading.Event) -> Counts:
    store, counts, seen = EdgeVectors(root), Counts(), set[UUID]()
    while not stop.is_set():
        index = current(pointer)
        try:
            dense, terms = question()
            found = [await store.nearest(index, dense, 50), await store.matching(index, terms, 50)]
        except IndexMissing as error:
            if current(pointer) == index:
                counts.errors.append(error.line)
            counts.repeated += 1
            continue
        except Exception as error:
            counts.errors.append(repr(error))
            continue
        check(index, found, counts)
        if index.generation not in seen:
            seen.add(index.generation)
            tell(str(index.generation))
    await store.close()
    return counts


def check(index: IndexRef, found: Sequence[Ranking], counts: Counts) -> None:
    own = {uuid5(index.generation, str(number)) for number in range(SIZE)}
    counts.searches += 1
    counts.mixed += any(hit.id not in own for ranking in found for hit in ranking)
    counts.short += any(len(ranking) != 50 for ranking in found)


def current(pointer: Path) -> IndexRef:
    name, generation = pointer.read_text().split()
    return IndexRef(name, UUID(generation), "/org/project", "latest", MODEL, DIMENSION)


def stop_at_end_of_input(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    stop = threading.Event()
    threading.Thread(target=stop_at_end_of_input, args=[stop], daemon=True).start()
    counts = asyncio.run(read(Path(sys.argv[1]), Path(sys.argv[2]), stop))
    tell(json.dumps(vars(counts)))


if __name__ == "__main__":
    main()
