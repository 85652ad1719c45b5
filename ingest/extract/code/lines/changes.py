"""What a highlighter says of changes in code: which elements it calls added or removed, and signs beside lines."""

import re
from functools import lru_cache

from lxml.etree import _Element as Element

from ingest.extract.code.lines.display import is_unselectable

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_ADDED = frozenset(("add", "added", "addition", "ins", "insert", "inserted", "insertion", "plus"))
_REMOVED = frozenset(("rm", "remove", "removed", "removal", "del", "delete", "deleted", "deletion", "minus"))
_CHANGED = _ADDED | _REMOVED
_OF_LINES = frozenset(
    ("line", "lines", "diff", "code", "row", "highlight", "highlighted", "hl", "block", "blob")
)
"""With one of these a class is that of a changed line: `diff remove`, `line-add`, `code-block-removed-line`."""
_ALONE = frozenset(("added", "removed", "inserted", "deleted", "ins", "del", "addition", "deletion"))
"""Classes that say so without any other word."""
_OF_WORDS = re.compile(r"token|hljs(?:-.*)?")
"""Highlighters that colour a diff whose signs are in its text."""
_DRAWN = re.compile(r"(?:before|after):content-\['?\\?([+-])'?\]")
"""A utility class that draws the sign."""
_VALUED = frozenset(
    (
        "data-diff", "data-diff-type", "data-line-type", "data-line-diff", "data-change", "data-change-type",
        "data-code-marker", "data-marker", "data-diff-marker",
    )
)  # fmt: skip
_FLAGS = re.compile(r"data-(?:line-|diff-)?(added|removed|inserted|deleted|add|remove|ins|del)")
_DOUBLED = ("+", "-", "++", "--")
_TAGS = {"ins": "+", "del": "-"}
_SIGNS = {"+": "+", "-": "-", "\u2212": "-", "\u2013": "-", "\uff0b": "+", "\uff0d": "-", " ": " "}
_OF_SIGNS = frozenset(("sign", "signs", "indicator", "marker", "prefix"))
"""With a word of lines a class is that of their signs: `diff-indicator`, `d2h-code-line-prefix`."""


def change_of(element: Element) -> str:
    """`+` or `-` where an element is called added or removed, by its tag, its class or an attribute; else ''."""
    if (found := _TAGS.get(str(element.tag))) is not None:
        return found
    classes = element.get("class")
    if classes and (found := _by_class(classes)):
        return found
    for name, value in element.items():
        if name[:5] != "data-":
            continue
        said = _words(value) if name in _VALUED else []
        if name in _VALUED and value in _DOUBLED:
            return value[0]
        if (flag := _FLAGS.fullmatch(name)) and value != "false":
            said = [flag[1]]
        if found := _said(said):
            return found
    return ""


def is_sign(text: str) -> bool:
    """Whether a text may be the sign of a changed line."""
    return text in _SIGNS


def sign_of(element: Element, text: str, *, sure: bool) -> str | None:
    """`+`, `-` or a space where an element's text is the sign of its line, and no code; else None.

    `sure` is what stands beside lines: of other elements their class, or that nobody can select them, says so.
    """
    text = text.replace("\xa0", " ")
    sign = None if "\n" in text else _SIGNS.get(text.strip() or text[:1])
    if sign is None or sure:
        return sign
    names = (element.get("class") or "").split()
    if any(map(_OF_WORDS.fullmatch, names)):
        return None
    for words in map(_words, names):
        if not _OF_SIGNS.isdisjoint(words) and not _OF_LINES.isdisjoint(words):
            return sign
    return sign if sign != " " and is_unselectable(element) else None


@lru_cache(maxsize=4096)
def _by_class(classes: str) -> str:
    names = classes.split()
    if any(map(_OF_WORDS.fullmatch, names)):
        return ""
    for name in names:
        if drawn := _DRAWN.fullmatch(name):
            return drawn[1]
    parts = [_words(name) for name in names if ":" not in name]
    of_lines = any(not _OF_LINES.isdisjoint(words) for words in parts)
    for words in parts:
        told = of_lines and (len(words) == 1 or not _OF_LINES.isdisjoint(words))
        if (told or (len(words) == 1 and words[0] in _ALONE)) and (found := _said(words)):
            return found
    return ""


def _said(words: list[str]) -> str:
    if not _REMOVED.isdisjoint(words):
        return "-"
    return "+" if not _ADDED.isdisjoint(words) else ""


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
