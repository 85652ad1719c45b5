"""Which addresses are those of one page."""

from ingest.crawl.addresses.naming import Names
from ingest.crawl.addresses.urls import Scope
from shared.model.document import Document


def document(url: str, markdown: str) -> Document:
    return Document(url, "A page", markdown)


def name(first: tuple[str, str], second: tuple[str, str]) -> str:
    names = Names(Scope.around("http://h/"))
    url, text = first
    names.keep(url, text.encode(), document(url, text))
    url, text = second
    return names.name(url, None, text.encode(), document(url, text))


def test_relative_links_make_no_other_page_of_one_with_and_without_a_slash() -> None:
    assert name(("http://h/a", "[b](http://h/b)"), ("http://h/a/", "[b](http://h/a/b)")) == "http://h/a"
    assert name(("http://h/a", "[b](http://h/b)"), ("http://h/a/", "[c](http://h/a/c)")) == "http://h/a/"
    assert name(("http://h/a", "[b](http://h/b)"), ("http://h/c", "[b](http://h/d)")) == "http://h/c"


def test_pages_of_one_address_that_lead_elsewhere_are_several() -> None:
    first, second = ("http://h/a?n=1", "[next](http://h/a?n=2)"), ("http://h/a?n=2", "[next](http://h/a?n=3)")
    assert name(first, second) == "http://h/a?n=2"
