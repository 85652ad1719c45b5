"""Headings and code leave the tree before it is converted; marks stand in their place until the Markdown is made."""

import re
from dataclasses import dataclass

from lxml.etree import _Element as Element

MARK = re.compile("\ufdd0([0-9]+)\ufdd1")
"""Noncharacters around a block's number: no text holds them, for the tree was cleaned of them."""

LISTED = "\ufdd3"
"""In the text that says of what the code below is the listing."""

PAUSE = "\ufdd2"
"""A paragraph of this alone keeps two quotations apart, and leaves only an empty line."""

INLINE = frozenset(
    (
        "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins",
        "kbd", "label", "mark", "math", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
        "tt", "u", "var", "wbr",
    )
)  # fmt: skip
"""What stands within lines of text."""
_FLOW = frozenset(("div", "section", "article", "main", "body", "figure", "details"))
_LIST = frozenset(("ul", "ol", "li", "dl", "dd"))


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str
    """Plain, in one line."""
    markdown: str
    """The same as Markdown, without the `#`."""
    anchor: str | None
    symbol: str | None = None
    opens: bool = True
    """Whether a section begins here; not so within a call-out."""


@dataclass(frozen=True, slots=True)
class Code:
    text: str
    language: str
    listed: bool = False
    """Whether it is a source listing."""


Block = Heading | Code


class Blocks:
    """The blocks taken out of one page, in the order of their numbers."""

    def __init__(self, region: Element) -> None:
        self._region = region
        self.taken: list[Block] = []

    def take(self, element: Element, *blocks: Block) -> None:
        """Put marks in the place of `element`, each a paragraph of its own whatever stood around it.

        Code stays within lists; a heading opens them. Neither stays within a table, a quotation or a line of text.
        """
        keep = _LIST if all(isinstance(block, Code) for block in blocks) else frozenset[str]()
        for up in element.iterancestors():
            if up.tag == "table":
                _open_table(up)
            elif up.tag not in _FLOW and up.tag not in keep:
                up.tag = "div"
            if up is self._region:
                break
        tail = element.tail
        element.clear()
        element.tail = tail
        element.tag = "div"
        for block in blocks:
            paragraph = element.makeelement("p")
            paragraph.text = f"\ufdd0{len(self.taken)}\ufdd1"
            element.append(paragraph)
            self.taken.append(block)

    @property
    def has_headings(self) -> bool:
        return any(isinstance(block, Heading) for block in self.taken)

    def spelled_out(self, text: str) -> str:
        """Text with the blocks that were taken out of it put back: broken markup nests what cannot be nested."""
        return MARK.sub(lambda mark: self.taken[int(mark[1])].text, text)


def is_inline(element: Element) -> bool:
    """Whether an element holds nothing but text and what stands within lines of text."""
    return all(one.tag in INLINE for one in element.iterdescendants("*"))


def _open_table(table: Element) -> None:
    """Rows become blocks one below the other, their cells of mere text one line."""
    for part in table.iter("table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"):
        part.tag = "span" if part.tag in ("td", "th") and is_inline(part) else "div"
        if part.tag == "span":
            part.tail = " "
