"""Error pages that come with status 200."""

import pytest

from ingest.crawl.soft_404 import SHORT, soft_404
from shared.model.document import Document, Section

NOT_FOUND = "says that it was not found, with status 200"


def page(title: str, text: str = "Go back to the start.", heading: str = "") -> Document:
    sections = (Section(heading, 1, None, 0),) if heading else ()
    return Document("http://site/a", title, f"# {heading or title}\n\n{text}\n", sections)


@pytest.mark.parametrize(
    "title",
    ["404", "404 Not Found", "Error 404", "Page not found", "Page Not Found!", "Not Found", "Oops! Page not found.",
     "This page could not be found.", "Sorry, this page doesn’t exist"],
)  # fmt: skip
def test_a_short_page_that_calls_itself_not_found_is_none(title: str) -> None:
    assert soft_404(page(title)) == NOT_FOUND
    assert soft_404(page("Docs", heading=title)) == NOT_FOUND


@pytest.mark.parametrize(
    "text",
    [
        "Put a `404.html` into the folder `docs`. The server sends it for an address that does not exist.",
        "A site may have its own error page. It says what you were looking for, and where it may be.",
        "The server answers:\n\n```\nHTTP/1.1 404 Not Found\n```",
    ],
)
def test_a_page_that_explains_how_to_say_so_is_one(text: str) -> None:
    assert soft_404(page("Page not found", text)) is None


@pytest.mark.parametrize("title", ["Handling 404 errors", "NotFound", "Route not found handlers", "Found"])
def test_a_page_about_what_is_not_found_is_one(title: str) -> None:
    assert soft_404(page(title)) is None


def test_a_long_page_is_documentation_whatever_it_is_called() -> None:
    assert soft_404(page("404 Not Found", "The server sends this status. " * (SHORT // 10))) is None
