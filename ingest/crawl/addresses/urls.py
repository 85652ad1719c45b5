"""Pure: which URLs belong to a crawl."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import unquote

from yarl import URL

from shared.errors import InvalidUrl
from shared.guard.urls import UNREADABLE, normalise, shown

OUTSIDE = "outside the part of the site that is crawled"
"""The one reason that needs no report: most links of a page lead elsewhere."""

_PAGE_SUFFIXES = re.compile(r"x?html?|shtml|php\d?|aspx?|jsp|cgi|do")
_OTHER_SUFFIXES = re.compile(
    # images, fonts, media
    r"png|jpe?g|gif|svgz?|webp|avif|ico|bmp|tiff?|psd|woff2?|ttf|otf|eot"
    r"|mp[34]|m4[av]|og[gav]|wav|webm|avi|mov|mkv|flac"
    # archives, packages, programs
    r"|zip|tar|t?gz|bz2|xz|zst|7z|rar|[jw]ar|whl|egg|deb|rpm|dmg|pkg|msi|exe|apk|iso|bin|so|dll|gem|crate"
    # documents that are not pages, and what pages load
    r"|pdf|ps|epub|mobi|djvu|docx?|xlsx?|pptx?|od[tsp]|css|m?js|map|wasm|rss|atom|txt|csv|ipynb|inv"
)
_MARKDOWN = re.compile(r"\.(?:md|mdx|markdown)$", re.IGNORECASE)
_EDITION = re.compile(
    r"v?\d+(\.(\d+|x))*|latest|stable|current|main|master|dev"
    r"|(en|de|fr|es|it|pt|ru|ja|ko|zh|pl|tr|uk)([-_][a-z]{2,4})?",
    re.IGNORECASE,
)


def join(base: str, reference: str) -> str:
    """`reference` as found in a page or a Location header of `base`, normalised. Raises InvalidUrl."""
    try:
        return normalise(str(URL(base).join(URL(reference.strip()))))
    except UNREADABLE:
        raise InvalidUrl(f"{shown(reference)} is not a URL") from None


def joined(base: str, reference: str) -> str | None:
    """As `join`; None for what is no address."""
    try:
        return join(base, reference)
    except InvalidUrl:
        return None


def join_all(base: str, references: Iterable[str]) -> list[str]:
    """Those of the references that are addresses, joined."""
    return [url for reference in references if (url := joined(base, reference))]


def origin(url: str) -> str:
    """Scheme, host and port of a normalised URL, without a slash at the end."""
    return url[: url.index("/", url.index("//") + 2)]


def path_of(url: str) -> str:
    """The path of a normalised URL, as it is encoded."""
    return url[len(origin(url)) :].partition("?")[0]


def stem(url: str) -> str:
    """What a normalised URL has in common with others that servers use for the same page.

    It has no query, no final slash, no `index.html` and no suffix `.html`; and none of Markdown.
    """
    stem = _MARKDOWN.sub("", url.partition("?")[0])
    for ending in ("/index.html", "/index.htm", "/index", "/README", ".html", ".htm", "/"):
        if stem.endswith(ending):
            return stem.removesuffix(ending)
    return stem


def is_markdown(url: str) -> bool:
    """Whether a URL names a Markdown file: most often another form of a page that is there as HTML too."""
    return _MARKDOWN.search(path_of(url)) is not None


@dataclass(frozen=True, slots=True)
class Scope:
    """What belongs to a crawl.

    Globs are matched against the path, or against the URL if they hold `://`. `*` crosses slashes, and a glob
    that does not begin with a slash may begin after any. With `include`, the globs take the place of the prefix.
    """

    start: str
    prefix: str
    """A path: with a slash at its end a directory, without one a page and what is below it."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    mirrors: tuple[tuple[str, str], ...] = ()
    """Beginnings of URLs, each with what it stands for on this site."""
    also: tuple[str, ...] = ()
    """Prefixes as URLs that belong to it too: what was typed, where the site led elsewhere."""

    @classmethod
    def around(
        cls,
        start: str,
        landed: str | None = None,
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
        public: str | None = None,
        redirects: Iterable[str] = (),
    ) -> "Scope":
        """The scope of a start URL that was answered at `landed`, and that calls itself `public` (all normalised).

        That is the start and what is below it. Where the start leads to another folder of its site, that folder too,
        unless it is the root or holds the start: then only the page. Hosts that redirect belong to it.
        """
        landed = landed or start
        led, typed = path_of(landed), _directory(path_of(start))
        names = [theirs for theirs, _ in _other_names(landed)]
        hosts = [one for one in (start, *redirects) if not one.startswith((f"{origin(landed)}/", *names))]
        prefix, also = typed, [origin(one) + _directory(path_of(one)) for one in hosts]
        if not _under(led, typed):
            folder = led.rpartition("/")[0] + "/"
            if hosts[:1] == [start]:
                prefix = folder if folder != "/" or led == "/" else led
            elif folder != "/" and not _under(path_of(start), folder):
                prefix = folder
                also.append(origin(landed) + typed)
        mirrors = [*_other_names(landed), *([(_folder(public), _folder(start))] if public else [])]
        whole = _edition(prefix, led)
        return cls(landed, whole, tuple(include), tuple(exclude), tuple(mirrors), tuple(dict.fromkeys(also)))

    @property
    def globs(self) -> tuple[str, ...]:
        """Globs of paths that stand for this scope."""
        if self.include:
            return self.include
        prefixes = dict.fromkeys((self.prefix, *map(path_of, self.also)))
        below = ((one, f"{one}/*") if not one.endswith("/") else (f"{one}*",) for one in prefixes)
        return tuple(glob for globs in below for glob in globs)

    def beside(self, url: str) -> str | None:
        """The path of a URL that is a page of the same site and outside, or None."""
        path = path_of(url)
        return path if origin(url) in self._origins and not _not_a_page(path) else None

    @property
    def _origins(self) -> frozenset[str]:
        return frozenset((origin(self.start), *map(origin, self.also)))

    def home(self, url: str) -> str:
        """The same URL as this site has it: under its own scheme and host, with or without `www.`."""
        for theirs, ours in self.mirrors:
            if url.startswith(theirs):
                return ours + url.removeprefix(theirs)
        return url

    def admits(self, url: str) -> str | None:
        """Why a normalised URL is not to be fetched; None if it is."""
        if url == self.start:
            return None
        if origin(url) not in self._origins:
            return OUTSIDE
        path = path_of(url)
        if self.include:
            if not _matches(url, path, self.include):
                return OUTSIDE
        elif not any(_under(url, beginning) for beginning in (origin(self.start) + self.prefix, *self.also)):
            return OUTSIDE
        if _matches(url, path, self.exclude):
            return "excluded by --exclude"
        return _not_a_page(path)


def _suffix(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].lower() if "." in path.rpartition("/")[2] else ""


def _directory(path: str) -> str:
    """The prefix that a start path stands for: a file's directory with its siblings, else the path itself."""
    return path.rpartition("/")[0] + "/" if _PAGE_SUFFIXES.fullmatch(_suffix(path)) else path


def _folder(url: str) -> str:
    return origin(url) + path_of(url).rpartition("/")[0] + "/"


def _other_names(url: str) -> list[tuple[str, str]]:
    """How else the origin of a URL is spelled: http for https, the host with or without `www.`."""
    mine = origin(url)
    scheme, _, host = mine.partition("://")
    schemes = ("http", "https") if scheme == "https" else ("http",)
    hosts = (host, host.removeprefix("www.") if host.startswith("www.") else f"www.{host}")
    spelled = [f"{one}://{name}" for one in schemes for name in hosts]
    return [(f"{other}/", f"{mine}/") for other in spelled if other != mine]


def _under(whole: str, prefix: str) -> bool:
    """Whether a path, or a URL, is this one or below it."""
    path = whole.partition("?")[0]
    return path == prefix or path.startswith(prefix if prefix.endswith("/") else prefix + "/")


def _edition(prefix: str, path: str) -> str:
    """Where the start leads on into one version or language (`/en/stable/`), that is the part to crawl."""
    *folders, _ = path.split("/")
    for end in range(len(folders), 0, -1):
        candidate = "/".join(folders[:end]) + "/"
        if _EDITION.fullmatch(folders[end - 1]) and candidate.startswith(prefix.rstrip("/") + "/"):
            return candidate
    return prefix


def _matches(url: str, path: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(url if "://" in glob else unquote(path), _anywhere(glob)) for glob in globs)


def _anywhere(glob: str) -> str:
    """`api*` means what a person means by it: wherever in the path it stands."""
    return glob if glob.startswith(("/", "*")) or "://" in glob else f"*/{glob}"


def _not_a_page(path: str) -> str | None:
    suffix = _suffix(path)
    return f"not a page (.{suffix})" if _OTHER_SUFFIXES.fullmatch(suffix) else None
