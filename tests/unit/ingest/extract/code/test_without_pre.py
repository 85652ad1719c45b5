"""What a reader sees as a block of code is one, whatever element it is in."""

import pytest

from ingest.extract import extract

CODE = "```\nopen a\n  open b\n```"


def markdown(block: str, head: str = "") -> str:
    page = f"<head>{head}</head><body><main><h1>Jars</h1><p>So it is opened:</p>{block}<p>Done.</p></main></body>"
    return extract(page.encode(), "https://docs.example/").document.markdown


@pytest.mark.parametrize(
    "block",
    [
        "<code style='display:block;white-space:pre-wrap'>open a\n  open b</code>",
        "<code class='block whitespace-pre'>open a\n  open b</code>",
        "<p><code style='display: block; white-space: pre'>open a\n  open b</code></p>",
        "<samp style='display:block;white-space:pre'>open a\n  open b</samp>",
        "<div style='white-space: pre; font-family: Menlo, monospace'>open a\n  open b</div>",
        "<div class='font-mono whitespace-pre-wrap'>open a\n  open b</div>",
        "<p><code>open a<br>&nbsp;&nbsp;open b</code></p>",
        "<div><code>open a<br>&nbsp;&nbsp;open b</code></div>",
        "<div class=CodeMirror><div class=CodeMirror-code><div><div class=CodeMirror-gutter-wrapper>"
        "<div class=CodeMirror-linenumber>1</div></div><pre class=CodeMirror-line><span>open a</span></pre></div>"
        "<div><pre class=CodeMirror-line><span>  open b</span></pre></div></div></div>",
        "<div class=cm-editor><div class=cm-gutters><div class=cm-gutterElement>1</div></div>"
        "<div class=cm-content><div class=cm-line>open a</div><div class=cm-line>  open b</div></div></div>",
        "<div class=view-lines><div class=view-line style='top:19px'><span>&nbsp;&nbsp;open b</span></div>"
        "<div class=view-line style='top:0px'><span>open a</span></div></div>",
    ],
)
def test_code_by_its_looks_is_a_block(block: str) -> None:
    assert markdown(block) == f"# Jars\n\nSo it is opened:\n\n{CODE}\n\nDone.\n"


@pytest.mark.parametrize(
    "block",
    [
        "<p>Call <code style='color:red'>open</code> first.</p>",
        "<p>Call <code class=block-code>open</code> first.</p>",
        "<p style='white-space:pre-wrap'>Call `open` first.</p>",
        "<table><tr><td>a</td><td><code style='display:block'>open</code></td></tr></table>",
        "<h2><code style='display:block'>open</code></h2>",
    ],
)
def test_code_within_text_stays_there(block: str) -> None:
    assert "```" not in markdown(block)


@pytest.mark.parametrize(
    "sheet",
    [
        ".row { display: block }",
        "pre code > .row{display:block}",
        "/* of lines */ main pre .row, .cell { color: red; display: grid; }",
        "@media (min-width: 40em) { pre span.row { display: block !important } }",
        "@layer base { code .row { display: flex } } .x::before { content: '}' }",
        "pre .row { display: block } .row { display: inline }",
        ".lid .row { display: block } @supports (display: grid) { .lid > code > .row { display: list-item } }",
    ],
)
def test_the_pages_own_style_sheet_makes_lines(sheet: str) -> None:
    block = "<pre class=lid><code><span class=row>open a</span><span class=row>  open b</span></code></pre>"
    assert CODE in markdown(block, f"<style>{sheet}</style>")


@pytest.mark.parametrize(
    "sheet",
    [
        "nav .row { display: block }",
        ".row:hover { display: block }",
        ".row::before { display: block }",
        "@media print { .row { display: block } }",
        ".lid > .row { display: block }",
        ".row { display: block } pre .row { display: inline }",
        ".lid { display: none }",
    ],
)
def test_rules_for_other_elements_states_and_media_make_none(sheet: str) -> None:
    block = "<pre class=lid><code><span class=row>open a</span><span class=row>; open b</span></code></pre>"
    assert "```\nopen a; open b\n```" in markdown(block, f"<style>{sheet}</style>")


def test_the_pages_own_style_sheet_tells_numbers_and_blocks() -> None:
    sheet = "<style>.n { user-select: none } code.wide { display: block; white-space: pre }</style>"
    assert CODE in markdown("<pre><i class=n>1</i>open a\n<i class=n>2</i>  open b</pre>", sheet)
    assert "```\nopen a\n```" in markdown("<pre><i class=n>7</i>open a</pre>", sheet)
    assert CODE in markdown("<code class=wide>open a\n  open b</code>", sheet)


@pytest.mark.parametrize(
    "block",
    [
        # GeSHi, Pygments, Rouge, and columns without a name.
        "<table class=python><tr class=li1><td class=ln><pre class=de1>1\n2\n</pre></td>"
        "<td class=de1><pre class=de1>open a\n  open b\n</pre></td></tr></table>",
        "<table><tr><td><pre>1\n2</pre></td><td><pre>open a\n  open b</pre></td></tr></table>",
        "<table class=rouge-table><tr><td class='rouge-gutter gl'><pre class=lineno>1\n2\n</pre></td>"
        "<td class=rouge-code><pre>open a\n  open b\n</pre></td></tr></table>",
        "<div class=flex><div class=css-1>1<br>2</div><pre>open a\n  open b</pre></div>",
        "<div><div><span>8</span><span>9</span></div><div><pre><code>open a\n  open b</code></pre></div></div>",
        "<pre><span class=css-1>1\n2\n</span><code>open a\n  open b</code></pre>",
        "<pre><code style='float:left'><span>1\n</span><span>2\n</span></code><code>open a\n  open b</code></pre>",
        "<pre><ol><li class=li1><div class=de1>open a</div></li><li class=li1><div>  open b</div></li></ol></pre>",
    ],
)
def test_a_column_of_numbers_is_no_code(block: str) -> None:
    assert markdown(block) == f"# Jars\n\nSo it is opened:\n\n{CODE}\n\nDone.\n"


def test_numbers_that_count_no_lines_are_kept() -> None:
    assert "```\n1\n2\n3\n```" in markdown("<div><pre>1\n2\n3</pre><pre>open a</pre></div>")
    assert "```\n1\n3\n```" in markdown("<div><pre>1\n3</pre><pre>open a\nopen b</pre></div>")
    assert "1" in markdown("<table><tr><td>1</td><td><pre>open a</pre></td></tr></table>")


def test_numbers_of_a_page_that_is_a_listing_are_left_to_it() -> None:
    numbers = "<td><pre>1\n2</pre></td><td><pre>open a\nopen b</pre></td>"
    page = f"<title>Source of jar.py</title><main><h1>Source of jar.py</h1><table><tr>{numbers}</tr></table></main>"
    assert "```\n1\n2\n```" in extract(page.encode(), "https://docs.example/jar.html").document.markdown
