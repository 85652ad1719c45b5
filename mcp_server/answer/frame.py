"""The text of `query-docs`: passages as they stand in a frame of facts, written and read. Pure.

    Library: /pallets/flask 2.2 for 2.2.2 (crawled 2026-11-29)

    --------------------------------

    ### Quickstart > APIs with JSON

    Source: https://flask.palletsprojects.com/en/2.2.x/quickstart/#apis-with-json

    ...

    --------------------------------

    More: cursor=hWk4J0c1bZA_AQ

The border is at least 32 dashes and longer than any run of dashes in a passage: none can move it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

LEAST_DASHES = 32
_LEAST = "-" * LEAST_DASHES
_DASHES = re.compile(f"-{{{LEAST_DASHES},}}")
_HEAD = re.compile(
    r"Library: (?P<id>\S+) (?P<version>\S+)(?: for (?P<asked>.*?))?(?: \(crawled (?P<crawled>\d{4}-\d\d-\d\d)\))?"
)
_MORE = "More: cursor="
_TITLE, _SOURCE = "### ", "Source: "


class Passage(Protocol):
    """What stands between two borders."""

    @property
    def title(self) -> str: ...
    @property
    def source_url(self) -> str: ...
    @property
    def content(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    source_url: str
    content: str


@dataclass(frozen=True, slots=True)
class DocsText:
    """The text of an answer, read. `asked_version` is what `version` was taken for, `crawled` a day of UTC."""

    library_id: str
    version: str
    asked_version: str | None
    crawled: date | None
    items: tuple[Item, ...]
    next_cursor: str | None


def head(library_id: str, version: str, asked_version: str | None, crawled: date | None) -> str:
    """The first line: what the passages are of, and when that was last found to be so."""
    asked = f" for {asked_version}" if asked_version else ""
    return f"Library: {library_id} {version}{asked}{f' (crawled {crawled})' if crawled else ''}"


def more(cursor: str) -> str:
    """The last line, where something is left."""
    return _MORE + cursor


def item(title: str, source_url: str, content: str) -> str:
    return f"{_TITLE}{title}\n\n{_SOURCE}{source_url}\n\n{content}"


def border(dashes: int) -> str:
    return f"\n\n{'-' * dashes}\n\n"


def longest_run(*texts: str) -> int:
    """Of dashes in any of the texts; runs that are shorter than every border count as none."""
    suspects = (
        text for text in texts if _LEAST in text
    )  # most have none, and a search for one string is fast
    return max((len(run) for text in suspects for run in _DASHES.findall(text)), default=0)


def framed(first: str, passages: Iterable[Passage], cursor: str | None) -> str:
    """The whole text: the first line, the passages in their order, the cursor where there is one."""
    shown = list(passages)
    dashes = max([LEAST_DASHES, *(1 + longest_run(one.title, one.source_url, one.content) for one in shown)])
    parts = [first, *(item(one.title, one.source_url, one.content) for one in shown)]
    return border(dashes).join([*parts, more(cursor)] if cursor else parts)


def parse_docs_text(text: str) -> DocsText:
    """What `query-docs` said, taken apart. Raises ValueError for a text that is no answer with passages."""
    first, _, rest = text.partition("\n\n")
    dashes = rest.partition("\n\n")[0]
    about = _HEAD.fullmatch(first)
    if not about or not _DASHES.fullmatch(dashes):
        raise ValueError("this is no answer of query-docs with passages")
    _, *items = text.split(border(len(dashes)))
    cursor = items.pop().removeprefix(_MORE) if items[-1].startswith(_MORE) else None
    return DocsText(
        library_id=about["id"],
        version=about["version"],
        asked_version=about["asked"],
        crawled=date.fromisoformat(about["crawled"]) if about["crawled"] else None,
        items=tuple(map(_item, items)),
        next_cursor=cursor,
    )


def _item(text: str) -> Item:
    title, _, rest = text.partition("\n\n")
    source, _, content = rest.partition("\n\n")
    if not title.startswith(_TITLE) or not source.startswith(_SOURCE):
        raise ValueError("a passage has no title or no source")
    return Item(title.removeprefix(_TITLE), source.removeprefix(_SOURCE), content)
