"""What a page says about itself and to a crawler: title, language, links, canonical address, robots."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element as Element

from ingest.extract.tree.posts import is_post
from shared.one_line import one_line

_SEPARATOR = re.compile(r"\s+(?:[|·•»«—–]|-|::|&mdash;)\s+|\s*[|·—]\s*")
_NUMBER = re.compile(r"^(?:\d+|[A-Z])(?:\.\d+)*\.?\s+")
"""Of a section, before its heading: `14.1.3 `, `A.2 `."""
_MARKUP = re.compile(r"</?(?:code|em|strong|b|i|tt|span|wbr)>", re.IGNORECASE)
_REFRESH = re.compile(r"""^\s*(\d+(?:\.\d*)?)\s*[;,]\s*(?:url\s*=\s*)?['"]?\s*([^'">]+)""", re.IGNORECASE)
_LINKED = {"a": "href", "area": "href", "frame": "src", "iframe": "src"}
_REDIRECT_SECONDS = 10.0
_SEQUENCE = re.compile(r"next|prev|previous", re.IGNORECASE)
_MOST_ALTERNATES = 200
_ROUTE = re.compile(r"(?:\./|/)?#!?/")
_ROUTES = ("/", "!/")
"""How a fragment begins that only a script knows."""
_LEADS_ON = re.compile(
    r"""(?<![\w.$])(?:(?:window|document|self|top|parent|globalThis)\.)?location(?:\.href)?"""
    r"""\s*(?:=(?!=)|\.(?:replace|assign)\()\s*["'`]([^"'`\s$]{1,1000})["'`]"""
)
_STUB_WORDS = 200
"""Characters: a page that leads on says hardly more than that."""
_STUB_LINKS = 2
_STUB_SCRIPT = 2_000
_UNSAID = frozenset(("script", "style", "noscript", "template"))
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class PageFacts:
    base: str
    """What relative links are relative to."""
    title: str
    """The `<title>` as it stands, in one line."""
    language: str | None
    links: tuple[str, ...]
    canonical: str | None
    noindex: bool
    nofollow: bool
    generator: str | None
    redirect: str | None
    """Where a `<meta http-equiv="refresh">` leads within seconds, or a script where the page says hardly anything."""
    site: str = ""
    """The site's name, where it says it."""
    twin: str | None = None
    """The page as Markdown."""
    alternates: tuple[tuple[str, str], ...] = ()
    """The page in other languages."""
    routed: bool = False
    """Whether links lead to fragments that only a script knows (`#/guide`)."""
    post: bool = False
    """Whether it is a post of a blog or news."""


def read_facts(tree: Element, url: str) -> PageFacts:
    """Read a whole page, navigation included. Addresses are absolute http(s) ones without fragments."""
    base = next((there for one in tree.iter("base") if (there := address(url, one.get("href") or ""))), url)
    named: dict[str, str] = {}
    redirect = None
    for meta in tree.iter("meta"):
        content = meta.get("content") or ""
        named.setdefault(
            (meta.get("name") or meta.get("property") or meta.get("http-equiv") or "").strip().lower(),
            content,
        )
        if (meta.get("http-equiv") or "").lower() == "refresh" and (found := _REFRESH.match(content)):
            redirect = address(base, found[2]) if float(found[1]) <= _REDIRECT_SECONDS else redirect
    said = {word.strip().lower() for name in ("robots", "lectern") for word in named.get(name, "").split(",")}
    title = next((one for one in tree.iter("title") if next(one.iterancestors("svg"), None) is None), None)
    language = (
        tree.get("lang")
        or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
        or next((lang for one in tree.iter("body", "main") if (lang := one.get("lang"))), None)
        or named.get("content-language")
        or named.get("og:locale", "").replace("_", "-")
    )
    relations = [(one.get("rel") or "", one.get("href") or "") for one in tree.iter("link")]
    alternates = [one for one in tree.iter("link") if (one.get("rel") or "").lower().strip() == "alternate"]
    return PageFacts(
        base=base,
        title=one_line("".join(title.itertext() if title is not None else ())),
        language=language.strip() if _LANGUAGE.fullmatch(language.strip()) else None,
        links=_with_pages(
            _links(tree, base),
            [address(base, href) for rel, href in relations if href and _SEQUENCE.fullmatch(rel.strip())],
        ),
        canonical=next(
            (address(base, href) for rel, href in relations if rel.lower() == "canonical" and href), None
        ),
        noindex=not said.isdisjoint(("noindex", "none")),
        nofollow=not said.isdisjoint(("nofollow", "none")),
        generator=named.get("generator"),
        redirect=redirect or _scripted_redirect(tree, base),
        site=named.get("og:site_name") or named.get("application-name") or "",
        twin=next(
            (
                address(base, one.get("href") or "")
                for one in alternates
                if (one.get("type") or "").partition(";")[0].strip().lower() == "text/markdown"
            ),
            None,
        ),
        alternates=tuple(
            (spoken, there)
            for one in alternates[:_MOST_ALTERNATES]
            if (spoken := (one.get("hreflang") or "").strip())
            and _LANGUAGE.fullmatch(spoken)
            and (there := address(base, one.get("href") or ""))
        ),
        post=is_post(tree, url),
        routed=any(_ROUTE.match(one.get("href") or "") for one in tree.iter("a")),
    )


def _scripted_redirect(tree: Element, base: str) -> str | None:
    """Where a page of few words leads by a script of its own."""
    body = tree.find("body")
    if body is not None and not _says_little(body):
        return None
    for script in tree.iter("script"):
        text = script.text or ""
        if len(text) <= _STUB_SCRIPT and (found := _LEADS_ON.search(text)):
            return address(base, found[1])
    return None


def _says_little(body: Element) -> bool:
    size = links = 0
    for element in body.iter("*"):
        links += element.tag == "a"
        if element.tag in ("pre", "form") or links > _STUB_LINKS:
            return False
        size += len((element.tail or "").strip())
        size += len((element.text or "").strip()) if element.tag not in _UNSAID else 0
        if size > _STUB_WORDS:
            return False
    return True


def page_title(title: str, headings: list[tuple[int, str]], url: str, site: str = "") -> str:
    """The title without the site's name: the heading that the `<title>` holds, else the title's most telling part."""
    title = _MARKUP.sub("", title)
    tops = [text for level, text in headings if level == 1]
    squeezed = _squeeze(title)
    first = (tops or [text for _, text in headings])[:2]
    for text in first:
        own = _squeeze(text)
        if not title or (own and (squeezed.startswith(own) or squeezed.endswith(own))):
            return text
    if first and _heads(title, _NUMBER.sub("", first[0])):
        return first[0]
    parts = [part.strip() for part in _SEPARATOR.split(title) if part.strip()]
    known = {_squeeze(text) for _, text in headings}
    told = next((part for part in parts if _squeeze(part) in known), None)
    if told is None and len(tops) == 1 and _squeeze(tops[0]) in squeezed:
        return tops[0]
    if told or len(parts) > 1:
        own_parts = [part for part in parts if _squeeze(part) != _squeeze(site)]
        return told or (own_parts or parts)[0]
    return tops[0] if len(tops) == 1 else title or urlsplit(url).path.rstrip("/").rpartition("/")[2] or url


def _heads(title: str, heading: str) -> bool:
    """Whether a title is a heading with what it belongs to behind it: `Sizes (Tools 1.0)`."""
    behind = title.removeprefix(heading).lstrip()
    return heading != "" and behind != title and behind.startswith(("(", "[", "|", "-", "–", "—", ":"))


def _squeeze(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def _links(tree: Element, base: str) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for element in tree.iter(*_LINKED):
        href, _, fragment = (element.get(_LINKED[str(element.tag)]) or "").strip().partition("#")
        route = f"#{fragment}" if fragment.startswith(_ROUTES) else ""
        if (href or route) and href + route not in found:
            found[href + route] = f"{there}{route}" if (there := address(base, href)) else ""
    return tuple(dict.fromkeys(one for one in found.values() if one))


def _with_pages(links: tuple[str, ...], pages: list[str | None]) -> tuple[str, ...]:
    """The links, and the pages before and after this one, which some sites name in the head only."""
    return tuple(dict.fromkeys((*links, *(one for one in pages if one))))


@lru_cache(maxsize=4096)
def address(base: str, href: str) -> str | None:
    """The absolute http(s) address without its fragment; None where there is none."""
    try:
        whole = urljoin(base, href.strip()).partition("#")[0]
        parts = urlsplit(whole)
        return whole if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None
