"""Pure: sites that a script draws by what stands behind `#/` in an address, from Markdown files that lie beside it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ingest.crawl.addresses.urls import joined, origin, path_of
from shared.guard.urls import normalise
from shared.model.document import ExtractedPage, Section

_ROUTE = re.compile(r"#!?/([^?#]*)")
_DRAWN = re.compile(rb"\$docsify|docsify(?:\.min)?\.js|docsify@|docute", re.IGNORECASE)
_BASE = re.compile(rb"""\bbasePath\s*:\s*["']([^"'\s]{1,200})["']""")
_HOME = re.compile(rb"""\bhomepage\s*:\s*["']([^"'\s]{1,200}\.md)["']""")
_SCRIPT = re.compile(rb"<script\b", re.IGNORECASE)
_SUFFIX = re.compile(r"\.\w{1,8}$")
_MENUS = ("_sidebar.md", "_navbar.md")
_NO_WORD = re.compile(r"[^\w\s-]")


def route_of(url: str) -> str:
    """What stands behind `#/` in an address, with that sign: `#/guide`; empty where nothing does."""
    found = _ROUTE.search(url)
    return f"#/{found[1]}" if found else ""


def with_route(url: str) -> str:
    """The normalised URL, with its route if it has one. Raises InvalidUrl."""
    return normalise(url) + route_of(url)


def is_drawn(body: bytes) -> bool:
    """Whether a page that shows nothing may be drawn by a script."""
    return _SCRIPT.search(body) is not None


@dataclass(frozen=True)
class Routes:
    """How the routes of one site are files. Without a `shell` it has none."""

    shell: str = ""
    """The page that draws all others, normalised."""
    base: str = ""
    """Where the files are, with a slash at the end."""
    home: str = "README.md"

    def file(self, url: str) -> str | None:
        """The Markdown of an address with a route on this site, or None."""
        found = _ROUTE.search(url) if self.shell else None
        if not found or not url.startswith((self.shell, self.base)):
            return None
        path = found[1].lstrip("/")
        if not path or path.endswith("/"):
            path += self.home if not path else "README.md"
        return joined(self.base, path if path.endswith(".md") else f"{path}.md")

    @property
    def menus(self) -> tuple[str, ...]:
        """Files that may list the site's pages."""
        return tuple(f"{self.base}{name}" for name in _MENUS) if self.shell else ()

    def links(self, links: Iterable[str]) -> Iterator[str]:
        """The links of a page or a menu, joined, those that a script would open as the files that they mean."""
        for link in links:
            path = link.removeprefix(self.base) if self.shell else ""
            opens = (
                path and path != link and not _SUFFIX.search(path) and "#" not in path and link != self.shell
            )
            yield self.file(f"{self.shell}#/{path}" if opens else link) or link

    def addressed(self, page: ExtractedPage) -> ExtractedPage:
        """A page of this site with the anchors by which a person opens it: `guide.md#/docs/#/guide?id=lids`."""
        url = page.document.url
        if not self.shell or not url.startswith(self.base) or not path_of(url).endswith(".md"):
            return page
        route = url.removeprefix(self.base).removesuffix(".md")
        route = "" if route == self.home.removesuffix(".md") else re.sub(r"(^|/)README$", r"\1", route)
        opened = f"{path_of(self.shell)}#/{route}"
        sections = tuple(
            self._opened(one, opened, first=at == 0) for at, one in enumerate(page.document.sections)
        )
        return replace(page, document=replace(page.document, sections=sections))

    def _opened(self, section: Section, opened: str, *, first: bool) -> Section:
        slug = section.anchor or "-".join(_NO_WORD.sub("", section.heading).lower().split())
        return replace(section, anchor=opened if first else f"{opened}?id={slug}")


NO_ROUTES = Routes()


def find_routes(typed: str, url: str, body: bytes) -> Routes:
    """The routes of a site that was typed as `typed` and answered at `url`."""
    if not route_of(typed) and not _DRAWN.search(body):
        return NO_ROUTES
    shell = normalise(url)
    folder = origin(shell) + path_of(shell).rpartition("/")[0] + "/"
    base, home = _BASE.search(body), _HOME.search(body)
    there = base and joined(folder, f"{base[1].decode('ascii', 'ignore').rstrip('/')}/")
    return Routes(shell, there or folder, home[1].decode("ascii", "ignore") if home else "README.md")
