"""Pure: the pages of a generation as one archive and back, a tar with gzip that any system opens.

`manifest.json` comes first, then a Markdown file a page, in order. A page's front matter is YAML of which every
value is JSON on its own line, so neither side needs a YAML library. Equal input gives equal bytes.
"""

import io
import json
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from gzip import GzipFile
from itertools import count
from typing import Any, BinaryIO, Self
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from shared.counted import counted
from shared.errors import SnapshotUnavailable
from shared.model.document import Document
from shared.one_line import one_line

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_FILE = 32 << 20
"""Bytes of one file in an archive that is read, with what tar writes before it."""
_FENCE = "---\n"
_LIST_ITEM = "  - "
_COMPRESSION = 6
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""In JSON; what tells of it, `\\\\u0000`, is none."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds, and what made it."""

    library: str
    version: str
    generation: str
    start_url: str
    pages: int
    chunks: int
    model: str
    fingerprint: str
    """Of the model, as its chunks were cut and embedded."""
    revisions: Mapping[str, int]
    """Of the stages that made it."""
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class SavedPage:
    document: Document
    fetched_at: datetime | None = None


_MANIFEST = TypeAdapter(Manifest)
_DOCUMENT = TypeAdapter(Document)
_TIME = TypeAdapter(datetime)


@contextmanager
def writing(file: BinaryIO, manifest: Manifest) -> Iterator[Callable[[SavedPage], None]]:
    """Gives what takes one page after the other; the archive is whole when the block ends."""
    numbers = count(1)
    with (
        GzipFile(filename="", mode="wb", compresslevel=_COMPRESSION, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        _add(tar, MANIFEST, json.dumps(asdict(manifest), indent=2) + "\n", None)
        yield lambda page: _add(tar, _file_name(next(numbers), page), to_markdown(page), page.fetched_at)


@contextmanager
def reading(file: BinaryIO, name: str) -> Iterator[tuple[Manifest, Iterator[SavedPage]]]:
    """The manifest, and the pages one after the other. Nothing is ever unpacked to a disk.

    Raises SnapshotUnavailable, also from the iterator, for anything that is not a whole archive of ours.
    """
    with _damage_told(name):
        members = _Members(file)
        manifest = _manifest(members)
    with closing(members):
        yield manifest, _pages(members, manifest, name)


def to_markdown(page: SavedPage) -> str:
    """Front matter and Markdown; only what is said of a page stands in its front matter."""
    facts = asdict(page.document)
    markdown: str = facts.pop("markdown")
    if page.fetched_at:
        facts["fetched_at"] = page.fetched_at.isoformat()
    lines = [line for name, value in facts.items() for line in _yaml(name, value)]
    return "".join([_FENCE, *lines, _FENCE, "\n", markdown])


def from_markdown(text: str) -> SavedPage:
    """Raises ValueError where it is not what `to_markdown` makes; facts of other versions are passed over."""
    start, _, rest = text.partition(_FENCE)
    head, fence, body = rest.partition("\n" + _FENCE + "\n")
    if start or not fence:
        raise ValueError("a page has no front matter")
    if "\0" in text or _NUL.search(head):
        raise ValueError("a page holds a NUL character")
    facts: dict[str, Any] = {}
    items: list[Any] = []
    for line in head.split("\n"):
        if line.startswith(_LIST_ITEM):
            items.append(json.loads(line.removeprefix(_LIST_ITEM)))
            continue
        name, _, value = line.partition(":")
        items = []
        facts[name] = json.loads(value) if value else items
    document = _DOCUMENT.validate_python(facts | {"markdown": body})
    if not document.url.startswith(("http://", "https://")):
        raise ValueError("a page has no http(s) address")
    fetched_at = facts.get("fetched_at")
    return SavedPage(document, _TIME.validate_python(fetched_at) if fetched_at else None)


def _yaml(name: str, value: object) -> list[str]:
    if value is None or value == () or value == {}:
        return []
    if isinstance(value, tuple | list) and isinstance(value[0], Mapping):
        return [f"{name}:\n", *(f"{_LIST_ITEM}{_json(item)}\n" for item in value)]
    return [f"{name}: {_json(value)}\n"]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _file_name(number: int, page: SavedPage) -> str:
    """Unique by its number on any file system, and telling by the end of the page's address."""
    parts = urlsplit(page.document.url)
    path = re.sub(r"[^A-Za-z0-9]+", "-", f"{parts.path} {parts.query}").strip("-")[-80:].strip("-")
    return f"pages/{number:05}-{path or 'index'}.md"


def _add(tar: tarfile.TarFile, name: str, text: str, at: datetime | None) -> None:
    body = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(body)
    entry.mtime = int(at.timestamp()) if at else 0
    tar.addfile(entry, io.BytesIO(body))
    _forget(tar)


def _forget(tar: tarfile.TarFile) -> None:
    """It would remember every file that it met."""
    tar.members = []  # type: ignore[attr-defined]


def _manifest(members: Iterator[tuple[str, bytes]]) -> Manifest:
    name, body = next(members, ("", b""))
    if name != MANIFEST:
        raise ValueError("it has no manifest")
    manifest = _MANIFEST.validate_json(body)
    if manifest.format != FORMAT:
        raise ValueError(f"its format is {manifest.format}, this Lectern reads {FORMAT}")
    return manifest


def _pages(members: Iterator[tuple[str, bytes]], manifest: Manifest, name: str) -> Iterator[SavedPage]:
    read = 0
    with _damage_told(name):
        for _, body in members:
            yield from_markdown(body.decode())
            read += 1
        if read != manifest.pages:
            raise ValueError(f"{read:,} of its {counted(manifest.pages, 'page')} are there")


class _Members:
    """Names and contents of the files of an archive. Each may unpack to so much, whatever its headers say."""

    def __init__(self, file: BinaryIO) -> None:
        self._packed = GzipFile(fileobj=file, mode="rb")
        self._left = LARGEST_FILE
        self._tar = tarfile.open(fileobj=self, mode="r|")  # type: ignore[call-overload] # noqa: SIM115

    def close(self) -> None:
        self._tar.close()
        self._packed.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[str, bytes]:
        self._left = LARGEST_FILE
        entry = self._tar.next()
        _forget(self._tar)
        if entry is None:
            raise StopIteration
        content = self._tar.extractfile(entry) if entry.isfile() else None
        if content is None:
            raise ValueError(f"{entry.name[:80]!r} is not a file")
        return entry.name, content.read()

    def read(self, size: int) -> bytes:
        """For tarfile: unpacked bytes, as many as one file may have."""
        found = self._packed.read(size)
        self._left -= len(found)
        if self._left < 0:
            raise ValueError(f"a file in it is larger than {LARGEST_FILE >> 20} MB")
        return found


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, TypeError, RecursionError) as error:
        reason = one_line(str(error))[:200] or type(error).__name__
        raise SnapshotUnavailable(
            f"{name} is not a snapshot, or is damaged: {reason}",
            "`ingest crawl` writes a new one",
        ) from error
