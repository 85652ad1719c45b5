"""Under which name a page is kept as it was extracted: whatever changes the extraction changes the name."""

import pytest

from ingest.crawl.fetch.answer import Fetched
from ingest.jobs import reader
from ingest.plan.revision import REVISIONS


def key(
    url: str = "https://a.example/", body: bytes = b"<p>Lamps</p>", symbols: dict[str, str] | None = None
) -> bytes:
    fetched = Fetched(url, body, "text/html", "utf-8", {})
    return reader._document_key(url, fetched, symbols or {}, "")


def test_the_same_page_by_the_same_code_has_one_name() -> None:
    assert key() == key()
    assert (
        len({key(), key(url="https://b.example/"), key(body=b"<p>Oil</p>"), key(symbols={"a": "lamp"})}) == 4
    )


def test_a_new_revision_of_the_extraction_gives_it_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key()
    monkeypatch.setitem(REVISIONS, "extract", REVISIONS["extract"] + 1)
    assert key() != before
