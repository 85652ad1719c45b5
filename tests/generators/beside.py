"""What stands on a page that its author did not write: words of buttons, menus and popups."""

import dataclasses
import re
from collections.abc import Iterator

from tests.generators.reading import Piece
from tests.generators.truth import Page
from tests.generators.writers.markdown import LEAD

_FRAME = re.compile(r"note|tips?|info|important|warning|danger|caution|part\d+of\w+|listing\d+.*")
"""What generators write around blocks, and headings between them."""


def beside(page: Page, pieces: tuple[Piece, ...]) -> tuple[str, ...]:
    """The paragraphs and headings that hold no block's name, and of which the truth knows nothing."""
    known = "\n".join(map(_bare, (*_texts(page), LEAD)))
    names = re.compile("|".join(re.escape(name) for name in _names(page)), re.IGNORECASE)
    texts = (piece.text for piece in pieces if piece.kind in ("text", "heading"))
    return tuple(
        text
        for text in texts
        if _bare(text) not in known and not _FRAME.fullmatch(_bare(text)) and not names.search(text)
    )


def _bare(text: str) -> str:
    """Letters and digits, which marks of any language leave as they are."""
    return "".join(filter(str.isalnum, text)).casefold()


def _names(value: object) -> Iterator[str]:
    """Those of blocks, and of blocks within them."""
    if isinstance(value, tuple):
        for one in value:
            yield from _names(one)
    elif dataclasses.is_dataclass(value):
        if not isinstance(value, Page):
            yield from (name for name in (getattr(value, "name", ""),) if name)
        for field in dataclasses.fields(value):
            yield from _names(getattr(value, field.name))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name))
