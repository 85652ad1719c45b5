"""Source listings are kept and give no passages; code that a page explains gives its passages as ever."""

import hashlib
import json
from dataclasses import replace

import pytest

from ingest.chunk.cut import chunk
from ingest.extract import extract
from ingest.generation.snapshot import page_json
from shared.model.document import Chunk, Document, ExtractedPage

BODY = "<pre><code>def open(lid):\n    check(lid)\n    return lid.jar.content\n</code></pre>"
NUMBERS = BODY.replace("<pre>", "<pre class='prettyprint source linenums'>")
LONG = "<pre>" + "\n".join(f"line_{number} = pour(jar, {number})" for number in range(60)) + "</pre>"
ENTRY = "<h2><code>open(lid)</code></h2><p>Open a jar.</p>"


def read(main: str, path: str = "/larder.html", head: str = "", body: str = "") -> ExtractedPage:
    page = f"<html><head><title>larder</title>{head}</head><body {body}><main>{main}</main></body></html>"
    return extract(page.encode(), f"https://docs.example{path}")


def cut(document: Document) -> list[Chunk]:
    return chunk(document, lambda text: len(text) // 4, 512)


@pytest.mark.parametrize(
    "main",
    [
        ENTRY
        + f"<details class=quote><summary>Source code in <code>larder/jar.py</code></summary>{BODY}</details>",
        "<h2>open</h2><div class='doc doc-contents'><p>Open a jar.</p><details class=quote>"
        "<summary>ソースコード位置: <code>larder/jar.py</code></summary><table><tr><td class=linenos>"
        f"<pre>1\n2</pre></td><td>{BODY}</td></tr></table></details></div>",
        ENTRY + f"<details class=source><summary><span>Expand source code</span></summary>{BODY}</details>",
        "<section><input type=checkbox id=v><div class='attr function'><span>def open(lid)</span><label "
        "class=view-source-button for=v><span>View Source</span></label></div><a class=headerlink href=#open></a>"
        f"<div class='pdoc-code codehilite'>{BODY}</div><div class=docstring><p>Open a jar.</p></div></section>",
        ENTRY + "<table class=source_code><tr><td><pre class=lines>12\n13</pre></td><td><pre class=code>"
        "<span class='info file'># File 'lib/jar.rb', line 12</span>\ndef open(lid)\n  check(lid)\nend</pre></table>",
        "<h2><code>larder.Lid</code></h2><p>Open a jar.</p><details><summary>Source code in <code>larder/jar.py</code>"
        f"</summary>{BODY}</details>",
        ENTRY + f"<div class=method-source-code>{BODY}</div>",
        "<div class=memitem><div class=memdoc><p>Open a jar.</p><p class=definition>Definition at line <a href=j>12</a>"
        f" of file <a href=j>jar.h</a>.</p><div class=fragment>{BODY}</div></div></div>",
        ENTRY + f"<p><a href=#src>[source]</a></p>{BODY}",
        ENTRY + f"<button>Show source</button><div id=s>{BODY}</div>",
    ],
)
def test_the_source_of_an_entry_is_kept_and_gives_no_passage(main: str) -> None:
    page = read(main)
    assert "check(lid)" in page.document.markdown
    assert not page.listing
    said = "\n".join(one.content for one in cut(page.document))
    assert "Open a jar." in said
    assert "check(lid)" not in said
    assert "ource" not in said


@pytest.mark.parametrize(
    "main",
    [
        f"<h1>Pouring</h1><p>First open the jar, then pour slowly.</p><h2>Source code</h2>{LONG}",
        f"<h1>Pouring</h1><p>Here it is.</p><details><summary>Source code</summary>{BODY}</details>",
        f"<h1>Pouring</h1><p>All of it:</p><details><summary>Source code in <code>a.py</code></summary>{BODY}",
        f"<h3><code>main.py</code></h3><details><summary>Source code in <code>main.py</code></summary>{BODY}</details>",
        f"<h2>Button</h2><p>A button.</p><div class=demo><button>View source</button>{BODY}</div>",
        f"<h2><code>open(lid)</code></h2><p>Open a jar. <a href=https://git.example/jar.py>[source]</a></p>{BODY}",
        ENTRY + f"<h3>Example</h3><details><summary>Source</summary><p>As here:</p>{BODY}</details>",
        ENTRY + f"<p><a href=#open>[source]</a></p><div><h4>Example</h4>{BODY}</div>",
        ENTRY + f"<p><a href=#open>[source]</a></p><div><p>Example:</p>{BODY}</div>",
        f"<h2><code>open(lid)</code> <a href=#open>[source]</a></h2>{BODY}<p>Open a jar.</p>",
        f"<h3><code>Button</code></h3><p>A button.</p><details><summary>View source</summary>{BODY}</details>",
        ENTRY + f"<button>Show source</button><div><h4>Example</h4>{BODY}</div>",
        f"<h2>open() in depth</h2><p>It opens.</p><details><summary>View source</summary>{BODY}</details>",
        f"<h1><code>jar</code></h1><p><strong>Source code:</strong> <a href=x>Lib/jar.py</a></p><p>It opens.</p>{BODY}",
    ],
)
def test_code_that_a_page_explains_gives_passages(main: str) -> None:
    document = read(main).document
    assert document.listings == ()
    assert any("line_1 " in one.content or "check(lid)" in one.content for one in cut(document))


NUMBERED = "<pre>" + "".join(f"<a name=line-{at}></a>x{at} = 1\n" for at in range(1, 20)) + "</pre>"


@pytest.mark.parametrize(
    ("path", "main", "body"),
    [
        (
            "/_modules/larder/jar.html",
            f"<p>You read version 2 of these pages.</p><h1>Source for jar</h1>{BODY}",
            "",
        ),
        ("/code/jar.html", f"<h1>Source code for larder.jar</h1><div class=highlight>{BODY}</div>", ""),
        (
            "/code.html",
            f"<h1>Quelltext</h1><div class=viewcode-block><a class=viewcode-back>[Doku]</a>{BODY}</div>",
            "",
        ),
        (
            "/src/larder/lib.rs.html",
            f"<h1>lib.rs</h1><div class=example-wrap>{BODY}</div>",
            "class='rustdoc src'",
        ),
        (
            "/jar_8h_source.html",
            f"<h1>jar.h</h1><a href=jar.html>Go to the documentation of this file.</a>{BODY}",
            "",
        ),
        ("/jar.js.html", f"<h1 class=page-title>Source: lib/jar.js</h1>{BODY}", ""),
        (
            "/jar.html",
            f"<h1>lib/jar.js</h1><article>{NUMBERS}",
            "",
        ),
        ("/p/7.html", f"<h1>View source</h1>{BODY}", ""),
        ("/larder.jar-pysrc.html", f"<h1>Source Code for Module larder.jar</h1>{BODY}", ""),
        ("/src-html/larder/Jar.html", f"<div class=source>{BODY}</div>", ""),
        ("/src/Jar.html", f"<h1>Data/Jar.hs</h1>{NUMBERED}", ""),
        (
            "/fsource.html",
            f"<h1>Source for file jar.php</h1><p>Documentation is at <a href=j>jar.php</a></p>{BODY}",
            "",
        ),
    ],
)
def test_a_page_that_is_but_a_listing_says_so_and_gives_no_passage(path: str, main: str, body: str) -> None:
    page = read(main, path, body=body)
    assert page.listing
    assert not page.noindex
    assert "x1 = 1" in page.document.markdown or "check(lid)" in page.document.markdown
    assert cut(page.document) == []


@pytest.mark.parametrize(
    ("path", "main", "body"),
    [
        ("/gallery/pour.html", f"<h1>examples/pour.py</h1>{NUMBERED}", ""),
        ("/examples/pour.html", f"<h1>Source code for pour.py</h1>{LONG}", ""),
        (
            "/pour.html",
            f"<h1>Source code of pour.py</h1><p>This example opens a jar and pours all of it out.</p>{LONG}",
            "",
        ),
        (
            "/open_source.html",
            f"<h1>Open source</h1><p>Larder is free software, and so are all of its lids.</p>{LONG}",
            "",
        ),
        (
            "/src/open.html",
            "<h1>Function open</h1><pre class=rust>pub fn open()</pre><p>Opens.</p>",
            "class=rustdoc",
        ),
        ("/module-jar.js.html", f"<h1 class=page-title>Module: jar.js</h1><p>Opens.</p>{BODY}", ""),
        ("/install.html", f"<h1>Source installation</h1>{LONG}", ""),
        ("/listing.html", f"<h1>A long listing</h1>{LONG}", ""),
        (
            "/ja.html",
            f"<h1>Source: jar.py</h1><p>この例では瓶を開けて中身を全部ゆっくりと注ぎます。</p>{LONG}",
            "",
        ),
    ],
)
def test_a_page_of_code_without_a_sure_sign_or_with_an_explanation_is_documentation(
    path: str, main: str, body: str
) -> None:
    page = read(main, path, body=body)
    assert (page.listing, page.noindex) == (False, False)
    assert cut(page.document)


def test_a_listing_may_be_left_out_and_leads_on() -> None:
    body = f"<html lang=de><h1>Source code for larder.jar</h1>{BODY}<a href=/lid.html>lid</a>"
    page = extract(body.encode(), "https://docs.example/_modules/larder/jar.html", unindexed=False)
    assert (page.listing, page.document.markdown, page.document.language) == (True, "", "de")
    assert page.links == ("https://docs.example/lid.html",)


def test_listings_are_stored_with_a_page_and_change_its_hash_only_where_there_are_some() -> None:
    page = read(ENTRY + f"<details class=source><summary>Expand source code</summary>{BODY}</details>")
    stored = page_json.to_json(page)
    assert page_json.from_json(stored) == page
    bare = page_json.to_json(read(ENTRY))
    del bare["document"]["listings"], bare["document"]["post"], bare["listing"]
    assert page_json.from_json(bare) == read(ENTRY)
    said = {name: value for name, value in bare["document"].items() if name != "url"}
    before = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()
    assert page_json.content_hash(read(ENTRY).document) == before
    unlisted = replace(page.document, listings=())
    assert page_json.content_hash(page.document) != page_json.content_hash(unlisted)


def test_lines_of_a_listing_are_those_of_the_markdown() -> None:
    page = read(
        "<ul><li><p>One</p></li></ul>"
        + ENTRY
        + f"<details class=source><summary>Expand source code</summary>{BODY}</details><p>Then close it.</p>"
    )
    ((start, end),) = page.document.listings
    lines = page.document.markdown.split("\n")
    assert lines[start] == "**Expand source code**"
    assert lines[end - 1] in ("```", "")
    assert "Then close it." in lines[end:]


MARKDOWN = """# larder

## `open(lid)`

Open a jar.

{label}

```python
check(lid)
```

Then close it.
"""


@pytest.mark.parametrize(
    "label",
    ["**Source code in `larder/jar.py`**", "<details><summary>Source code in larder/jar.py</summary>"],
)
def test_markdown_has_source_listings_too(label: str) -> None:
    page = extract(MARKDOWN.format(label=label).encode(), "https://docs.example/larder.md")
    said = "\n".join(one.content for one in cut(page.document))
    assert "check(lid)" in page.document.markdown
    assert "check(lid)" not in said
    assert "ource" not in said
    assert "Open a jar." in said
    assert "Then close it." in said


def test_markdown_that_explains_its_code_has_none() -> None:
    text = MARKDOWN.replace("`open(lid)`", "Opening").format(label="Source code in larder/jar.py:")
    assert extract(text.encode(), "https://docs.example/larder.md").document.listings == ()
