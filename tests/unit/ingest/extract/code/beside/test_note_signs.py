"""Code can be pasted: the signs of notes are no part of it, nor comments that hold nothing else."""

import pytest

from ingest.extract.code.block import code_text
from tests.unit.ingest.extract.code.test_block import pre

LIST = "<div class='colist arabic'><ol><li><p>The shelf.</p></li></ol></div>"


@pytest.mark.parametrize(
    ("markup", "code"),
    [
        ("&lt;jar&gt; <i class=conum data-value=1></i><b>(1)</b>\n&lt;/jar&gt;", "<jar>\n</jar>"),
        ("&lt;jar&gt; &lt;!--<b class=conum>(1)</b>--&gt;\n&lt;/jar&gt;", "<jar>\n</jar>"),
        ("&lt;jar&gt; <!-- --><b class=conum>(1)</b> <b class=conum>(2)</b>", "<jar>"),
        ("open() // <b class=conum>(1)</b>\nclose()", "open()\nclose()"),
        ("open() # <b class=conum>(1)</b> # <b class=conum>(2)</b>", "open()"),
        ("open(); // the lid <b class=conum>(12)</b>", "open(); // the lid"),
        ("i--<b class=conum>(1)</b>", "i--"),
        ("select 1 -- <b class=conum>(1)</b>", "select 1"),
        ("open() <img src=images/callouts/1.png alt=1>", "open()"),
        ("open() <a class=co id=co1 href=#c1><img src=images/callouts/1.svg alt=1></a>", "open()"),
        ("open() <span class=co>❶</span>", "open()"),
        ("  open(<b class=conum>(1)</b>lid)", "  open(lid)"),
        ("<span class=c>// <i class=conum data-value=1></i><b>(1)</b></span>\n  a", "\n  a".strip("\n")),
        ("f <b>(1)</b>\ng <i></i><b>(2)</b>", "f (1)\ng (2)"),
        ("open(1) &lt;1&gt;", "open(1) <1>"),
    ],
)
def test_signs_of_notes_are_no_code(markup: str, code: str) -> None:
    assert code_text(pre(f"<pre><code>{markup}</code></pre>")) == code


@pytest.mark.parametrize(
    ("markup", "code"),
    [
        ("open(1) // &lt;1&gt;\nclose(2)", "open(1)\nclose(2)"),
        ("open(1) (1)\nclose(2)", "open(1)\nclose(2)"),
        ("&lt;jar/&gt; &lt;!--1--&gt;", "<jar/>"),
        ("open() # &lt;1&gt; &lt;2&gt;", "open()"),
    ],
)
def test_signs_that_the_author_wrote_go_where_a_list_explains_them(markup: str, code: str) -> None:
    block = f"<pre><code>{markup}</code></pre>"
    assert code_text(pre(f"<div class=listingblock><div class=content>{block}</div></div>{LIST}")) == code
    assert code_text(pre(f"<div>{block}</div><p>The shelf.</p>")) != code
