"""What a reader activates to open a panel, and which elements it refers to."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from lxml.etree import _Element as Element

from ingest.extract.clean.hidden import is_hidden
from ingest.extract.tree.elements import plain

_NAMING = (
    "aria-controls", "data-target", "data-bs-target", "data-mdb-target", "data-te-target", "data-twe-target",
    "data-accordion-target", "data-collapse-toggle", "data-hs-collapse", "data-toggle-target", "popovertarget",
    "commandfor", "uk-toggle", "data-uk-toggle", "data-toggle",
)  # fmt: skip
"""Attributes that name what a control opens: ids with or without `#`, or classes."""
_TELLING = frozenset((*_NAMING, "aria-expanded"))
_NAMED = re.compile(r"(?<![^\s,:])[#.]?[A-Za-z_][^\s,;#.]*")
_CONTROLS = frozenset(("button", "summary"))
_ROLES = frozenset(("button", "tab"))
_NEVER = frozenset(("input", "option", "select", "textarea", "form", "body"))
_KIND = re.compile(
    r"(?:^|[-_])(?:accordion|collaps\w*|expand\w*|expansion|disclosure|spoiler|faq|toggle\w*|foldable)(?:$|[-_])",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:^|[-_])(?:header|heading|title|button|btn|control|toggle\w*|trigger|summary|question|label|head|link)(?:$|[-_])",
    re.IGNORECASE,
)
_MOST = 64
"""Elements that one control refers to."""
_PARTS = 8
"""Children of a heading that says no more than the control in it; empty elements before what it opens."""
_LEVELS = 4
"""How far above a control that follows which it opens, and how deep in that it may be hidden."""


class Addresses:
    """The elements of a page by id, by the id of what labels them, and by class."""

    def __init__(self, region: Element) -> None:
        self.ids: dict[str, Element] = {}
        self.labelled: dict[str, list[Element]] = {}
        self.classes: dict[str, list[Element]] = {}
        for one in region.iter("*"):
            if identity := one.get("id"):
                self.ids.setdefault(identity, one)
            for label in (one.get("aria-labelledby") or "").split():
                self.labelled.setdefault(label, []).append(one)
            for name in (one.get("class") or "").split():
                self.classes.setdefault(name, []).append(one)


def opened_by(control: Element, addresses: Addresses) -> list[Element]:
    """What an element opens when it is activated, by what it names, what it labels, or what follows it."""
    if (
        not _may_open(control)
        or control.tag in _NEVER
        or control.get("disabled") is not None
        or not _is_seen(control)
    ):
        return []
    named = [one for name in _names(control) for one in _found(name, addresses)]
    found = [*named, *_labelled(control, addresses)] or list(_behind(control))
    above = {control, *control.iterancestors()}
    return [
        one
        for one in islice(dict.fromkeys(found), _MOST)
        if one not in above and control not in one.iterancestors()
    ]


def discloses(control: Element) -> bool:
    """Whether a control opens and closes something in its place, and no dialog, menu or other page."""
    return (
        control.get("aria-expanded") is not None
        or "collapse" in (control.get("data-toggle"), control.get("data-bs-toggle"))
        or control.get("popovertarget") is not None
        or _is_head(control.get("class") or "")
    )


def _may_open(one: Element) -> bool:
    return (
        one.tag in _CONTROLS
        or one.get("role") in _ROLES
        or not _TELLING.isdisjoint(one.keys())
        or _is_head(one.get("class") or "")
    )


def _is_seen(control: Element) -> bool:
    return control.tag == "button" or len(control) > 0 or bool(plain(control))


@lru_cache(maxsize=8192)
def _is_head(classes: str) -> bool:
    """Whether a class is that of the part of an accordion which one clicks."""
    return any(_KIND.search(name) and _PART.search(name) for name in _split(classes))


def _split(classes: str) -> Iterator[str]:
    """Of `MuiAccordionSummary-root`, too, the words are parted."""
    for name in classes.split():
        yield re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)


def _names(control: Element) -> Iterator[str]:
    for attribute in _NAMING:
        if value := control.get(attribute):
            yield from (found.removeprefix("#") for found in _NAMED.findall(value))
    href = control.get("href") or ""
    if href.startswith("#") and len(href) > 1 and (discloses(control) or control.get("role") in _ROLES):
        yield href[1:]


def _found(name: str, addresses: Addresses) -> list[Element]:
    if name.startswith("."):
        return addresses.classes.get(name[1:], [])
    there = addresses.ids.get(name)
    return [] if there is None else [there]


def _labelled(control: Element, addresses: Addresses) -> Iterator[Element]:
    """Panels that name the control, or the heading it stands in, as their label."""
    if control.tag not in _CONTROLS and control.get("role") not in _ROLES and not discloses(control):
        return
    for one in (control, *islice(control.iterancestors(), 2)):
        named = addresses.labelled.get(one.get("id") or "", ())
        if named and (one is control or (len(one) <= _PARTS and plain(one) == plain(control))):
            yield from named


def _behind(control: Element) -> Iterator[Element]:
    """What is hidden right behind a control that names nothing; all that stands beside a `<summary>`."""
    if control.tag == "summary":
        yield from control.itersiblings("*")
        return
    place: Element | None = control if discloses(control) else None
    for _ in range(_LEVELS):
        if place is None or (place.tail or "").strip():
            return
        near = islice(place.itersiblings("*"), _PARTS)
        after = next((one for one in near if is_hidden(one) or plain(one)), None)
        if after is not None:
            if is_hidden(hidden_in(after)):
                yield after
            return
        place = place.getparent()


def hidden_in(panel: Element) -> Element:
    """The hidden element that is all there is in a panel; the panel itself where there is none such."""
    one = panel
    for _ in range(_LEVELS):
        if is_hidden(one):
            return one
        if len(one) != 1 or (one.text or "").strip() or (one[0].tail or "").strip():
            break
        one = one[0]
    return panel
