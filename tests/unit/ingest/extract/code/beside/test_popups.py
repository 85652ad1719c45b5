"""A box within a line of code is no line, and what pops up over a line is no code of the page."""

import pytest

from ingest.extract import extract
from ingest.extract.code.block import code_text
from tests.unit.ingest.extract.code.test_block import pre

SHOWN = "function open(lid: Lid): Jar"


def lines(around_open: str, *, line: str = "<span class=line>{}</span>\n") -> str:
    first = line.format("<span>import </span><span><div class=box>lid</div></span><span> from 'lids'</span>")
    second = line.format(f"<span>export </span>{around_open}<span>(lid)</span>")
    return f"<pre><code>{first}{second}</code></pre>"


@pytest.mark.parametrize(
    "line",
    [
        "<span class=line>{}</span>\n",
        "<span class=line>{}</span>",
        "<div class=line>{}</div>",
        "<div class='ec-line'><div class=gutter><div class=ln>7</div></div><div class=code>{}</div></div>",
        "<span data-line>{}</span>\n",
        "<div>{}</div>",
        "{}\n",
        "{}<br>",
        "<tr><td class=linenos>7</td><td>{}</td></tr>",
        "<li>{}</li>",
        "<div class=view-line><span>{}</span></div>",
    ],
)
@pytest.mark.parametrize(
    "shown",
    [
        "<span>open</span>",
        "<span><div class='v-popper v-popper--theme-dropdown'><span>open</span></div></span>",
        f"<span><div class=v-popper><span>open</span><div class=v-popper__popper>{SHOWN}</div></div></span>",
        f"<span class=hover><span>open</span><div>{SHOWN}</div></span>",
        f"<span class=hover>open<div><pre><code>{SHOWN}</code></pre><p>Opens it.</p></div></span>",
        f"<span class=hover><span>open</span><span role=tooltip>{SHOWN}</span></span>",
        f"<span class=hover><span class=popup-container><code>{SHOWN}</code></span>open</span>",
        f"<span class=has-popover>open<span class=popover>{SHOWN}</span></span>",
        f"<span class=popover>open<span class=popover-content>{SHOWN}</span></span>",
        f"<span class=tooltip>open<span class=tooltiptext>{SHOWN}</span></span>",
        f"<span class=tooltip>open<span class=Tooltip_content__x1>{SHOWN}</span></span>",
        f"<a href=#open>open<span class=MuiTooltip-popper>{SHOWN}</span></a>",
        f"<span class=x>open<span class=tooltip>{SHOWN}</span></span>",
        f"<span class=x>open<div popover>{SHOWN}</div></span>",
        f"<span aria-describedby=t1>open</span><span id=t1>{SHOWN}</span>",
        f"<span>open<div data-radix-popper-content-wrapper><div data-side=top>{SHOWN}</div></div></span>",
        f"<span>open<span class=hover-card><b>{SHOWN}</b></span></span>",
    ],
)
def test_a_popup_gives_no_code_and_its_name_no_line(shown: str, line: str) -> None:
    markup = lines(shown, line=line)
    if line.startswith("<tr"):
        markup = markup.replace("<pre><code>", "<pre><code><table>").replace(
            "</code></pre>", "</table></code></pre>"
        )
    if line.startswith("<li"):
        markup = markup.replace("<pre><code>", "<pre><code><ol>").replace(
            "</code></pre>", "</ol></code></pre>"
        )
    assert code_text(pre(markup)) == "import lid from 'lids'\nexport open(lid)"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "<div class=line><div class=code>a</div></div><div class=line><div class=code>b</div></div>",
            "a\nb",
        ),
        ("<div class=line><div class=code><span>a </span><div class=v-popper>b</div></div></div>c", "a b\nc"),
        ("<div class=code-line><div class=old>a</div><div class=new>b</div></div>", "a\nb"),
        ("<span class=hljs><div>a</div><div>b</div></span>", "a\nb"),
        ("<span><div>a</div></span><span><div>b</div></span>", "a\nb"),
        ("<div>a<div>b</div></div><div>c</div>", "a\nb\nc"),
        ("{<ul><li>a,</li><li>b</li></ul>}", "{\na,\nb\n}"),
        ("<span>{</span><ul><li><span>a: {<ul><li>b</li></ul>}</span></li></ul>}", "{\na: {\nb\n}\n}"),
        ("a = <div style='display: inline-block'>b</div> + c\nd", "a = b + c\nd"),
        ("<span class=line>a = <span><div aria-hidden=true>b c</div>d</span></span>", "a = d"),
        ("a <span><div>b</div><div>c</div></span>", "a\nb\nc"),
        ("<div class=tooltip>a</div><div class=tooltip>b</div>", "a\nb"),
        ("<span class=x><b>12</b><div>a = b</div></span>", "12\na = b"),
        ("<span class=x><b>$ </b><div>a b</div></span>", "$\na b"),
        ("<code>a</code><code>b</code>", "ab"),
        ("<span class=line><span class=popover-trigger>a</span> = <i class=tooltip>b</i></span>", "a = b"),
        ("<span class=line>a = <span class=tooltip>b</span></span>", "a = b"),
        ("<span class=line><span aria-hidden=true>$ </span>a</span>", "$ a"),
        ("a\n<div class=popup_sql>SELECT 1\n</div>b", "a\nSELECT 1\nb"),
        ("<div class='line error'>a</div><div class=error>b</div><div class=line>c</div>", "a\nb\nc"),
        ("<table class=code><tr><td><div class=c><div>a</div><div>b</div></div></td></tr></table>", "a\nb"),
    ],
)
def test_boxes_that_hold_code_keep_it(markup: str, text: str) -> None:
    assert code_text(pre(f"<pre><code>{markup}</code></pre>")) == text


def test_what_a_compiler_says_below_a_line_is_no_code() -> None:
    markup = (
        "<pre class=command-line data-line=2><code><span class=line>const n = 1</span>"
        "<div class='twoslash-meta-line twoslash-error-line'>Type 'number' is odd.</div>"
        "<span class=line>n.to<span class=cursor><ul><li>toFixed</li></ul></span></span>"
        "<div class=error><span>No.</span></div><span class=error-behind>No.</span>"
        "<span class=twoerror><div class='twoslash-error-box twoslash-error-level-error'><b>Error</b></div></span>"
        "<span class=line>n</span></code></pre>"
    )
    assert code_text(pre(markup)) == "const n = 1\nn.to\nn"


def test_what_a_compiler_says_between_two_lines_ends_the_first() -> None:
    said = "<div class='twoslash-meta-line twoslash-error-line'>Type 'number' is odd.</div>"
    assert code_text(pre(f"<pre><code><span>a</span>{said}<span>b</span></code></pre>")) == "a\nb"
    assert code_text(pre(f"<pre><code><span>a</span>\n{said}<span>b</span></code></pre>")) == "a\nb"
    assert code_text(pre(f"<pre><code><span>a</span>{said}\n<span>b</span></code></pre>")) == "a\nb"
    assert code_text(pre(f"<pre><code><span>a</span>{said}</code></pre>")) == "a"


@pytest.mark.parametrize("says", ["aria-expanded=false", "aria-haspopup=dialog class=twoslash-hover"])
def test_a_name_that_is_a_button_is_code(says: str) -> None:
    copy = "<button aria-label='Copy Text' aria-haspopup=true>Copy</button>"
    page = f"<main><h1>Jars</h1><pre>{copy}<code><span>const <button {says}>jar</button> = 1</span></code></pre></main>"
    assert "```\nconst jar = 1\n```" in extract(page.encode(), "https://docs.example/").document.markdown


def test_a_popup_over_code_in_a_sentence_is_not_read() -> None:
    page = f"<main><h1>Jars</h1><p>Call <code><span>open<div role=tooltip>{SHOWN}</div></span></code> first.</p></main>"
    assert "Call `open` first." in extract(page.encode(), "https://docs.example/").document.markdown
