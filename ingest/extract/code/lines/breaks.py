"""Which elements in a block of code are its lines, which stand within one, and which beside."""

import re
from functools import lru_cache

from lxml.etree import _Element as Element

from ingest.extract.clean.gutters import is_gutter
from ingest.extract.code.lines.display import BLOCKS, is_beside, is_block
from ingest.extract.tree.placeholders import INLINE

_LINE = re.compile(r"(?!(?:.*-)?(?:multi|single|in|end-of|new|under)-?line$)(?:[\w-]*[-_])?line")
"""What each line of code is in where no newline ends it."""
_CODE = ("pre", "code")
_CODE_PARTS = frozenset(("code", "br", "button", "svg"))
_BOXES = frozenset(("div", "p", "section"))
"""Blocks of which a style can make a part of a line."""
_CONTAINERS = frozenset(("code", "td", "th", "tbody", "thead", "tfoot", "pre"))
_NUMBERED = ("data-line", "data-line-number")
"""Attributes of a line, or of the anchor before it."""


@lru_cache(maxsize=4096)
def names_line(classes: str) -> bool:
    """Whether one of an element's classes is that of lines; Prism calls words of a diff or of HTTP so, too."""
    names = classes.split()
    return "token" not in names and any(map(_LINE.fullmatch, names))


def is_line(element: Element) -> bool:
    """Whether an element is a line by its own account, so that it ends where no newline follows."""
    if names_line(element.get("class") or ""):
        return True
    if element.tag == "code":
        return _is_one_of_several(element)
    if not any(element.get(name) is not None for name in _NUMBERED):
        return False
    said = (element.text or "").strip()
    return (
        (len(element) > 0 or bool(element.text)) and not said.isdigit() and not (element.tail or "").strip()
    )


def holds_line(element: Element) -> bool:
    """Whether an element says that it is one line, and no box of several."""
    if not names_line(element.get("class") or "") and element.get("data-line") is None:
        return False
    if element.tag == "code":
        above = element.getparent()
        return above is not None and sum(one.tag == "code" for one in above) > 1
    boxes = [one for one in element if is_block(one) and not is_gutter(one)]
    return len(boxes) < 2 or _says_something(element)


def within_line(element: Element) -> Element | None:
    """The line in which an element stands, or the outermost inline element around it; None where there is none."""
    around = None
    for up in element.iterancestors():
        tag = str(up.tag)
        if tag in _CODE and next(up.iterancestors(*_CODE), None) is None:
            break
        if holds_line(up):
            return up
        if tag not in _CONTAINERS and (tag in INLINE or "-" in tag):
            around = up
        elif tag not in BLOCKS and tag not in _CONTAINERS:
            break
    return around


def breaks_line(block: Element) -> bool:
    """Whether a block element in code begins and ends a line: not so within a line."""
    if is_beside(block):
        return False
    line = within_line(block)
    if line is None:
        return True
    if holds_line(line):
        return False
    return block.tag not in _BOXES or not (_is_alone(block) and stands_in_words(line))


def stands_in_words(element: Element) -> bool:
    """Whether text stands right before or behind an element, in the same line and in no block."""
    before, after, above = element.getprevious(), element.getnext(), element.getparent()
    lead = (above.text if above is not None else "") if before is None else before.tail
    return (
        _ends_in_words(lead)
        or (not lead and before is not None and before.tag not in BLOCKS and _says_something(before))
        or _begins_with_words(element.tail)
        or (not element.tail and after is not None and after.tag not in BLOCKS and _says_something(after))
    )


def _is_one_of_several(code: Element) -> bool:
    """Whether a `<pre>` is made of `<code>` elements with nothing between them but line ends."""
    above = code.getparent()
    if above is None or above.tag != "pre" or sum(one.tag == "code" for one in above) < 2:
        return False
    return not any(
        one.tag not in _CODE_PARTS or (text := one.tail or "").strip() or (text and "\n" not in text)
        for one in above
    )


def _is_alone(block: Element) -> bool:
    holder = block.getparent()
    return holder is not None and sum(one.tag in BLOCKS for one in holder) == 1


def _ends_in_words(text: str | None) -> bool:
    return bool(text and text.rpartition("\n")[2].strip())


def _begins_with_words(text: str | None) -> bool:
    return bool(text and text.partition("\n")[0].strip())


def _says_something(element: Element) -> bool:
    """Whether it has text that stands in no block."""
    waiting = [element]
    while waiting:
        one = waiting.pop()
        if (one.text or "").strip():
            return True
        for child in one:
            if (child.tail or "").strip():
                return True
            if child.tag not in BLOCKS:
                waiting.append(child)
    return False
