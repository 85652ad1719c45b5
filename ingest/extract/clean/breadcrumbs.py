"""Drops breadcrumbs that no name gives away: the way to a page, before its title."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urljoin, urlsplit

from lxml.etree import _Element as Element

from ingest.extract.tree.elements import drop, plain

_SIGNS = re.compile(r"\s*[›»>→⟩❯▸▶/\\|]+\s*")
_LONGEST = 50
"""Characters of one step."""
_MOST = 8
_BOXES = ("div", "header", "section")
_BLOCKS = ("h1", "h2", "h3", "pre", "table", "blockquote")
_NOT_A_LETTER = re.compile(r"[\W_]+")


def drop_breadcrumbs(region: Element, url: str) -> None:
    """Take out what stands before the page's first heading of level 1 and is the way to it, in place.

    That are links alone to the folders of its address, and to chapters in them; or steps with signs between them, of
    which the last is the title or others are such folders.
    """
    title = next(region.iter("h1"), None)
    if title is None:
        return
    for one in list(_before(title, region)):
        if _is_trail(one, plain(title), url):
            drop(one)


def _before(title: Element, region: Element) -> Iterator[Element]:
    at: Element | None = title
    while at is not None and at is not region:
        for one in at.itersiblings(preceding=True):
            yield one
            yield from (one if one.tag in _BOXES else ())
        at = at.getparent()


def _is_trail(box: Element, title: str, url: str) -> bool:
    if box.tag in _BLOCKS or next(box.iter(*_BLOCKS), None) is not None:
        return False
    steps = [step for text in box.itertext() for step in _SIGNS.split(text.strip()) if step.strip()]
    if (
        not 0 < len(steps) <= _MOST
        or max(map(len, steps)) > _LONGEST
        or plain(box).endswith((".", "!", "?", ":"))
    ):
        return False
    linked = [urljoin(url, link.get("href") or "") for link in box.iter("a") if plain(link)]
    if linked:
        if len(steps) == 1 and box.tag == "p":
            return False  # what owns a class, as Scaladoc says it
        led = all(_is_near(one, url) for one in linked) and any(_is_above(one, url) for one in linked)
        return led and len(steps) - len(linked) <= 1
    ends = _folded(steps[-1]) == _folded(title)
    signs = len(_SIGNS.findall(plain(box))) >= len(steps) - 1 or len(box) >= len(steps)
    folders = {_folded(unquote(part)) for part in urlsplit(url).path.split("/")} - {""}
    known = any(_folded(step) in folders for step in steps[:-1])
    return len(steps) > 1 and signs and (ends or known)


def _is_above(target: str, url: str) -> bool:
    """Whether an address is that of a folder that a page stands in."""
    ours, theirs = urlsplit(url), urlsplit(target)
    folder = theirs.path.removesuffix("index.html").removesuffix(".html").rstrip("/") + "/"
    return theirs.netloc == ours.netloc and ours.path.startswith(folder) and ours.path != theirs.path


def _is_near(target: str, url: str) -> bool:
    """Whether a page stands in a folder that this page stands in, too: a chapter is often a page beside its pages."""
    return _is_above(target, url) or _is_above(target.rstrip("/").rpartition("/")[0] + "/", url)


def _folded(text: str) -> str:
    return _NOT_A_LETTER.sub("", text).lower()
