"""What a highlighter puts beside lines of code, by its class: their numbers, and buttons."""

import re
from functools import lru_cache
from itertools import pairwise

from lxml.etree import _Element as Element

_NUMBERS = frozenset(
    ("ln", "lnt", "ln-num", "hljs-ln-n", "hljs-ln-numbers", "blob-num", "crayon-num", "crayon-nums", "gl")
)
"""Of GeSHi, Chroma, highlight.js, GitHub, Crayon and Rouge."""
_NUMBERING = frozenset(
    (
        "lineno",
        "linenos",
        "linenum",
        "linenums",
        "linenumber",
        "linenumbers",
        "linenodiv",
        "gutter",
        "gutters",
    )
)
"""The same in a word, whatever stands around it."""
_BUTTONS = frozenset(("copybtn", "copy-button", "headerlink"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_LINES = frozenset(("line", "lines", "code", "row"))
_COUNTS = frozenset(("number", "numbers", "num", "nums", "no", "nos"))
_CODE = frozenset(("pre", "code"))
_COUNTED = re.compile(r"(?:[\s.:|+\-−–~…]|[Ll]?\d+)*")
"""All that stands in a gutter."""


def is_gutter(element: Element) -> bool:
    """Whether an element stands beside lines of code: their numbers, or a button."""
    kind = _kind(element.get("class") or "")
    return kind == "button" or (
        kind == "numbers"
        and element.tag not in _CODE
        and _COUNTED.fullmatch("".join(element.itertext())) is not None
    )


@lru_cache(maxsize=4096)
def _kind(classes: str) -> str:
    names = classes.split()
    if not _BUTTONS.isdisjoint(names):
        return "button"
    return "numbers" if any(map(_numbers, names)) else ""


def _numbers(name: str) -> bool:
    """Whether a class is that of numbers: `line-numbers-rows`, `codeLineNumber_Tfdd`, `CodeMirror-linenumber`."""
    words = [word.lower() for word in _WORD.findall(name)]
    return name in _NUMBERS or (
        words[:1] not in (["has"], ["with"])
        and (
            not _NUMBERING.isdisjoint(words)
            or any(one in _LINES and other in _COUNTS for one, other in pairwise(words))
        )
    )
