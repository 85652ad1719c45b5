"""Code blocks: their text as a reader sees it, line by line, and their language; the fence around them."""

import re

from lxml.etree import _Element as Element

from ingest.extract.code.beside.note_signs import without_note_signs
from ingest.extract.code.drawn import draw
from ingest.extract.code.language import code_language
from ingest.extract.code.lines.numbers import without_numbers
from ingest.extract.code.lines.signs import with_signs


def read_block(pre: Element, default: str | None = None) -> tuple[str, str]:
    """The code of a block and its language, as `code_language` tells it; of a changed one as `with_signs` does."""
    code, language = with_signs(without_numbers(draw(pre)), code_language(pre, default))
    return without_note_signs(code, pre), language


def code_text(pre: Element) -> str:
    """The code of a block without signs of what was changed."""
    code, _ = with_signs([line.kept for line in without_numbers(draw(pre))], "")
    return without_note_signs(code, pre)


def fence(code: str, language: str) -> list[str]:
    """The lines of a fenced block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    marks = "`" * (longest + 1)
    return [marks + language, *code.split("\n"), marks]
