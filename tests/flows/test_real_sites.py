"""Real documentation from Debian's packages: crawled whole, kept whole, and found."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from mcp import Client

from ingest.crawl.addresses.bounds import Bounds
from ingest.interstitials import interstitial_of_answer
from ingest.jobs.crawl import crawl_library
from ingest.plan.order import Order
from ingest.report.report import CrawlReport
from mcp_server.server import build
from shared.embedding.model import EmbeddingModel
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

UNPACKED = [Path(__file__).parents[2] / ".cache/debian/usr/share/doc", Path("/usr/share/doc")]
"""Where `.ci/run` unpacks the packages, and where apt-get installs them."""


class Real(NamedTuple):
    package: str
    library_id: str
    version: str
    pages: int
    question: str
    answer: str


SITES = [
    Real(
        "python-flask-doc",
        "/pallets/flask",
        "2.2",
        70,
        "how do I return JSON from a view",
        "patterns/javascript.html#return-json-from-views",
    ),
    Real(
        "postgresql-doc-15",
        "/postgres/postgres",
        "15",
        1100,
        "create an index only for rows where a column is not null",
        "indexes-partial.html",
    ),
]
HERE = [real for real in SITES if any((place / real.package / "html").is_dir() for place in UNPACKED)]


@pytest.mark.parametrize("real", HERE, ids=[real.package for real in HERE])
async def test_a_real_site_is_crawled_once_and_answers(
    real: Real, make_settings: Callable[..., IngestSettings], embedding_model: EmbeddingModel
) -> None:
    settings = make_settings(embedding_model_path=embedding_model.directory)
    html = next(
        place / real.package / "html" for place in UNPACKED if (place / real.package / "html").is_dir()
    )
    with Site(directory=html.resolve()) as site:

        async def crawl() -> CrawlReport:
            order = Order(
                Library(real.library_id, real.package),
                real.version,
                Bounds(f"{site.url}/", allow_private=True),
            )
            async with open_stores(settings, "tests") as stores:
                return await crawl_library(stores, embedding_model, order, lambda progress: None)

        first = await crawl()
        assert first.outcome == "published"
        assert first.pages >= real.pages
        assert len(first.failed) <= 1, first.failed  # Flask's pages link to a licence that Debian leaves out
        again = await crawl()
        assert (again.outcome, again.embedded, again.unchanged) == ("unchanged", 0, first.pages)
        async with Client(build(settings)) as client:
            call = {"libraryId": real.library_id, "query": real.question}
            result = await client.call_tool("query-docs", call)
        assert result.structured_content
        assert result.structured_content["snippets"][0]["source_url"].startswith(f"{site.url}/{real.answer}")


def test_no_page_of_real_documentation_is_called_a_guard() -> None:
    roots = [place for place in UNPACKED if place.is_dir()]
    pages = [page for place in roots for page in place.rglob("*.html") if page.is_file()]
    guards = {str(page): found for page in pages if (found := interstitial_of_answer(page.read_bytes()))}
    assert guards == {}
