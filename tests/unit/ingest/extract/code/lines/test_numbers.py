"""Numbers that only number the lines are no code; numbers that are code stay."""

import pytest

from ingest.extract.code.block import code_text
from tests.unit.ingest.extract.code.test_block import pre


def numbered(line: str, *, end: str = "\n") -> str:
    """Three lines of code, the second indented, the last empty but for its number."""
    return end.join(
        line.format(at, code) for at, code in enumerate(("if lid:", "    open()", "", "shut()"), 1)
    )


@pytest.mark.parametrize(
    "lines",
    [
        # Class names that a build made up: prism-react-renderer with styled-components, emotion, CSS modules.
        numbered("<div class=token-line><span class='sc-bdVaJa hQmKZt'>{}</span>{}\n</div>", end=""),
        numbered("<div class=css-1x><span class=css-9k2>{}</span><span class=css-77>{}</span></div>", end=""),
        numbered("<span class=CodeBlock_number__x1>{}</span>{}"),
        # Inline styles, and cells.
        numbered("<div style='display:table-row'><span style='display:table-cell'>{}</span>{}</div>", end=""),
        numbered("<span style='user-select:none'>{}</span>{}"),
        numbered("<span style='-webkit-user-select: none; color: #999'>{}</span> {}"),
        numbered("<span unselectable=on>{}</span>{}"),
        numbered("<span style='display:inline-block;width:2em;text-align:right'>{}</span>{}"),
        # Utility classes.
        numbered("<span class=flex><span class='select-none mr-4'>{}</span><span>{}\n</span></span>", end=""),
        numbered("<div class=table-row><div class='table-cell'>{}</div><div>{}</div></div>", end=""),
        # Elements of HTML without any class.
        numbered("<i>{}</i>{}"),
        numbered("<a href=#l>{}</a> {}"),
        "<table>" + numbered("<tr><td>{}</td><td>{}</td></tr>") + "</table>",
        # Classes of highlighters.
        numbered("<span class=lineno>{} </span>{}"),
        numbered("<span class=lineno>{}</span> {}"),
        numbered("<span class=linenos> {}</span>{}"),
        numbered("<span class=line><span class=ln>{}</span><span class=cl>{}</span></span>"),
        numbered("<span class=line><span class=lnt>{}</span><span class=cl>{}</span></span>"),
        numbered("<span class='linenumber react-syntax-highlighter-line-number'>{}</span>{}"),
        numbered("<span class='line-number' data-line>{}</span>{}"),
        numbered("<span class=codeLineNumber_Tfdd>{}</span><span>{}</span>"),
        "<table>" + numbered("<tr><td class=hljs-ln-numbers><p>{}</p></td><td>{}</td></tr>") + "</table>",
    ],
)  # fmt: skip
def test_numbers_of_lines_go_and_indentation_stays(lines: str) -> None:
    assert code_text(pre(f"<pre><code>{lines}</code></pre>")) == "if lid:\n    open()\n\nshut()"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        # A single line, where its element says what it is.
        ("<span class=select-none>1</span>open()", "open()"),
        ("<span class=line-number>7</span>open()", "open()"),
        # Counted from elsewhere.
        ("<i>9</i>a\n<i>10</i>b\n<i>11</i>c", "a\nb\nc"),
        # No count: other steps, gaps, other kinds of elements, a single number.
        ("<i>10</i> PRINT\n<i>20</i> GOTO 10", "10 PRINT\n20 GOTO 10"),
        ("<i>1</i>a\nb\n<i>2</i>c", "1a\nb\n2c"),
        ("<i>1</i>a\n<b>2</b>b", "1a\n2b"),
        ("<i>1</i>a", "1a"),
        ("<i>9</i>a\n<i>10</i>b", "9a\n10b"),
        ("<i>1</i>\n<i>2</i>", "1\n2"),
        # Numbers that a highlighter coloured are code.
        ("<span class=mi>1</span> a\n<span class=mi>2</span> b", "1 a\n2 b"),
        ("<span class='token number'>1</span>,a\n<span class='token number'>2</span>,b", "1,a\n2,b"),
        ("<span class=hljs-number>1</span>\n<span class=hljs-number>2</span> b", "1\n2 b"),
        ("<span style='color:#005CC5'>1</span> a\n<span style='color:#005CC5'>2</span> b", "1 a\n2 b"),
        # Numbers that are not first.
        ("a <i>1</i>\nb <i>2</i>", "a 1\nb 2"),
        # What is called a gutter, and is code.
        ("<span class=line-numbers>x = 1\n}</span>", "x = 1\n}"),
        # An excerpt that is indented as a whole.
        ("<i class=lineno>1</i>    a\n<i class=lineno>2</i>    b", "    a\n    b"),
        ("<i>1</i>  a\n<i>2</i>    b", "  a\n    b"),
        # The space behind a number, and no more.
        ("<i>1</i> a\n<i>2</i>   b\n<i>3</i>", "a\n  b"),
    ],
)
def test_what_numbers_lines_and_what_is_code(lines: str, code: str) -> None:
    assert code_text(pre(f"<pre><code>{lines}</code></pre>")) == code
