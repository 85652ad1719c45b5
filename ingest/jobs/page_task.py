"""What a page worker does: a fetched page is extracted, cut and scanned, in one task."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache

from ingest.chunk.cut import chunk
from ingest.crawl.addresses.routes import NO_ROUTES, Routes
from ingest.crawl.lists.inventory import with_symbols
from ingest.extract import Kin, extract, with_twin
from ingest.generation.snapshot.page_json import content_hash
from ingest.scan import scan
from shared.embedding.counting import token_counter
from shared.embedding.model import EmbeddingModel
from shared.errors import NotADocument
from shared.model.document import Chunk, Document, ExtractedPage, shown_text

SPECIAL_TOKENS = 2
"""What `chunk` sets aside of its window itself."""

LARGEST_CHUNK = 512
"""Tokens: a model that reads a whole page at once still finds and quotes passages."""

_counter = cache(token_counter)


def ready(model: EmbeddingModel | None) -> None:
    """Load what the first page would wait for; without a model, nothing is cut here."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if model:
        _counter(model)


@dataclass(frozen=True, slots=True)
class Body:
    """What a page is read from."""

    body: bytes
    url: str
    """Where it was found."""
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Naming:
    """What the site says of a page beside the page: the symbols of its anchors, and the routes of a script."""

    symbols: Mapping[str, str] = field(default_factory=dict)
    routes: Routes = NO_ROUTES


class Twins(StrEnum):
    """Which pages wait for their Markdown twins."""

    LACKING = "those that are incomplete"
    NAMED = "and those that name one"
    ANY = "all"


@dataclass(frozen=True, slots=True)
class ReadPage:
    page: ExtractedPage
    content: bytes
    """Equal for pages that say the same."""
    chunks: tuple[Chunk, ...] | None
    """None where it is not cut: it is served so, or gives no page, or was not to be cut."""
    twin: Kin | None = None
    """What its twin is to it, where one was sent."""


@dataclass(frozen=True, slots=True)
class Cutting:
    """How a page is cut, if it says something else than what is `served` of it."""

    model: EmbeddingModel
    served: bytes | None = None


def read_page(
    found: Body, url: str, naming: Naming, cutting: Cutting | None, twins: Twins = Twins.LACKING
) -> ReadPage | ExtractedPage:
    """The page at `url`; as it was extracted where its Markdown twin is wanted first, for `finish_page`.

    Raises NotADocument and InterstitialPage.
    """
    page = extract(found.body, found.url, charset=found.charset, unindexed=False)
    other_form = page.document.generator != "markdown" and not (page.noindex or page.listing)
    asked = twins is Twins.ANY or (twins is Twins.NAMED and page.twin is not None)
    waits = page.incomplete or (other_form and asked)
    return page if waits else finish_page(page, None, url, naming, cutting)


def finish_page(
    page: ExtractedPage, twin: Body | None, url: str, naming: Naming, cutting: Cutting | None
) -> ReadPage:
    """An extracted page, made whole by its Markdown twin where that is richer, named, cut and scanned."""
    whole, kin = _with_twin(page, twin) if twin else (page, None)
    if whole.document.url != url:
        whole = replace(whole, document=replace(whole.document, url=url))
    whole = naming.routes.addressed(with_symbols(whole, naming.symbols))
    content = content_hash(whole.document)
    gives_chunks = cutting and content != cutting.served and not (whole.noindex or whole.listing)
    chunks = tuple(chunk_document(whole.document, cutting.model)) if cutting and gives_chunks else None
    return ReadPage(whole, content, chunks, kin)


def _with_twin(page: ExtractedPage, twin: Body) -> tuple[ExtractedPage, Kin]:
    """As it is where the twin is no document."""
    try:
        return with_twin(page, extract(twin.body, twin.url, charset="utf-8"))
    except NotADocument:
        return page, Kin.OTHER


def chunk_document(document: Document, model: EmbeddingModel) -> list[Chunk]:
    """The document's chunks, those that look like instructions to agents marked."""
    chunks = chunk(document, _counter(model), min(model.text_window, LARGEST_CHUNK) + SPECIAL_TOKENS)
    return [_scanned(one) for one in chunks]


def readdressed(chunks: Sequence[Chunk], page: str, url: str) -> Sequence[Chunk]:
    """The chunks of `page` under another name of it."""
    start = page.partition("#")[0]
    if start == url:
        return chunks
    return [replace(one, source_url=url + one.source_url.removeprefix(start)) for one in chunks]


def _scanned(found: Chunk) -> Chunk:
    rules = dict.fromkeys(finding.rule for finding in scan(shown_text(found)))
    return replace(found, suspicions=tuple(rules)) if rules else found
