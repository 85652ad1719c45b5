"""A page at several addresses is kept once, and found by each of them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from ingest.crawl.addresses.bounds import Bounds
from ingest.jobs.crawl import crawl_library
from ingest.plan.order import Order
from shared.catalogue.generations import Generations
from shared.catalogue.pages import Pages
from shared.embedding.model import EmbeddingModel
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import Stores
from tests.flows.test_refresh import tagged
from tests.site import Answer, Reply, Site, html

Ingest = Callable[..., Result]


def _reported(ingest: Ingest, *arguments: str) -> dict[str, Any]:
    came = ingest(*arguments, "--json")
    assert came.exit_code == 0, came.stderr
    report: dict[str, Any] | list[dict[str, Any]] = json.loads(came.stdout)
    return report[0] if isinstance(report, list) else report


def _pages(head: str = "") -> dict[str, str]:
    manual = html("/git.html", "/oil.html", title="Git", text="A manual of lamps.", head=head)
    return {
        "/": manual,
        "/git.html": manual,
        "/oil.html": html("/git.html", title="Oil", text="A lamp burns oil."),
        "/wick": html(title="Wick", text="A wick is trimmed."),
        "/sitemap.txt": "",
    }


def _sources(ingest: Ingest, question: str) -> set[str]:
    asked = json.loads(ingest("ask", "/acme/docs", question, "--json").stdout)
    return {
        one["source_url"].partition("#")[0] for part in ("snippets", "info") for one in asked.get(part, ())
    }


@pytest.mark.parametrize(
    ("head", "kept", "other"),
    [("", "/git.html", "/"), ('<link rel="canonical" href="/">', "/", "/git.html")],
    ids=["as links name it", "as it calls itself"],
)
@pytest.mark.parametrize("server", [Reply, tagged], ids=["without validators", "with validators"])
def test_the_start_page_and_its_file_are_one_page_now_and_after_a_refresh(
    ingest: Ingest, server: Callable[[str], Answer], head: str, kept: str, other: str
) -> None:
    with Site({path: server(page) for path, page in _pages(head).items() if path != "/wick"}) as site:
        first = _reported(ingest, "crawl", "/acme/docs", f"{site.url}/", "--allow-private")
        assert (first["pages"], first["skipped"]) == (2, {"the same page under another address": 1})
        assert f"{site.url}{kept}" in _sources(ingest, "manual of lamps")
        assert f"{site.url}{other}" not in _sources(ingest, "manual of lamps")
        again = _reported(ingest, "refresh", "/acme/docs")
        assert (again["outcome"], again["pages"]) == ("unchanged", 2)
        pages = _reported(ingest, "report", "/acme/docs")["pages"]
        [led] = [one for one in pages if one["outcome"] == "skipped"]
        assert (led["url"], led["final_url"]) == (f"{site.url}{other}", f"{site.url}{kept}")


def test_a_page_that_comes_to_say_something_else_is_a_page_again(ingest: Ingest) -> None:
    with Site({path: tagged(page) for path, page in _pages().items()}) as site:
        _reported(ingest, "crawl", "/acme/docs", f"{site.url}/", "--allow-private")
        site.pages["/"] = tagged(html("/git.html", "/oil.html", title="Lamps", text="Welcome to all lamps."))
        again = _reported(ingest, "refresh", "/acme/docs")
        assert (again["outcome"], again["pages"]) == ("published", 3)


@pytest.mark.anyio
async def test_a_page_is_read_by_each_of_its_addresses(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel
) -> None:
    with Site(dict(_pages())) as site:
        library = Library("/acme/docs", "Docs", docs_url=f"{site.url}/")
        order = Order(library, "latest", Bounds(f"{site.url}/", allow_private=True))
        await crawl_library(stores, embedding_model, order, lambda _: None)
        database = await stores.database()
        generations = Generations(database)
        version = await generations.version("/acme/docs", "latest")
        assert version
        served = await generations.served(version)
        assert served
        for path in ("/", "/git.html"):
            page = await Pages(database).page(served, f"{site.url}{path}", 1, 1_000)
            assert page
            assert page.url == f"{site.url}/git.html"
        assert await Pages(database).page(served, f"{site.url}/none", 1, 1_000) is None
