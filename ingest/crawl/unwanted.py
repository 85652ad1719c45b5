"""Pure: why a page that was fetched is not kept, by what it says itself."""

from dataclasses import dataclass

from ingest.crawl.addresses.languages import LanguageFilter
from ingest.crawl.addresses.routes import is_drawn
from ingest.crawl.fetch.answer import Fetched
from ingest.crawl.soft_404 import SHORT, soft_404
from shared.errors import NotADocument, NoText
from shared.model.document import ExtractedPage

DRAWN = "no text: a script draws the page, and no Markdown of it was found"
SOURCE_LISTING = "source listing"
READ_AS_FILES = "a script draws the site: its Markdown files are read instead"


@dataclass(frozen=True, slots=True)
class Unwanted:
    text: str
    lasting: bool = False
    """Whether it holds as long as the answer does, whatever else the site says."""


def unwanted(
    page: ExtractedPage, fetched: Fetched, languages: LanguageFilter, *, shell: bool
) -> Unwanted | None:
    """`shell` if it is the page that draws all others of its site."""
    if page.noindex or _forbids_index(fetched):
        return Unwanted("asks not to be indexed (noindex)", lasting=True)
    if page.listing:
        return Unwanted(SOURCE_LISTING, lasting=True)
    if shell and len(page.document.markdown) <= SHORT:
        return Unwanted(READ_AS_FILES)
    reason = soft_404(page.document) or languages.bars(page.document.language)
    return Unwanted(reason) if reason else None


def without_document(error: NotADocument, fetched: Fetched, *, shell: bool) -> str:
    """The reason of a page that gave no document. One with a single link leads on to another."""
    if isinstance(error, NoText) and is_drawn(fetched.body) and len(error.links) != 1:
        return READ_AS_FILES if shell else DRAWN
    return error.reason


def _forbids_index(fetched: Fetched) -> bool:
    words = fetched.headers.get("X-Robots-Tag", "").lower().replace(",", " ").split()
    return "noindex" in words or "none" in words
