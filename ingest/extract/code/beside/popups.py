"""What pops up over a line of code when a reader points at it, or is said below it: no code of the page."""

import re
from functools import lru_cache

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.code.lines.breaks import holds_line, within_line
from ingest.extract.code.lines.display import BLOCKS
from ingest.extract.tree.elements import drop, plain

_ROLES = frozenset(("tooltip", "dialog", "alertdialog"))
_PLACED = frozenset(
    (
        "popover", "data-popper-placement", "x-placement", "data-radix-popper-content-wrapper",
        "data-floating-ui-portal", "data-tippy-root",
    )
)  # fmt: skip
"""Attributes of what a script places over the page."""
_TELLING = _PLACED | {"role"}
_CLASS = re.compile(
    r"notable-traits|tooltip(?:-?text|-content|-inner)|conum-pop|vp-copy-ignore|(?:twoslash-)?meta-line|error-behind"
    r"|twoslash-(?:[\w-]+-line|error-box)|alectryon-(?:output|extra-goals|type-info[\w-]*)|(?:[\w-]+-)?(?:popover|popup|hover-?card|hover-info|tippy)(?:-[\w-]+)?"
)
"""What is no code wherever it stands in a block of it."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SHOWN = frozenset(
    ("popover", "popup", "hovercard", "hoverinfo", "quickinfo", "tippy", "tooltiptext", "annottext")
)
_EITHER = frozenset(("tooltip", "popper"))
_PARTS = frozenset(
    (
        "content", "text", "inner", "body", "box", "panel", "card", "message", "bubble", "docs", "type", "overlay",
        "portal", "surface", "dropdown",
    )
)  # fmt: skip
_TRIGGERS = frozenset(
    ("trigger", "target", "anchor", "reference", "activator", "opener", "has", "with", "toggle", "host")
)
_DOCUMENTS = frozenset(
    ("pre", "p", "ul", "ol", "dl", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6")
)
"""What no line of code is made of, and a description is."""
_NAME = re.compile(r"(?=.*[^\W\d_])[\w.$#@'\"/-]*[\w'\"?!]")
"""What one may point at in a line: no prompt, no line's number."""
_IN_TEXT = etree.XPath("descendant::code[*][not(ancestor::pre)]/descendant::*")
_BUTTONS = etree.XPath(".//code//button[@aria-expanded or @aria-haspopup][not(@aria-label or @title)]")
_REFERENCES = ("aria-describedby", "aria-details", "popovertarget")
_EXPLAINED = etree.XPath(f"descendant::*[{' or '.join(f'@{name}' for name in _REFERENCES)}]")


def is_popup(element: Element) -> bool:
    """Whether an element below code is shown over it, or says something of it.

    Sure signs come first: its role, how it is placed, its class. Inside a line it may also be told by where it
    stands: a box, or what is called a tooltip, right behind the one name that it explains.
    """
    if not _TELLING.isdisjoint(element.keys()) and (
        element.get("role") in _ROLES or not _PLACED.isdisjoint(element.keys())
    ):
        return True
    tag, classes = str(element.tag), element.get("class") or ""
    kind = _kind(classes)
    if kind == "trigger" or (kind == "popup" and _is_wrapper(element)):
        return False
    if _is_sure(classes):
        return True
    if not kind and tag not in BLOCKS and tag not in _DOCUMENTS:
        return False
    line = within_line(element)
    if line is None:
        return classes == "error" and _is_doubled(element)
    if kind == "popup":
        return True
    if tag == "pre" or (tag in _DOCUMENTS and holds_line(line)):
        return _stands_beside(element, line)
    if tag in BLOCKS and element.get("aria-hidden") == "true" and _stands_beside(element, line):
        return True
    return _follows_its_name(element, line)


def drop_popups(region: Element) -> None:
    """Take what pops up over code in a line of text out of it."""
    for one in _IN_TEXT(region):
        if is_popup(one):
            drop(one)


def keep_triggers(region: Element) -> None:
    """Names in code that open a popup may be buttons: they are code as other names are."""
    for one in _BUTTONS(region):
        if plain(one):
            one.tag = "span"


def described(code: Element) -> frozenset[str]:
    """The ids of what explains names in some code, by their own account."""
    return frozenset(
        identity
        for one in _EXPLAINED(code)
        for name in _REFERENCES
        for identity in (one.get(name) or "").split()
    )


def is_trigger(classes: str) -> bool:
    """Whether a class says that an element is pointed at to see something."""
    return _kind(classes) in ("trigger", "either")


def may_pop_up(classes: str) -> bool:
    """Whether a class speaks of popups, so that it has to be seen where an element stands."""
    return classes == "error" or bool(_kind(classes)) or _is_sure(classes)


@lru_cache(maxsize=4096)
def _kind(classes: str) -> str:
    """`popup`, `trigger`, `either` or nothing, by the words of each class without its variants (`--shown`)."""
    found = ""
    for name in classes.split():
        words = _words(name.partition("--")[0])
        called = [word for word in words if word in _SHOWN or word in _EITHER]
        if not called:
            continue
        if not _TRIGGERS.isdisjoint(words):
            return "trigger"
        shown = len(called) > 1 or called[0] in _SHOWN or not _PARTS.isdisjoint(words)
        found = "popup" if shown or found == "popup" else "either"
    return found


def _words(name: str) -> list[str]:
    """Of `MuiTooltip-popper`: mui, tooltip, popper. Two that are one elsewhere are one: `hover-card`."""
    words = [word.lower() for word in _WORD.findall(name)]
    pairs = {"tool tip", "hover card", "hover info", "quick info"}
    for at in range(len(words) - 1, 0, -1):
        if f"{words[at - 1]} {words[at]}" in pairs:
            words[at - 1 : at + 1] = [words[at - 1] + words[at]]
    return words


@lru_cache(maxsize=4096)
def _is_sure(classes: str) -> bool:
    return any(_CLASS.fullmatch(name) for name in classes.split())


def _is_doubled(error: Element) -> bool:
    """What a compiler says is written twice: once to be read, once to make room for that."""
    after = error.getnext()
    return after is not None and after.get("class") == "error-behind"


def _is_wrapper(element: Element) -> bool:
    """Whether it holds the name, too, beside the popup."""
    for inner in element.iterdescendants("*"):
        if _kind(inner.get("class") or "") == "popup" and (shown := plain(inner)):
            return _NAME.fullmatch(plain(element).replace(shown, "", 1).strip()) is not None
    return False


def _stands_beside(element: Element, line: Element) -> bool:
    """Whether the line has text besides, and that is not its number."""
    rest = plain(line).replace(plain(element), "", 1).strip()
    return bool(rest) and not rest.isdigit()


def _follows_its_name(element: Element, line: Element) -> bool:
    holder = element.getparent()
    if holder is None or holds_line(holder):
        return False
    if holder.tag in BLOCKS and not _stands_beside(holder, line):
        return False
    before = (holder.text or "") + "".join(
        "".join(one.itertext()) + (one.tail or "") for one in element.itersiblings(preceding=True)
    )
    return _NAME.fullmatch(before) is not None and _NAME.fullmatch(plain(element)) is None
