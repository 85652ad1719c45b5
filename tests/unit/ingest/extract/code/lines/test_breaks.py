"""A line of code is a line, whether a newline, an element, a style or a class makes it."""

import pytest

from ingest.extract.code.block import code_text
from tests.unit.ingest.extract.code.test_block import pre


def lines(line: str, *, end: str = "") -> str:
    return end.join(line.format(code) for code in ("if lid:", "    open()", "shut()"))


@pytest.mark.parametrize(
    "markup",
    [
        "<code>" + lines("<span class=block>{}</span>") + "</code>",
        "<code>" + lines("<span class='d-block text-muted'>{}</span>") + "</code>",
        "<code>" + lines("<span class=db>{}</span>") + "</code>",
        "<code>" + lines("<span style='display:block'>{}</span>") + "</code>",
        "<code>" + lines("<span style='DISPLAY : block !important'><b>{}</b></span>") + "</code>",
        "<code>" + lines("<span class=flex><span>{}</span></span>") + "</code>",
        "<code>" + lines("<span class='table-row'><span class=table-cell>{}</span></span>") + "</code>",
        "<code>" + lines("<span style='display:list-item'>{}</span>") + "</code>",
        "<code style='display:grid'>" + lines("<span class=row>{}</span>") + "</code>",
        "<code class=grid>" + lines("<span>{}</span>") + "</code>",
        "<code class=grid>" + lines("<span>{}</span>", end="\n") + "</code>",
        "<code>" + lines("<span data-line=''>{}</span>") + "</code>",
        "<code>" + lines("<span data-line=''>{}</span>", end="\n") + "</code>",
        "<code>" + lines("<span data-line-number=1>{}</span>") + "</code>",
        "<code>" + lines("<span data-line-number=1>{}\n</span>") + "</code>",
        "<code>" + lines("<a data-line-number=1></a>{}\n") + "</code>",
        "<code>" + lines("<span class=highlight-line>{}</span>", end="<br>") + "</code>",
        lines("<code>{}</code>"),
        lines("<code>{}</code>", end="\n"),
        lines("<code>{}</code>", end="<br>"),
        lines("<code class=d-block>{}</code>"),
        lines("<p>{}</p>"),
        "<code>" + lines("<div class=flex><div class=w-8></div><div>{}</div></div>") + "</code>",
        "<code>"
        + lines("<span class='line block'><span class=inline-block>{}</span></span>", end="\n")
        + "</code>",
    ],
)
def test_every_line_is_one_line(markup: str) -> None:
    assert code_text(pre(f"<pre>{markup}</pre>")) == "if lid:\n    open()\nshut()"


@pytest.mark.parametrize(
    ("markup", "code"),
    [
        # Parts of a line beside each other.
        ("<code><span class='token block'>a</span> <span class='token table'>b</span></code>", "a b"),
        ("<code><div style='display:inline-block'>a</div> <div class=inline>b</div></code>", "a b"),
        ("<code><div class=flex><div>a</div><div> = b</div></div><div class=flex>c</div></code>", "a = b\nc"),
        ("<code><div class='flex flex-col'><div>a</div><div>b</div></div></code>", "a\nb"),
        (
            "<code><div style='display:grid;grid-template-columns:2em 1fr'><b>a</b><b> = b</b></div>c</code>",
            "a = b\nc",
        ),
        ("<code>git</code> <code>push</code>", "git push"),
        ("<code>a</code>: <code>b</code>", "a: b"),
        # Words that a highlighter calls lines, and lines that its words cut across.
        (
            "<code><b class='token request-line'>GET</b> <b class='token request-line'>/</b>\na</code>",
            "GET /\na",
        ),
        ("<code><b class='token line'>-a\n</b><b class='token line'>+b\n</b></code>", "-a\n+b"),
        (
            "<code><i class=line>a <i class=string>b</i>\n<i class=line></i>\n<i class=line>c</i></i>\n"
            "<i class=line>d</i></code>",
            "a b\n\nc\nd",
        ),
        (
            "<code><i class=line><i class=tag>a,\n<i class=line>b</i> {</i></i>\n"
            "<i class=line><i class=text>c\n<i class=line>  </i></i>d</i>\n<i class=line></i></code>",
            "a,\nb {\nc\n  d",
        ),
        (
            "<code><i class=line><b class=token>-</b><b class='token line'>a</b>\n"
            "<i class=line></i><b class=token>+</b><b class='token line'>b</b>\n<i class=line></i></i></code>",
            "-a\n+b",
        ),
        # Anchors of lines, and words called after lines.
        ("<code><a data-line=1></a>a\n<a data-line=2></a>b</code>", "a\nb"),
        ("<code>a <span class=underline>b</span> c</code>", "a b c"),
    ],
)
def test_what_stands_within_a_line_breaks_none(markup: str, code: str) -> None:
    assert code_text(pre(f"<pre>{markup}</pre>")) == code
