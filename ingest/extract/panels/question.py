"""A control's words become what a reader sees above the panel that it opens: its heading, or a bold line."""

import re
from copy import deepcopy

from lxml.etree import _Element as Element

from ingest.extract.clean.hidden import is_hidden
from ingest.extract.tree.elements import HEADINGS, drop, plain
from ingest.extract.tree.placeholders import INLINE

_HEADS = frozenset((*HEADINGS, "dt", "summary"))
_HOLDERS = frozenset(("div", "section", "dd", "article", "aside", "figure", "td", "th", "li", "details"))
_PARTS = 8
"""Children of what holds a control alone."""
_EMPTIED = frozenset(("li", "ul", "ol", "p", "span", "div"))
_DRAWN = frozenset(("svg", "img", "i"))
_ICON = re.compile(
    r"(?:^|[-_\s])(?:icons?|material-(?:icons|symbols)[\w-]*|chevron|caret|arrow|glyphicon)(?:$|[-_\s])",
    re.IGNORECASE,
)
_SIGNS = re.compile(
    r"[\s+\u2212\u2013\u25b2-\u25c5\u2039\u203a\u2303\u2304\u276f\u00d7\u2715\u2795\u2796\u2193\u2191\u2195]+$"
)
_NOISE = re.compile(
    r"(?:click (?:here )?to )?(?:show|view|see|read|load|learn|expand|collapse|toggle|open|close|hide)?"
    r"(?:(?:^|\s)(?:me|all|it|this|here|more|less|everything|section|panel|content|menu|row|details))*",
    re.IGNORECASE,
)
"""Words that say only that there is more."""


def ask(control: Element, panel: Element) -> None:
    """Write the question of a panel right before its answer, in place; the control is left as text, or taken out."""
    _drop_icons(control)
    head = next((one for one in (control, *control.iterancestors()) if one.tag in _HEADS), None)
    if head is None:
        head = next(control.iter(*HEADINGS), None)
    line = _bold(control)
    telling = _NOISE.fullmatch(plain(line).rstrip(".\u2026 ")) is None
    row = next(control.iterancestors("tr"), None)
    if head is not None:
        _as_text(control)
        if telling and not _follows(head, panel):
            _put_before(panel, line)
    elif (row is not None and row not in panel.iterancestors()) or _is_in_prose(control):
        _as_text(control)
    else:
        _drop_with_holders(control)
        if telling:
            _put_before(panel, line)


def _drop_with_holders(control: Element) -> None:
    """Take it out, and what held nothing else."""
    holder = control.getparent()
    drop(control)
    while (
        holder is not None and holder.tag in _EMPTIED and not len(holder) and not (holder.text or "").strip()
    ):
        above = holder.getparent()
        drop(holder)
        holder = above


def _drop_icons(control: Element) -> None:
    for one in list(control.iterdescendants()):
        if one.tag in _DRAWN or _ICON.search(one.get("class") or "") or is_hidden(one):
            drop(one)


def _as_text(control: Element) -> None:
    """A button is dropped from every page; the words of this one are not."""
    if control.tag == "button":
        control.tag = "span" if all(one.tag in INLINE for one in control.iterdescendants()) else "div"
    control.attrib.pop("role", None)


def _is_in_prose(control: Element) -> bool:
    """Whether it stands among the words of a paragraph."""
    holder = control.getparent()
    if holder is None or holder.tag not in ("p", "span", "em", "strong"):
        return False
    return len(holder) > _PARTS or plain(holder) != plain(control)


def _bold(control: Element) -> Element:
    """A paragraph with a copy of the control's content as bold text."""
    line = control.makeelement("p")
    strong = deepcopy(control)
    strong.tag, strong.tail = "strong", None
    strong.attrib.clear()
    for one in strong.iterdescendants():
        if one.tag not in INLINE:
            one.tag = "span"
            one.tail = f" {one.tail or ''}"
    last = strong[-1] if len(strong) else None
    if last is not None and last.tail:
        last.tail = _SIGNS.sub("", last.tail)
    elif last is None:
        strong.text = _SIGNS.sub("", (strong.text or "").strip())
    line.append(strong)
    return line


def _put_before(panel: Element, line: Element) -> None:
    if panel.tag == "tr" or _begins_with(panel, plain(line)):
        return
    if panel.tag in _HOLDERS:
        line.tail, panel.text = panel.text, None
        panel.insert(0, line)
    else:
        panel.addprevious(line)


def _begins_with(panel: Element, words: str) -> bool:
    first = next((one for one in panel.iter(*HEADINGS, "p", "strong", "b", "dt") if plain(one)), None)
    return first is not None and plain(first) == words


def _follows(head: Element, panel: Element) -> bool:
    """Whether a panel stands right behind a heading, with no words between."""
    above = {panel, *panel.iterancestors()}
    one: Element | None = head
    while one is not None and one not in above:
        if (one.tail or "").strip():
            return False
        after = one.getnext()
        while after is not None and after not in above:
            if any(map(str.isalnum, plain(after))) or (after.tail or "").strip():
                return False
            after = after.getnext()
        if after is not None:
            return _begins(after, panel)
        one = one.getparent()
    return True


def _begins(holder: Element, panel: Element) -> bool:
    """Whether no words stand in `holder` before the panel in it."""
    one = panel
    while one is not holder:
        up = one.getparent()
        if (
            up is None
            or (up.text or "").strip()
            or any(
                plain(before) or (before.tail or "").strip() for before in one.itersiblings(preceding=True)
            )
        ):
            return False
        one = up
    return True
