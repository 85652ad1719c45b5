"""The blocks that are known not to be as they were written: a list a generator, which only shrinks."""

from collections.abc import Sequence
from pathlib import Path

_LISTS = Path(__file__).parent / "known_wrong"


def known_wrong(generator: str) -> tuple[str, ...]:
    """The names of blocks, in the order of the pages."""
    path = _LISTS / f"{generator}.txt"
    return tuple(path.read_text(encoding="utf-8").split()) if path.exists() else ()


def keep_known(generator: str, wrong: Sequence[str]) -> None:
    """Of a generator that has no list, all that is wrong; of others, what was on it and still is."""
    path = _LISTS / f"{generator}.txt"
    kept = [name for name in wrong if name in known_wrong(generator)] if path.exists() else wrong
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{name}\n" for name in kept), encoding="utf-8")
