"""What stands in a `<pre>` and is no code: its title, the label of its language, buttons, toasts, icons."""

import re
from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.clean.button_words import is_button_words, names_icon
from ingest.extract.code.language import code_language, named_language
from ingest.extract.tree.elements import drop, plain

_HINTS = ("cop", "Cop", "clipboard", "toast", "tool", "btn", "utton", "icon", "symbols", "lang")
_ROLES = ("button", "status", "alert", "tooltip")
_HINTED = etree.XPath(
    "descendant::*[@aria-live or contains(name(), '-')"
    + " or (@role and ("
    + " or ".join(f"@role='{role}'" for role in _ROLES)
    + "))"
    # classes of words of code are shorter than any hint
    + " or (string-length(@class) > 2 and ("
    + " or ".join(f"contains(@class, '{hint}')" for hint in _HINTS)
    + "))"
    + "][not(self::code or self::pre)]"
)
"""What may be a button or a label though it stands in the code itself, or in a `<pre>` without `<code>`."""
_LANGUAGE = re.compile(r"(?:[\w-]*[-_])?(?:lang|language)(?:[-_](?:label|name|tag|badge|text|display))?")
_ICON = re.compile("icon|symbols")
_TITLE = re.compile(
    r"(?:.*[-_])?(?:title|file-?name|fileName|file|caption|header|heading)(?:[-_].*)?", re.IGNORECASE
)
_FOLD = re.compile(
    r"(?:(?:show|expand|view) )?\d+ (?:(?:more|collapsed|hidden|folded|unchanged) )?lines?"
    r"(?: (?:collapsed|hidden|more))?"
    r"|(?:show|expand|view) (?:more|all|code|lines)",
    re.IGNORECASE,
)
"""What opens lines that are folded away."""
_LONGEST = 100
"""Characters of a title."""


def take_from_inside(pre: Element) -> None:
    """Drop what says nothing but a button's words; a language is given to the block, a title stands before it."""
    for fold in list(pre.iter("summary")):
        if _FOLD.fullmatch(plain(fold).rstrip(" .…")):
            drop(fold)
    for one in list(_HINTED(pre)):
        said = plain(one)
        names = (one.get("class") or "").split()
        if is_button_words(said) or (names_icon(said) and any(map(_ICON.search, names))):
            drop(one)
        elif any(map(_LANGUAGE.fullmatch, names)) and not _text_before(one, pre):
            _take_language(one, pre, said)
    if (code := pre.find(".//code")) is None:
        return
    for one, leads in list(_outside(code, pre)):
        pieces = [piece.strip() for piece in one.itertext() if piece.strip()]
        labels = [piece for piece in pieces if not is_button_words(piece)]
        if not pieces:
            continue
        if not labels:
            drop(one)
        elif leads and len(labels) == 1 and not (one.tail or "").strip():
            if named_language(labels[0]) is not None:
                _take_language(one, pre, labels[0])
            elif any(map(_TITLE.fullmatch, (one.get("class") or "").split())) and len(labels[0]) <= _LONGEST:
                _take_title(one, pre, labels[0])
    if is_button_words(pre.text or ""):
        pre.text = None
    for one in pre:
        if is_button_words(one.tail or ""):
            one.tail = None


def _take_language(label: Element, pre: Element, said: str) -> None:
    language = named_language(said)
    if language is None:
        return
    if language and not code_language(pre):
        pre.set("data-lang", language)
    drop(label)


def _take_title(title: Element, pre: Element, said: str) -> None:
    paragraph = pre.makeelement("p")
    paragraph.text = said
    pre.addprevious(paragraph)
    drop(title)


def _outside(code: Element, pre: Element) -> Iterator[tuple[Element, bool]]:
    """What stands beside the `<code>` and what holds it, and whether before it."""
    holder = code
    while holder is not pre:
        above = holder.getparent()
        if above is None:
            return
        for one in above:
            if one is not holder and one.tag not in ("code", "br") and one.find(".//code") is None:
                yield one, above.index(one) < above.index(holder)
        holder = above


def _text_before(element: Element, pre: Element) -> bool:
    """Whether the code begins before an element."""
    for one in pre.iter():
        if one is element:
            return False
        if (one.text or "").strip():
            return True
    return True
