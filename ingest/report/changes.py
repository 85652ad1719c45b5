"""Pure: what a crawl found different from what is served."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """A page that is served under `old` and was found at `new`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Pages by URL, each in one list; chunks by what they say and where they lead."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Gone at this refresh for the first time: still served, dropped if the next one does not find them."""
    moved: tuple[Move, ...] = ()
    chunks_added: int = 0
    chunks_removed: int = 0


def compare(
    before: Mapping[str, bytes | None],
    after: Mapping[str, bytes | None],
    *,
    moves: Mapping[str, str],
    missing: Iterable[str] = (),
) -> Changes:
    """`before` and `after` are the contents of all pages as hashes, by URL; `moves` is where URLs led to."""
    moved = {old: new for old in before if old not in after and (new := _end(old, moves)) in after}
    arrived = set(moved.values())
    return Changes(
        added=_sorted(url for url in after if url not in before and url not in arrived),
        changed=_sorted(url for url in after if url in before and before[url] != after[url]),
        removed=_sorted(url for url in before if url not in after and url not in moved),
        missing=_sorted(missing),
        moved=tuple(Move(old, new) for old, new in sorted(moved.items())),
    )


def _end(url: str, moves: Mapping[str, str]) -> str:
    """Where a URL leads in the end; a circle is left where it closes."""
    seen = {url}
    while (following := moves.get(url)) and following not in seen:
        seen.add(following)
        url = following
    return url


def _sorted(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(urls))
