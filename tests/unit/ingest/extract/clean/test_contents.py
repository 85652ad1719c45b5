"""Contents lists and breadcrumbs are no text of a page, whether or not they are links."""

import pytest

from ingest.extract import extract

URL = "https://docs.example/reference/react/useState"
BODY = """<h2 id=reference>Reference</h2><p>The reference.</p>
<h3 id=call><code>useState(initialState)</code></h3><p>Call it.</p>
<h2 id=usage>2. Usage</h2><p>Use it.</p>"""
CLEAN = """# useState

A hook.

## Reference

The reference.

### `useState(initialState)`

Call it.

## 2. Usage

Use it.
"""


def page(contents: str = "", trail: str = "", said: str = "<p>A hook.</p>") -> str:
    html = f"<main>{trail}<h1>useState</h1>{said}{contents}{BODY}</main>"
    return extract(html.encode(), URL).document.markdown


LINKED = """<ul class="inline-toc"><li class="leading-relaxed"><a href="#reference">Reference </a><ul>
<li><a href="#call"><code>useState(initialState)</code></a></li></ul></li><li><a href="#usage">Usage</a></li></ul>"""
TEXT = "<ul><li>Reference<ul><li>useState(initialState)</li></ul></li><li>Usage</li></ul>"


@pytest.mark.parametrize(
    "contents",
    [
        LINKED,
        f"<h2>On this page</h2>{TEXT}",
        f"<div class=x><p>In this article</p>{TEXT}</div>",
        f"<div><strong>Table of contents:</strong></div>{LINKED}",
        f"<details><summary>Contents</summary>{LINKED}</details>",
        "<p>On this page</p><ul><li>Usage</li></ul>",
        "<div><span>On this page</span><a href='#reference'>Reference</a><a href='#usage'>Usage</a></div>",
        "<section><h4>In this article</h4><div><div>Reference</div><div>Usage</div></div></section>",
        "<div><div><h3>On this page</h3></div><ol><li>Reference</li><li>Usage</li></ol></div>",
    ],
)
def test_a_contents_list_goes_with_what_stands_above_it(contents: str) -> None:
    assert page(contents) == CLEAN


@pytest.mark.parametrize(
    ("contents", "kept"),
    [
        ("<p>There are three ways:</p>" + TEXT, "- Usage"),
        ("<p>You will learn this.</p>" + TEXT, "- Usage"),
        ("<ul><li>Reference: how to call it</li><li>Usage: examples of it</li></ul>", "how to call it"),
        ("<p>On this page</p><ul><li>Reference</li><li>Whatever else</li></ul>", "Whatever else"),
        ("<ul><li><a href='/reference'>Reference</a></li><li><a href='/b'>useState(initialState)</a></li>"
         "<li><a href='/usage'>Usage</a></li></ul>", "[Usage](https://docs.example/usage)"),
        ("<h2>Contents</h2><p>A box holds ten lamps.</p>", "## Contents"),
    ],
    ids=["introduced", "behind a sentence", "says more", "another entry", "other pages", "a section called so"],
)  # fmt: skip
def test_a_list_that_is_text_stays(contents: str, kept: str) -> None:
    assert kept in page(contents)


@pytest.mark.parametrize(
    "trail",
    [
        "<div class='flex'><div class='mb-3'><a href='/reference/react'>API Reference</a><span><svg></svg></span></div>"
        "<div><a href='/reference/react/hooks'>Hooks</a></div></div>",
        "<div class=top>Reference &rsaquo; React &rsaquo; useState</div>",
        "<div><span>Reference</span><span>/</span><span>React</span></div>",
        "<ol class=crumbs><li>Home</li><li>Reference</li><li>useState</li></ol>",
        "<p><a href='/'>Home</a> » <a href='/reference/'>Reference</a> » useState</p>",
        "<header><div><a href='../react'>React</a> &gt; useState</div></header>",
    ],
)
def test_the_way_to_a_page_goes(trail: str) -> None:
    assert page(trail=trail) == CLEAN


@pytest.mark.parametrize(
    "words",
    [
        "<p>Deprecated since version 2.</p>",
        "<div>Version 3 / stable</div>",
        "<p>See <a href='/reference/react'>React</a> for an overview of all of its hooks, and how they are used</p>",
        "<div>Beta | read with care</div>",
    ],
)
def test_what_is_said_before_a_title_stays(words: str) -> None:
    assert len(page(trail=words)) > len(CLEAN)


MARKDOWN = """# useState

{contents}

A hook.

## Reference

### `useState(initialState)`

Call it.

## Usage {{#usage}}

Use it.
"""


@pytest.mark.parametrize(
    "contents",
    [
        "- [Reference](#reference)\n  - [`useState(initialState)`](#call)\n- [Usage](#usage)",
        "## Table of Contents\n\n* [Reference](#reference)\n* [Usage](#usage)",
        "**On this page**\n\n1. [Reference](#reference)\n2. [Usage](#usage)",
    ],
)
def test_a_contents_list_in_markdown_goes_too_and_sections_stay_where_they_are(contents: str) -> None:
    text = MARKDOWN.format(contents=contents)
    document = extract(text.encode(), f"{URL}.md").document
    assert "(#" not in document.markdown
    assert "ontents" not in document.markdown
    assert "On this" not in document.markdown
    lines = document.markdown.split("\n")
    assert [lines[one.line].strip("# ") for one in document.sections] == [
        "useState", "Reference", "`useState(initialState)`", "Usage {#usage}",
    ]  # fmt: skip


def test_a_list_of_links_in_markdown_that_says_more_stays() -> None:
    text = MARKDOWN.format(contents="- [Reference](#reference): how to call it\n- [Usage](#usage)")
    assert "how to call it" in extract(text.encode(), f"{URL}.md").document.markdown
