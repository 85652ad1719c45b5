"""A page and its Markdown twin."""

from dataclasses import replace

import pytest

from ingest.crawl.lists.markdown_twins import usual_addresses
from ingest.extract import Kin, extract, with_twin
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
    whole, kin = with_twin(_page(), _twin(TWIN))
    assert kin is Kin.RICHER
    assert "pnpm add acme" in whole.document.markdown
    assert not whole.incomplete
    assert [(one.heading, one.anchor) for one in whole.document.sections] == [
        ("Install", "install"),
        ("With a manager", "with-a-manager"),
    ]
    assert (whole.document.url, whole.document.language) == (URL, "en")


def test_the_twins_listings_are_those_of_the_page() -> None:
    twin = _twin(f"{TWIN}\n## `pour()`\n\nSource code in `jar.py`\n\n```py\nturn()\n```\n")
    merged = with_twin(_page(), twin)[0].document
    ((start, end),) = merged.listings
    assert merged.markdown.split("\n")[start:end] == ["Source code in `jar.py`", "", "```py", "turn()", "```"]


PROSE = "Whoever trims the wick of a lantern before it is lit has less smoke and a cleaner glass. " * 4
WHOLE = f"""{TWIN}
# Oil

## Buy oil

Olive oil burns well.

# Wicks

## Trim a wick

Use scissors.
"""


@pytest.mark.parametrize(
    ("twin", "kin"),
    [
        (TWIN.replace("\n```sh\npnpm add acme\n```\n", ""), Kin.SAME),
        (TWIN.replace("npm i acme", "something else"), Kin.OTHER),
        (TWIN.replace("## With a manager", "## Another page"), Kin.OTHER),
        ("Not found", Kin.OTHER),
        (TWIN.replace("# Install", "# Welcome", 1), Kin.OTHER),
        (f"---\ntitle: Welcome\n---\n{TWIN.replace('# Install', '', 1)}", Kin.OTHER),
        (WHOLE, Kin.OTHER),
        (f"<!doctype html><title>Install</title><main>{TWIN}</main>", Kin.OTHER),
    ],
    ids=[
        "no more code",
        "lacks the page's code",
        "other headings",
        "a soft 404",
        "another title",
        "another title in front",
        "all pages in one",
        "a web page",
    ],
)
def test_a_twin_that_is_poorer_or_another_page_is_left_alone(twin: str, kin: Kin) -> None:
    page = _page()
    assert with_twin(page, _twin(twin)) == (page, kin)


@pytest.mark.parametrize(
    "more",
    ["\n```sh\nyarn add acme\n```\n", f"\n{PROSE}\n"],
    ids=["code", "prose"],
)
def test_a_page_that_lacks_nothing_it_knows_of_gains_by_a_twin_that_holds_more(more: str) -> None:
    html = HTML.replace(b"<button role=tab>pnpm</button>", b"")
    page = extract(html, URL)
    assert not page.incomplete
    same = TWIN.replace("\n```sh\npnpm add acme\n```\n", "")
    whole, kin = with_twin(page, _twin(same + more))
    assert kin is Kin.RICHER
    assert more.strip() in whole.document.markdown


def test_a_page_without_headings_is_not_taken_for_another_of_few_words() -> None:
    page = extract(b"<title>Oil</title><main><p>A lamp burns oil.</p></main>", URL)
    index = _twin("Every lamp, its wick and its glass.\n\n```sh\nlamp --list\n```\n")
    assert with_twin(page, index)[1] is Kin.OTHER


def test_symbols_stay_those_of_the_page() -> None:
    page = _page()
    sections = (page.document.sections[0], replace(page.document.sections[1], symbol="acme.manager"))
    known = replace(page, document=replace(page.document, sections=sections))
    assert [one.symbol for one in with_twin(known, _twin(TWIN))[0].document.sections] == [
        None,
        "acme.manager",
    ]


def test_a_diff_of_the_page_is_not_lost_to_code_without_signs() -> None:
    html = HTML.replace(b"npm i acme", b"").replace(
        b"<p>Choose one.</p>", b'<p>Choose one.</p><pre><code class="language-diff">-old\n+new</code></pre>'
    )
    twin = TWIN.replace("npm i acme", "old\nnew")
    assert with_twin(extract(html, URL), _twin(twin))[1] is not Kin.RICHER


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
    assert list(usual_addresses(url).values()) == addresses
