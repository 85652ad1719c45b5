"""What a person attaches, as Markdown: a library with its versions and pages, or one page put together. Pure."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from urllib.parse import quote

from mcp_server.answer.join import joined
from shared.counted import named
from shared.model.library import Generation, Library, LibraryVersion
from shared.model.page import PageName, PagePart, Passage


def library_uri(library_id: str, version: str | None = None) -> str:
    return f"lectern://library{library_id}" + (f"/{version}" if version else "")


def page_uri(library_id: str, version: str, url: str) -> str:
    return f"lectern://page{library_id}/{version}?url={quote(url, safe='')}"


def library_text(
    library: Library, versions: Sequence[LibraryVersion], pages: Sequence[PageName], source: str | None
) -> str:
    """The library, every version that is served, and pages of its default version, whose crawl began at `source`."""
    served = [version.generation for version in versions if version.generation]
    table = [
        f"| [{found.version}]({library_uri(library.id, found.version)}) | {found.pages} | {found.chunks} "
        f"| {found.tokens} | {_day(found)} |"
        for found in served
    ]
    return _blocks(
        f"# {_line(library.name)}",
        _line(library.description),
        _about(library, source),
        "\n".join(["| Version | Pages | Snippets | Tokens | Published |", "|---|---|---|---|---|", *table]),
        *_contents(library.id, library.default_version or "", pages),
    )


def version_text(
    library: Library, generation: Generation, pages: Sequence[PageName], source: str | None
) -> str:
    """One version and its pages; its crawl began at `source`."""
    return _blocks(
        f"# {_line(library.name)} {generation.version}",
        _line(library.description),
        _about(library, source),
        f"{generation.pages} {named(generation.pages, 'page')}, "
        f"{generation.chunks} {named(generation.chunks, 'snippet')}, "
        f"{generation.tokens} {named(generation.tokens, 'token')}, "
        f"published {_day(generation)}.",
        *_contents(library.id, generation.version, pages),
    )


def page_text(library_id: str, version: str, page: PagePart) -> str:
    """The page's Markdown under its headings, with where it comes from before it."""
    about = [
        "---",
        f"source: {page.url}",
        f"library: {library_id}",
        f"version: {version}",
        f"fetched_at: {page.fetched_at.isoformat()}",
        f"part: {page.part} of {page.parts}",
        "---",
    ]
    return _blocks("\n".join(about), *_under_headings(page.passages))


def _under_headings(passages: Iterable[Passage]) -> Iterable[str]:
    """Chunks say their headings as a path: each is written once, where its text begins."""
    above: tuple[str, ...] = ()
    for section, neighbours in groupby(passages, key=attrgetter("section")):
        same = 0
        while same < min(len(above), len(section)) and above[same] == section[same]:
            same += 1
        text = joined(passage.content for passage in neighbours)
        for level, heading in enumerate(section[same:], same + 1):
            if level < len(section) or not _begins_with(text, heading):
                yield f"{'#' * min(level, 6)} {_line(heading)}"
        above = section
        yield text


def _begins_with(text: str, heading: str) -> bool:
    """Whether a text has its heading already: the signature of an API entry, whose path has its dotted name."""
    first = text.partition("\n")[0]
    return first.startswith("#") and heading.rpartition(".")[2] in first


def _about(library: Library, source: str | None) -> str:
    facts = {
        "Id": f"`{library.id}`",
        "Documentation": source or library.docs_url,
        "Repository": library.repo_url,
        "Default version": library.default_version,
    }
    return "\n".join(f"- {name}: {value}" for name, value in facts.items() if value)


def _contents(library_id: str, version: str, pages: Sequence[PageName]) -> Iterable[str]:
    if pages:
        yield f"## Pages of {version}"
        yield "\n".join(
            f"- [{_line(page.title)}]({page_uri(library_id, version, page.url)}): {page.url}"
            for page in pages
        )


def _day(generation: Generation) -> str:
    return generation.published_at.date().isoformat() if generation.published_at else ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _blocks(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"
