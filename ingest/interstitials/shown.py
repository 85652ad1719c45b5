"""Pure: what a reader finds on a page, as far as it tells an interstitial from documentation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree
from lxml.etree import _Element as Element

from shared.one_line import one_line

LONGEST = 3_000
"""Characters: who says more has something to say."""
_LOOKED_THROUGH = 40_000
"""The same, where the main part of it is looked for by its role: that takes time."""
_ROLE = re.compile(r"role=[\"']?main")
_CODE = 60
_NOTHING = 60
"""With so little, and no heading, what lies over a page is the page."""

_NOISE = frozenset(("script", "style", "template", "svg", "iframe", "head", "option", "datalist"))
_CHROME = frozenset(("nav", "header", "footer", "aside", "dialog"))
_HEADINGS = frozenset(("h1", "h2", "h3"))
_BRIEF = _HEADINGS | {"a", "button", "label"}
_POPPED = re.compile(
    r"\b(?:dropdown|modal|popup|popover|offcanvas|drawer|navbar|topbar|banner|toast|tooltip|sidebar|menu"
    r"|onetrust|cookiebot|cookie-?bar|cc-window)",
    re.IGNORECASE,
)
"""Classes and ids of what lies over a page or beside it."""
_CAPTCHA = re.compile(r"g-recaptcha|h-captcha|cf-turnstile|frc-captcha|smart-captcha|mtcaptcha|geetest")


@dataclass(slots=True)
class Shown:
    """What a reader finds on a page, as far as it matters here."""

    text: str = ""
    plain: int = 0
    """Characters of it that do not lie over the page."""
    beside: str = ""
    """Text that stands in no form."""
    prose: int = 0
    """Characters of it that stand in no heading, link or button either."""
    unscripted: str = ""
    """What is said where scripts are off."""
    headings: list[str] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)
    fields: list[tuple[str, str]] = field(default_factory=list)
    """The type of each field that is filled in, and what it is called."""
    captcha: bool = False
    code: int = 0
    """Characters."""

    @property
    def passwords(self) -> bool:
        return any(kind == "password" for kind, _ in self.fields)


def show(tree: Element, source: str) -> Shown | None:
    """What the page shows; None where that is more than an interstitial does, or a block of code."""
    body = tree.find("body")
    body = tree if body is None else body
    if next(body.iter("pre"), None) is not None:
        return None
    main = next(body.iter("main"), None)
    if main is None and len(source) <= _LOOKED_THROUGH and _ROLE.search(source):
        main = next(iter(_MAINS(body)), None)
    shown = _read(body if main is None else main, whole=False)
    if shown is None or shown.plain > _NOTHING or shown.headings or shown.passwords:
        return shown
    return _read(body, whole=True)


def _read(region: Element, *, whole: bool) -> Shown | None:
    """With `whole`, what lies over the page or beside it counts as any other part of it."""
    shown = Shown()
    said: list[str] = []
    beside: list[str] = []
    size = 0
    for place, element, text in _places(region, whole=whole):
        if element is not None and (whole or not place.over):
            _note(shown, element)
        if text and (words := one_line(text)):
            size += len(words) + 1
            if size > LONGEST:
                return None
            said.append(words)
            if not place.form:
                beside.append(words)
                shown.prose += 0 if place.brief else len(words)
            if not place.over:
                shown.plain += len(words)
    if shown.code > _CODE:
        return None
    shown.text, shown.beside = " ".join(said), " ".join(beside)
    return shown


_MAINS = etree.XPath("(.//div[@role='main'])[1]")


class _Place(NamedTuple):
    form: bool = False
    """In a form."""
    over: bool = False
    """In what lies over the page."""
    brief: bool = False
    """In a heading, a link, a button or a label: no sentence."""


def _places(region: Element, *, whole: bool) -> Iterator[tuple[_Place, Element | None, str | None]]:
    """Each element with the text that it begins with, then the text behind it."""
    yield _Place(region.tag == "form"), region, region.text
    stack: list[tuple[_Place, Element]] = []
    place, element = _Place(region.tag == "form"), region
    following = region[0] if len(region) else None
    while True:
        if following is None:
            if element is region:
                return
            place, last = stack.pop()
            yield place, None, element.tail
            following, element = element.getnext(), last
            continue
        child = following
        skipped = child.tag in _NOISE or (child.tag in _CHROME and not whole)
        if skipped or child.tag == "noscript":
            yield place, None if skipped else child, None
            yield place, None, child.tail
            following = child.getnext()
            continue
        stack.append((place, element))
        place = _Place(
            place.form or child.tag == "form",
            place.over or _lies_over(child),
            place.brief or child.tag in _BRIEF,
        )
        yield place, child, child.text
        element, following = child, child[0] if len(child) else None


def _lies_over(element: Element) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return len(names) > 1 and element.tag != "body" and _POPPED.search(names) is not None


def _note(shown: Shown, element: Element) -> None:
    tag = element.tag
    if tag in _HEADINGS:
        shown.headings.append(plain(element))
    elif tag == "code":
        shown.code += len(plain(element))
    elif tag == "noscript":
        shown.unscripted += f"{plain(element)}\n"
    elif tag == "button" or element.get("role") == "button" or (tag == "a" and _looks_pressed(element)):
        shown.buttons.append(plain(element))
    elif tag == "input":
        kind = (element.get("type") or "").lower()
        if kind in ("submit", "button", "image"):
            shown.buttons.append(element.get("value") or element.get("alt") or "submit")
        elif kind not in ("hidden", "checkbox", "radio", "search"):
            called = (element.get(name) or "" for name in ("name", "id", "autocomplete", "placeholder"))
            shown.fields.append((kind, " ".join(called)))
    elif tag == "textarea":
        shown.fields.append(("textarea", element.get("name") or ""))
    if _CAPTCHA.search(element.get("class") or ""):
        shown.captcha = True


def _looks_pressed(element: Element) -> bool:
    return re.search(r"\b(?:btn|button)", element.get("class") or "", re.IGNORECASE) is not None


def plain(element: Element) -> str:
    return one_line("".join(element.itertext()))[:300]
