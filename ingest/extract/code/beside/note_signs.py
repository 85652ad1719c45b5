"""Signs in code of notes that a list below explains: of Asciidoctor, DocBook and their like."""

import re

from lxml.etree import _Element as Element

NOTED = "\ufdd4"
"""Stands for a sign until the code is complete: a noncharacter, of which pages are cleaned."""

_CLASSES = frozenset(("conum", "co", "callout-number", "callout_number", "callout-sign", "colist-number"))
_NUMBER = re.compile(
    r"[(<\[]?\s*(?:\d{1,2}|[\u2460-\u2473\u2776-\u277f\u2780-\u2793\u24eb-\u24f4])\s*[)>\]]?"
)
"""In brackets or a circle."""
_LISTS = frozenset(("colist", "calloutlist"))
_LEVELS = 4
"""How far above code its list may stand behind it."""
_COMMENT = r"(?:(?<!\S)(?://+|#+|--+|;+|%+)[ \t]*)?"
_SEVERAL = rf"{NOTED}(?:[ \t]*{_COMMENT}{NOTED})*"
_WRITTEN = re.compile(
    r"(?:[ \t]+(?:<!--[ \t]*)?(?:<(?:\d{1,2}|!--\d{1,2}--)>|\(\d{1,2}\))(?:[ \t]*-->)?)+[ \t]*$", re.MULTILINE
)
"""Signs that were left as the author wrote them."""
_AT_END = re.compile(
    rf"[ \t]*(?:(?:<!--|/\*)[ \t]*{_SEVERAL}[ \t]*(?:-->|\*/)|{_COMMENT}{_SEVERAL})[ \t]*$", re.MULTILINE
)
"""With the comment that was opened for them alone."""


def is_note_sign(element: Element) -> bool:
    """Whether an element in code is the sign of a note: `(1)`, a number in a circle, an image of one."""
    names = (element.get("class") or "").split()
    if not _CLASSES.isdisjoint(names):
        said = "".join(element.itertext()).strip()
        return not said or _NUMBER.fullmatch(said) is not None
    if element.tag == "img":
        return (element.get("alt") or "").isdigit() and "callout" in (element.get("src") or "")
    if element.tag != "b":
        return False
    before = element.getprevious()
    return (
        before is not None
        and not before.tail
        and "conum" in (before.get("class") or "").split()
        and _NUMBER.fullmatch("".join(element.itertext())) is not None
    )


def without_note_signs(code: str, pre: Element) -> str:
    """The code without the signs of notes, and without comments that hold nothing else."""
    if (">" in code or ")" in code) and _is_explained(pre):
        code = _WRITTEN.sub(NOTED, code)
    if NOTED not in code:
        return code
    return _AT_END.sub("", code).replace(NOTED, "").strip("\n")


def _is_explained(pre: Element) -> bool:
    """Whether a list of notes is what follows some code."""
    one = pre
    for _ in range(_LEVELS):
        behind = one.getnext()
        if behind is not None:
            return not _LISTS.isdisjoint((behind.get("class") or "").split())
        above = one.getparent()
        if above is None:
            return False
        one = above
    return False
