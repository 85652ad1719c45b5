"""What each stage makes of a corpus of pages, as a hash a page, beside what it made of it at its revision."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from ingest.chunk.cut import chunk
from ingest.extract import extract
from ingest.generation.snapshot import page_json
from ingest.jobs.page_task import LARGEST_CHUNK, SPECIAL_TOKENS
from ingest.plan.revision import REVISIONS, Stage
from ingest.scan import scan
from shared.bm25 import Passage, document_vector, measure
from shared.errors import NotADocument
from shared.model.document import Document, Section
from shared.terms import names, terms
from tests import poison

HERE = Path(__file__).parent
PAGES = HERE.parent / "corpus" / "extract"

_WINDOWS = (256, LARGEST_CHUNK + SPECIAL_TOKENS)
_DIGITS = 9
"""Of a weight: the last ones differ by machine."""


def made(stage: Stage) -> dict[str, str]:
    """A hash of what the stage makes today, by page."""
    return {name: _hash(output) for name, output in _STAGES[stage]()}


def complaint(stage: Stage) -> str | None:
    """What is wrong with what is written down of a stage, and what to do; None where all is well."""
    golden, today = _golden(stage), made(stage)
    if golden["revision"] != REVISIONS[stage]:
        return f"{stage}: revision {REVISIONS[stage]} is not written down: run make golden"
    pages: Mapping[str, str] = golden["pages"]
    changed = sorted(name for name in pages.keys() | today.keys() if pages.get(name) != today.get(name))
    if not changed:
        return None
    shown = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
    todo = "raise its revision in ingest/plan/revision.py, then run make golden"
    return f"{stage}: what it makes of {shown} changed: {todo}"


def write() -> list[Stage]:
    """Write down what each stage makes whose revision is another one than is written; returns all stages."""
    for stage, revision in REVISIONS.items():
        if _golden(stage)["revision"] != revision:
            text = json.dumps({"revision": revision, "pages": made(stage)}, indent=1)
            _file(stage).write_text(f"{text}\n")
    return list(REVISIONS)


def _file(stage: Stage) -> Path:
    return HERE / f"{stage}.json"


def _golden(stage: Stage) -> dict[str, Any]:
    file = _file(stage)
    return json.loads(file.read_text()) if file.exists() else {"revision": None, "pages": {}}


def _hash(output: object) -> str:
    return hashlib.sha256(json.dumps(output, sort_keys=True).encode()).hexdigest()


def _extracted() -> Iterator[tuple[str, object]]:
    pages = [(file.stem, file.read_bytes(), f"https://docs.example/{file.stem}.html") for file in _pages()]
    planted = [(f"planted-{at:03}", *page.body) for at, page in enumerate(poison.poisoned("hidden"))]
    for name, body, url in [*pages, *planted]:
        try:
            yield name, page_json.to_json(extract(body, url))
        except NotADocument as error:
            yield name, [type(error).__name__, error.reason, list(error.links)]


def _cut() -> Iterator[tuple[str, object]]:
    for document in _documents():
        yield (
            document.url,
            [asdict(one) for window in _WINDOWS for one in chunk(document, poison.count, window)],
        )


def _scanned() -> Iterator[tuple[str, object]]:
    for document in _documents():
        yield document.url, [asdict(found) for found in scan(document.markdown)]
    for at, page in enumerate(poison.poisoned()):
        yield f"planted-{at:03}", [asdict(found) for found in scan(page.text)]


def _weighed() -> Iterator[tuple[str, object]]:
    passages = {
        document.url: Passage(
            document.markdown,
            tuple(one.heading for one in document.sections),
            tuple(one.symbol for one in document.sections if one.symbol),
        )
        for document in _documents()
    }
    statistics = measure(passages.values())
    for name, passage in passages.items():
        vector = document_vector(passage, statistics)
        weights = [round(value, _DIGITS) for value in vector.values]
        yield name, [terms(passage.text), names(passage.text), vector.indices, weights]


_STAGES: Mapping[Stage, Callable[[], Iterator[tuple[str, object]]]] = {
    "extract": _extracted,
    "chunk": _cut,
    "scan": _scanned,
    "terms": _weighed,
}


def _pages() -> list[Path]:
    return sorted(PAGES.glob("*.html"))


@cache
def _documents() -> tuple[Document, ...]:
    """The corpus as it is kept in Markdown, so that a new extractor changes nothing behind it."""
    return tuple(map(_document, _pages()))


def _document(page: Path) -> Document:
    about = json.loads(page.with_suffix(".json").read_text())
    lines = (text := page.with_suffix(".md").read_text()).split("\n")
    sections, after = [], 0
    for level, heading, anchor, symbol in about["sections"]:
        after = next(
            (at for at in range(after, len(lines)) if lines[at].startswith(f"{'#' * level} ")), after
        )
        sections.append(Section(heading, level, anchor, after, symbol))
        after += 1
    return Document(page.stem, about["title"], text, tuple(sections))
