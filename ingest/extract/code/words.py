"""The words of code that a highlighter coloured and did nothing else to: nearly all elements in a block of code."""

from functools import lru_cache

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.clean.gutters import is_gutter
from ingest.extract.code.beside.note_signs import is_note_sign
from ingest.extract.code.beside.popups import may_pop_up
from ingest.extract.code.lines.breaks import is_line
from ingest.extract.code.lines.changes import change_of, is_sign
from ingest.extract.code.lines.display import display

_ATTRIBUTES = frozenset(("class", "style"))


def is_word(element: Element) -> bool:
    """Whether an element holds text alone, which is neither a number nor a sign, and is laid out as text."""
    if element.tag != "span" or len(element) or not _ATTRIBUTES.issuperset(element.keys()):
        return False
    said = (element.text or "").strip()
    if (
        not said
        or said.isdecimal()
        or is_sign(said)
        or not _is_plain(element.get("class"), element.get("style"))
    ):
        return False
    above = element.getparent()
    return above is None or display(above) != "grid"


@lru_cache(maxsize=4096)
def _is_plain(classes: str | None, style: str | None) -> bool:
    """Whether nothing is said by a class and a style but what kind of word it is."""
    one = etree.Element("span", {key: said for key, said in (("class", classes), ("style", style)) if said})
    return not (
        display(one)
        or is_line(one)
        or change_of(one)
        or is_gutter(one)
        or is_note_sign(one)
        or may_pop_up(classes or "")
    )
