"""Pure: whether a site led to a page at which people sign in, in place of the page that was requested."""

from collections.abc import Sequence

from ingest.crawl.fetch.answer import Fetched
from ingest.interstitials import is_own_sign_in_page, is_sign_in_address
from shared.model.document import Document

LENGTHY = 3_000
"""Characters of Markdown: no sign-in page says so much. Documentation of signing in has moved."""


def leads_to_sign_in(url: str, target: str) -> bool:
    """Whether one normalised address leads to another at which people sign in."""
    return is_sign_in_address(target) and not is_sign_in_address(url)


def is_sign_in_page(document: Document, fetched: Fetched) -> bool:
    """Whether a redirect led to a sign-in page."""
    led = bool(fetched.redirects) and leads_to_sign_in(fetched.redirects[0], fetched.url)
    return led and len(document.markdown) <= LENGTHY


def leads_on_to_sign_in(url: str, links: Sequence[str]) -> bool:
    """Whether a page without text has one link, and that to a sign-in page."""
    return len(links) == 1 and leads_to_sign_in(url, links[0])


def is_linked_sign_in_page(url: str, fetched: Fetched) -> bool:
    """Whether a sign-in form is what the address names: the site itself links to it as such."""
    return is_own_sign_in_page(url) and not fetched.redirects
