"""Pure: whether a parsed page is an interstitial: what it says is little, and of one kind."""

import re
from collections import defaultdict
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from ingest.interstitials import signs
from ingest.interstitials.shown import Shown, show
from shared.one_line import one_line

LARGEST = 1 << 20
"""Of a page as it is sent: no interstitial is so large."""
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
_AT_ONCE = 60
"""A heading that asks begins with what it asks."""

_OWN_LINK = re.compile(
    r"forgot|passw|reset|recover|regist|sign-?(?:up|in)|log-?in|account|terms|privacy|legal|policy|cookie|imprint"
    r"|impressum|help|support|contact|sso|saml|oauth|auth\b|^/?(?:(?:index|home)(?:\.\w+)?)?$",
    re.IGNORECASE,
)
"""What a page at which people sign in or consent leads to by itself."""
_MERE = re.compile(r"<(?:a|img)\b[^>]*>")
"""A link or an image: documentation of a bot guard has them, too."""
_SENTENCE = re.compile(r"[^.!?]{30,}[.!?](?:\s|$)")


def interstitial_of_page(tree: Element, source: str) -> str | None:
    """Which interstitial this page is, or None. `source` is the page as text.

    Cheap for documentation: reading stops where a page says more than an interstitial does, or shows code.
    """
    shown = show(tree, source) if len(source) <= LARGEST else None
    if shown is None:
        return None
    leads_on = _leads_on(tree)
    if by_mark := _by_mark(shown, source, leads_on=leads_on):
        return by_mark
    titles = [title for title in (*_titles(tree), *shown.headings) if title]
    if leads_on:
        return _sign_in_among_links(shown, titles)
    return _bot_check(shown, titles) or _sign_in(shown, titles) or _consent(shown, titles)


def _by_mark(shown: Shown, source: str, *, leads_on: bool) -> str | None:
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


def _bot_check(shown: Shown, titles: list[str]) -> str | None:
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


def _sign_in(shown: Shown, titles: list[str]) -> str | None:
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


def _sign_in_among_links(shown: Shown, titles: list[str]) -> str | None:
    """A sign-in page that keeps the site's navigation: its form, and nothing to read."""
    pressed = any(map(signs.SIGN_IN_BUTTON.fullmatch, shown.buttons))
    alone = pressed and shown.prose <= _ASIDE if shown.passwords else not shown.prose
    return _sign_in(shown, titles) if alone else None


def _consent(shown: Shown, titles: list[str]) -> str | None:
    """A title of consent, and no heading that is of anything else."""
    named = bool(titles) and any(map(signs.CONSENT_TITLE.fullmatch, titles))
    if not named or not any(map(signs.CONSENT_BUTTON.fullmatch, shown.buttons)):
        return None
    other = [one for one in shown.headings[:1] if not signs.CONSENT_TITLE.fullmatch(one)]
    return None if other else signs.CONSENT


def _titles(tree: Element) -> list[str]:
    """The parts of the title: the page's own name, and the site's, in any order."""
    title = next((one for one in tree.iter("title") if next(one.iterancestors("svg"), None) is None), None)
    whole = one_line("".join(title.itertext())) if title is not None else ""
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
