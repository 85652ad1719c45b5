"""Pure: whether a parsed page is a guard's own: what it says is little, and of one kind."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import etree
from lxml.etree import _Element as Element

from ingest.doors import signs

LARGEST = 1 << 20
"""Of a page as it is sent: no guard sends so much."""
_LOOKED_THROUGH = 40_000
"""The same, where the main part of it is looked for by its role: that takes time."""
_ROLE = re.compile(r"role=[\"']?main")
LONGEST = 3_000
"""Characters: who says more has something to say."""
_WORDY = 1_000
_SHORT = 600
_TERSE = 400
_BESIDE = 250
"""Beside its form a page says so little that the form is what it is for."""
_ASIDE = 100
"""The same for a form that stands among the links of a site, where documentation shows one, too."""
_FEW_LINKS = 3
"""To one host, on the whole page; documentation leads on."""
_MANY_LINKS = 12
"""The same, with the links that a sign-in page has of its own."""
_CODE = 60
_AT_ONCE = 60
"""A heading that asks begins with what it asks."""
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
_OWN_LINK = re.compile(
    r"forgot|passw|reset|recover|regist|sign-?(?:up|in)|log-?in|account|terms|privacy|legal|policy|cookie|imprint"
    r"|impressum|help|support|contact|sso|saml|oauth|auth\b|^/?(?:(?:index|home)(?:\.\w+)?)?$",
    re.IGNORECASE,
)
"""What a page at which people sign in or consent leads to by itself."""
_MERE = re.compile(r"<(?:a|img)\b[^>]*>")
"""A link or an image: documentation of a guard has them, too."""
_SENTENCE = re.compile(r"[^.!?]{30,}[.!?](?:\s|$)")
_CAPTCHA = re.compile(r"g-recaptcha|h-captcha|cf-turnstile|frc-captcha|smart-captcha|mtcaptcha|geetest")


@dataclass(slots=True)
class _Shown:
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


def guard_of_page(tree: Element, source: str) -> str | None:
    """Which guard sent this page in place of another, or None. `source` is the page as text.

    Cheap for documentation: reading stops where a page says more than a guard does, or shows code.
    """
    shown = _shown(tree, source) if len(source) <= LARGEST else None
    if shown is None:
        return None
    leads_on = _leads_on(tree)
    if by_mark := _by_mark(shown, source, leads_on=leads_on):
        return by_mark
    titles = [title for title in (*_titles(tree), *shown.headings) if title]
    if leads_on:
        return _sign_in_among_links(shown, titles)
    return _bot_check(shown, titles) or _sign_in(shown, titles) or _consent(shown, titles)


def _by_mark(shown: _Shown, source: str, *, leads_on: bool) -> str | None:
    small, seen = source.lower(), shown.text.lower()
    found = [
        (mark, part)
        for mark in signs.MARKS
        if len(shown.text) <= mark.most and (mark.sure or not leads_on)
        for part in mark.parts
        if part in small and part not in seen
    ]
    if not found:
        return None
    small = _MERE.sub("", small)
    return next((mark.guard for mark, part in found if part in small), None)


def _bot_check(shown: _Shown, titles: list[str]) -> str | None:
    if len(shown.text) <= _SHORT and any(signs.ASKED.search(title, 0, _AT_ONCE) for title in titles):
        return signs.BOT_CHECK
    if len(shown.text) > _TERSE:
        return None
    said = "\n".join((shown.text, shown.unscripted))
    if signs.ASKED.search(said) or (shown.captcha and not shown.fields):
        return signs.BOT_CHECK
    denied = any(map(signs.BLOCKED.fullmatch, titles)) and not _explains(shown.text)
    return signs.DENIED if denied else None


def _explains(text: str) -> bool:
    """Whether a page tells of a refusal; one that refuses speaks to who is there, and names the case."""
    if signs.CASE.search(text):
        return False
    told = len(_SENTENCE.findall(text)) >= _FEW_LINKS and not signs.ADDRESSED.search(text)
    return told or signs.EXPLAINED.search(text) is not None


def _sign_in(shown: _Shown, titles: list[str]) -> str | None:
    named = any(map(signs.SIGN_IN_TITLE.fullmatch, titles))
    pressed = any(map(signs.SIGN_IN_BUTTON.fullmatch, shown.buttons))
    if shown.passwords:
        named = named or any(map(signs.LOCKED_TITLE.fullmatch, titles))
        alone = named or (pressed and len(shown.beside) <= _BESIDE)
        return signs.SIGN_IN if alone and len(shown.text) <= _WORDY else None
    asks = pressed and any(
        kind in ("text", "email", "") and signs.IDENTITY.search(name) for kind, name in shown.fields
    )
    led = any(map(signs.SSO_BUTTON.fullmatch, shown.buttons))
    return signs.SIGN_IN if named and (asks or led) and len(shown.text) <= _SHORT else None


def _sign_in_among_links(shown: _Shown, titles: list[str]) -> str | None:
    """A sign-in page that keeps the site's navigation: its form, and nothing to read."""
    pressed = any(map(signs.SIGN_IN_BUTTON.fullmatch, shown.buttons))
    alone = shown.passwords and pressed and shown.prose <= _ASIDE
    return _sign_in(shown, titles) if alone else None


def _consent(shown: _Shown, titles: list[str]) -> str | None:
    """A title of consent, and no heading that is of anything else."""
    named = bool(titles) and any(map(signs.CONSENT_TITLE.fullmatch, titles))
    if not named or not any(map(signs.CONSENT_BUTTON.fullmatch, shown.buttons)):
        return None
    other = [one for one in shown.headings[:1] if not signs.CONSENT_TITLE.fullmatch(one)]
    return None if other else signs.CONSENT


def _titles(tree: Element) -> list[str]:
    """The parts of the title: the page's own name, and the site's, in any order."""
    title = next((one for one in tree.iter("title") if next(one.iterancestors("svg"), None) is None), None)
    whole = " ".join("".join(title.itertext()).split()) if title is not None else ""
    return re.split(r"\s+[|·•»«—–-]\s+", whole[:300])


def _leads_on(tree: Element) -> bool:
    """Whether a page has links to other pages, wherever they stand; those of a sign-in page itself do not count."""
    to: defaultdict[str, set[str]] = defaultdict(set)
    own: defaultdict[str, set[str]] = defaultdict(set)
    for element in tree.iter("a"):
        href = (element.get("href") or "#").strip()
        if href.startswith(("#", "?", "javascript:", "mailto:", "tel:")):
            continue
        try:
            parts = urlsplit(href)
        except ValueError:
            continue
        (own if _OWN_LINK.search(parts.path) else to)[parts.netloc].add(parts.path)
        if len(to[parts.netloc]) > _FEW_LINKS or len(own[parts.netloc]) > _MANY_LINKS:
            return True
    return False


def _shown(tree: Element, source: str) -> _Shown | None:
    """What the page shows; None where that is more than a guard does, or a block of code."""
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


def _read(region: Element, *, whole: bool) -> _Shown | None:
    """With `whole`, what lies over the page or beside it counts as any other part of it."""
    shown = _Shown()
    said: list[str] = []
    beside: list[str] = []
    size = 0
    for place, element, text in _places(region, whole=whole):
        if element is not None and (whole or not place.over):
            _note(shown, element)
        if text and (words := " ".join(text.split())):
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


def _note(shown: _Shown, element: Element) -> None:
    tag = element.tag
    if tag in _HEADINGS:
        shown.headings.append(_plain(element))
    elif tag == "code":
        shown.code += len(_plain(element))
    elif tag == "noscript":
        shown.unscripted += f"{_plain(element)}\n"
    elif tag == "button" or element.get("role") == "button" or (tag == "a" and _looks_pressed(element)):
        shown.buttons.append(_plain(element))
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


def _plain(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())[:300]
