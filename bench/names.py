"""How well and how fast `resolve-library-id` finds libraries by names that people type: `python -m bench.names`.

The names are in names.jsonl; they were written before the catalogue, and no alias was made from their slips.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources as files
from pathlib import Path
from typing import Any

from bench.libraries import fill, generated
from ingest.libraries.shipped import shipped_libraries
from mcp_server import replies
from mcp_server.backing import Backing
from shared import settings
from shared.catalogue.store import Catalogue
from shared.model.account import EVERYTHING
from shared.model.answer import Libraries
from shared.stores.embedded import power

LIBRARIES = 50_000
CALLS = 1000
GOAL = 0.97


@dataclass(frozen=True, slots=True)
class Name:
    """What somebody typed, and the library that is meant."""

    kind: str
    name: str
    id: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """`first` is the library that came first, none if there was no answer."""

    name: Name
    first: str | None

    @property
    def right(self) -> bool:
        return self.first == self.name.id


def names() -> list[Name]:
    lines = files.files("bench").joinpath("names.jsonl").read_text(encoding="utf-8").splitlines()
    return [Name(**json.loads(line)) for line in lines]


async def accuracy(backing: Backing, asked: Iterable[Name]) -> list[Found]:
    """Each name asked of the server's own reply function."""
    found = []
    for one in asked:
        data = (await replies.libraries(backing, EVERYTHING, one.name, one.query)).data
        assert isinstance(data, Libraries)
        found.append(Found(one, data.libraries[0].id if data.libraries else None))
    return found


def by_kind(found: Sequence[Found]) -> list[tuple[str, int, int]]:
    """Kind, right ones, all; the last row is the sum."""
    kinds = list(dict.fromkeys(one.name.kind for one in found))
    rows = [
        (
            kind,
            sum(one.right for one in found if one.name.kind == kind),
            sum(one.name.kind == kind for one in found),
        )
        for kind in kinds
    ]
    return [*rows, ("all", sum(one.right for one in found), len(found))]


async def latency(backing: Backing, asked: Sequence[tuple[str, str]]) -> list[float]:
    """Milliseconds of each call, sorted. Distinct names, so that none is answered from the cache."""
    taken = []
    for name, question in asked:
        begun = time.perf_counter()
        await replies.libraries(backing, EVERYTHING, name, question)
        taken.append((time.perf_counter() - begun) * 1000)
    return sorted(taken)


def spread(milliseconds: Sequence[float]) -> str:
    cuts = statistics.quantiles(milliseconds, n=20)
    return (
        f"p50 {statistics.median(milliseconds):.2f} ms, p95 {cuts[18]:.2f} ms, most {milliseconds[-1]:.1f} ms"
    )


async def measure(home: Path, count: int, calls: int) -> dict[str, Any]:
    """Which names are found right, with the catalogue alone and with many libraries, and in which time."""
    backing = Backing(settings.load(home=home))
    try:
        database = await (await backing.stores()).database()
        real, asked = list(shipped_libraries().values()), names()
        await fill(database, real)
        await Catalogue(database).make_known(real, "bench")
        alone = await accuracy(backing, asked)
        many = list(generated(count - len(real), real))
        await fill(database, many)
        among = await accuracy(backing, asked)
        draw = random.Random(2)
        typed = [(one.name, f"question {place}") for place, one in enumerate(asked)]
        some = [(library.name, f"question {place}") for place, library in enumerate(draw.sample(many, calls))]
        times = {
            f"uncached, the {len(asked)} names": spread(await latency(backing, typed)),
            f"uncached, {calls:,} names of generated libraries": spread(await latency(backing, some)),
            f"cached, the {len(asked)} names": spread(await latency(backing, typed)),
        }
    finally:
        await backing.close()
    crowd = f"among {count:,} libraries"
    rows = [
        {"names": kind, f"the catalogue's {len(real)}": f"{right} of {here}", crowd: f"{found} of {here}"}
        for (kind, right, here), (_, found, _) in zip(by_kind(alone), by_kind(among), strict=True)
    ]
    missed = [
        f"{one.name.name!r} is {one.name.id}; first came {one.first or 'nothing'}"
        for one in among
        if not one.right
    ]
    return {
        "rows": rows,
        "latency": [{"calls": calls, "": time} for calls, time in times.items()],
        "notes": missed,
    }


def run(libraries: int = LIBRARIES, calls: int = CALLS, home: Path | None = None) -> dict[str, Any]:
    """Rows for `make bench`; right means that the library meant comes first."""
    with tempfile.TemporaryDirectory(prefix="lectern-bench-", ignore_cleanup_errors=True) as temporary:
        chosen = home or Path(temporary)
        try:
            return asyncio.run(measure(chosen, libraries, calls))
        finally:
            asyncio.run(power.down(chosen, force=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libraries", type=int, default=LIBRARIES, help="in all, generated ones included")
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument(
        "--home", type=Path, help="a LECTERN_HOME without libraries; a temporary one if left out"
    )
    chosen = parser.parse_args()
    for name, part in run(chosen.libraries, chosen.calls, chosen.home).items():
        print(name, *part, sep="\n  ")


if __name__ == "__main__":
    main()
