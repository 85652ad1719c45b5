"""The pages of the corpus: all blocks that a generator's language can say, in an order and a place of their own."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from tests.generators.blocks.boxes import CALLOUTS, DETAILS
from tests.generators.blocks.entries import ENTRIES
from tests.generators.blocks.formulas import FORMULAS
from tests.generators.blocks.groups import GROUPS, TABS
from tests.generators.blocks.signatures import SIGNATURES
from tests.generators.blocks.tables import TABLES, TABLES_OF_BLOCKS
from tests.generators.blocks.types import TYPES
from tests.generators.samples import SAMPLES
from tests.generators.truth import Block, Page

_MOST = 40
"""Blocks of a page."""


Part: TypeAlias = tuple[str, str, tuple[Block, ...]]
"""Name, title and blocks of pages that belong together."""


def pages(says: Callable[[Block], bool], more: Iterable[Part] = ()) -> tuple[Page, ...]:
    """Those that have blocks, without what `says` denies; `more`: what only some generators are for."""
    return tuple(
        Page(f"{name}-{at // _MOST + 1}" if at else name, title, said[at : at + _MOST])
        for name, title, blocks in (*_all(), *more)
        if (said := tuple(filter(says, blocks)))
        for at in range(0, len(said), _MOST)
    )


def _all() -> Iterator[Part]:
    edited = [one for one in SAMPLES if one.edited]
    yield "code", "Code as it is", tuple(one.plain(1) for one in SAMPLES)
    yield "numbers", "Numbered lines", tuple(one.highlighted(2) for one in SAMPLES)
    yield "titles", "Code with a title", tuple(one.plain(3, title=one.title) for one in SAMPLES if one.title)
    yield "changes", "What was changed", tuple(one.removed(4) for one in edited)
    yield "additions", "What was added", tuple(one.added(5) for one in edited)
    yield "types", "Types in popups", TYPES
    yield "groups", "One of several", (*GROUPS, *TABS)
    yield "boxes", "Asides", (*DETAILS, *CALLOUTS)
    yield "tables", "Tables and formulas", (*TABLES, *TABLES_OF_BLOCKS, *FORMULAS)
    yield "reference", "Reference", ENTRIES


REFERENCE: tuple[Part, ...] = (
    ("examples", "Code as an example", tuple(one.plain(6) for one in SAMPLES)),
    ("signatures", "Signatures", SIGNATURES),
)
"""Of generators whose pages are references."""
