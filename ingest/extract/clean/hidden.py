"""What a page holds but does not show."""

import re

from lxml.etree import _Element as Element

from ingest.extract.clean.inline_styles import hides
from ingest.extract.tree.elements import plain

_HIDDEN = frozenset(
    ("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screenreader-only")
)
HIDING = frozenset(("hidden", "aria-hidden", "style", "popover"))
"""Attributes that can hide an element."""
_SHUT = frozenset(("hidden", "d-none", "is-hidden", "inactive", "none"))
"""Classes by which style sheets hide: taken off what is shown."""
_SHORT = 60
"""Characters of a line that may label code for a screen reader."""
_BUTTONS = re.compile(r"copy|copied|clipboard|button|link|terminal window", re.I)


def names_hidden(names: str) -> bool:
    """Whether one of an element's classes hides it."""
    return not _HIDDEN.isdisjoint(names.split())


def is_hidden(element: Element) -> bool:
    """Whether it is not drawn when the page is. A `until-found` section is opened by the browser's search."""
    get = element.get
    names = get("class") or ""
    if names_hidden(names):
        return not (_labels_code(element) or (element.get("id") or "").endswith("footnote-label"))
    hidden = get("hidden")
    if (
        hidden is None
        and get("popover") is None
        and (get("aria-hidden") != "true" or "title" in names or _is_code(element))
    ):
        style = get("style")
        if style is None or not hides(style):
            return False
    return hidden != "until-found"


def reveal(element: Element) -> None:
    """Take off what hides an element."""
    for name in HIDING:
        element.attrib.pop(name, None)
    if kinds := element.get("class"):
        element.set("class", " ".join(name for name in kinds.split() if name not in _SHUT | _HIDDEN))


def _is_code(element: Element) -> bool:
    """Whether it is part of a block of code, such as a prompt, and no line's number."""
    text = plain(element)
    return (
        bool(text)
        and not text.replace(" ", "").isdigit()
        and next(element.iterancestors("pre"), None) is not None
    )


def _labels_code(element: Element) -> bool:
    """Whether what only a screen reader says is the name of the code block that it stands at."""
    text = plain(element)
    if not text or len(text) > _SHORT or _BUTTONS.search(text):
        return False
    near = element.getnext()
    if near is not None and near.tag in ("pre", "div", "figure"):
        return near.tag == "pre" or (near.find(".//pre") is not None and near.find("p") is None)
    return any(up.tag == "figcaption" for up in element.iterancestors())
