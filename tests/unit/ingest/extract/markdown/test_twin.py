"""A page and its Markdown twin."""

import pytest

from ingest.crawl.lists.markdown_twins import usual_addresses
from ingest.extract import extract, with_twin
from shared.model.document import ExtractedPage

URL = "https://docs.example/install"
HTML = b"""<html lang=en><head><link rel=alternate type="text/markdown" href="/install.md">
<link rel=alternate hreflang=de href="/de/install"><link rel=alternate hreflang=x-default href="/install"></head>
<main><h1 id=install>Install</h1><p>Choose one.</p>
<h2 id=with-a-manager>With a manager</h2><div class=group><div role=tablist>
<button role=tab aria-selected=true>npm</button>
<button role=tab>pnpm</button></div><div role=tabpanel><pre>npm i acme</pre></div></div></main>"""
TWIN = """# Install

Choose one.

## With a manager

```sh
npm i acme
```

```sh
pnpm add acme
```
"""


def _page() -> ExtractedPage:
    return extract(HTML, URL)


def _twin(text: str) -> ExtractedPage:
    return extract(text.encode(), f"{URL}.md", charset="utf-8")


def test_a_page_names_its_twin_and_its_other_languages() -> None:
    page = _page()
    assert page.incomplete
    assert page.twin == "https://docs.example/install.md"
    assert page.alternates == (("de", "https://docs.example/de/install"),)


def test_the_twin_gives_the_code_and_the_page_its_anchors() -> None:
    whole = with_twin(_page(), _twin(TWIN))
    assert "pnpm add acme" in whole.document.markdown
    assert not whole.incomplete
    assert [(one.heading, one.anchor) for one in whole.document.sections] == [
        ("Install", "install"),
        ("With a manager", "with-a-manager"),
    ]
    assert (whole.document.url, whole.document.language) == (URL, "en")


def test_the_twins_listings_are_those_of_the_page() -> None:
    twin = _twin(f"{TWIN}\n## `pour()`\n\nSource code in `jar.py`\n\n```py\nturn()\n```\n")
    merged = with_twin(_page(), twin).document
    ((start, end),) = merged.listings
    assert merged.markdown.split("\n")[start:end] == ["Source code in `jar.py`", "", "```py", "turn()", "```"]


@pytest.mark.parametrize(
    "twin",
    [
        TWIN.replace("\n```sh\npnpm add acme\n```\n", ""),
        TWIN.replace("npm i acme", "something else"),
        TWIN.replace("## With a manager", "## Another page"),
        "Not found",
    ],
    ids=["no more code", "lacks the page's code", "other headings", "a soft 404"],
)
def test_a_twin_that_is_poorer_or_another_page_is_left_alone(twin: str) -> None:
    page = _page()
    assert with_twin(page, _twin(twin)) is page


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("https://x.org/a", ["https://x.org/a.md", "https://x.org/a"]),
        (
            "https://x.org/a.html?b=1",
            ["https://x.org/a.md", "https://x.org/a.html.md", "https://x.org/a.html?b=1"],
        ),
        ("https://x.org/a/", ["https://x.org/a.md", "https://x.org/a/index.md", "https://x.org/a/"]),
        ("https://x.org/", ["https://x.org/index.md", "https://x.org/"]),
    ],
)
def test_where_sites_keep_markdown(url: str, addresses: list[str]) -> None:
    assert usual_addresses(url) == addresses
