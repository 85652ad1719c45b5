"""A table keeps its rows and columns, whatever stands in a cell, spans others or is left out."""

import pytest

from ingest.extract import extract

HEAD = "<tr><th>Name</th><th>Type</th><th>Says</th></tr>"
ROW = "<tr><td>cold</td><td>boolean</td><td>Cooled.</td></tr>"


def markdown(body: str) -> str:
    page = f"<main><h1>T</h1>{body}</main>".encode()
    return extract(page, "https://docs.example/a.html").document.markdown.removeprefix("# T\n\n")


def rows(body: str) -> list[list[str]]:
    """The cells of the first table, without the line below its header."""
    lines = [line.strip() for line in markdown(body).split("\n") if line.strip().startswith("|")]
    return [
        [cell.strip() for cell in line[1:-1].replace("\\|", "\0").split("|")]
        for line in lines
        if "---" not in line
    ]


CELLS = {
    "a list": ("One of:<ul><li>flat</li><li>round</li></ul>", "One of: flat; round"),
    "a list behind words": (
        "One of<ul><li><p>flat</p></li><li>round.</li><li>bent</li></ul>now",
        "One of: flat; round. bent; now",
    ),
    "a list alone": ("<ol><li><code>a</code> b</li><li><a href='/x'>c</a></li></ol>", "`a` b; [c](https://docs.example/x)"),
    "a list in a list": ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "a: b; c"),
    "paragraphs": ("<p>One.</p><p>Two</p>\n<p>three.</p>", "One. Two three."),
    "terms": ("<dl><dt>a</dt><dd>one</dd><dt>b</dt><dd>two</dd></dl>", "a: one; b: two"),
    "short code": ("Try<pre><code class='language-sh'>open | shut</code></pre>", "Try: `open \0 shut`"),
    "a table": ("<table><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>", "a: 1; b: 2"),
    "a table of three columns": ("<table><tr><th>a</th><th>b</th><th>c</th></tr></table>", "a, b, c"),
    "a quotation": ("Says <blockquote><p>so</p></blockquote>", "Says so"),
    "a note": ("<div class='note'><p class='title'>Note</p><p>so</p></div>", "**Note:** so"),
    "what opens": ("<details><summary>Why</summary><p>so</p></details>", "**Why** so"),
    "a rule and a break": ("a<hr>b<br>c", "ab c"),
    "a bar": ("string | null", "string \0 null"),
    "nothing": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize(("html", "wanted"), CELLS.values(), ids=CELLS)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_block_in_a_cell_stays_in_it(html: str, wanted: str, at: int) -> None:
    cells = ["x", "y", "z"]
    cells[at] = html
    found = rows(f"<table>{HEAD}<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>{ROW}</table>")
    cells[at] = wanted
    assert found == [["Name", "Type", "Says"], cells, ["cold", "boolean", "Cooled."]]


def test_long_code_stands_below_its_table_and_says_where_it_belongs() -> None:
    code = "<div class=highlight-yaml><pre>label:\n  text: jam</pre></div>"
    table = f"<table>{HEAD}<tr><td><code>label</code></td><td></td><td>Like {code}</td></tr>{ROW}</table>"
    assert markdown(f"{table}behind <p>x</p>") == (
        "| Name | Type | Says |\n| --- | --- | --- |\n| `label` |  | Like: (code 1) |\n| cold | boolean | Cooled. |\n\n"
        "**Code 1** (label, Says):\n\n```yaml\nlabel:\n  text: jam\n```\n\nbehind\n\nx\n"
    )


def test_a_long_table_in_a_cell_stands_below() -> None:
    inner = (
        "<table><tr><th>k</th><th>v</th></tr>"
        + "<tr><td>a key</td><td>a value of it</td></tr>" * 12
        + "</table>"
    )
    said = markdown(f"<table>{HEAD}<tr><td>label</td><td>map</td><td>{inner}</td></tr>{ROW}</table>")
    assert "| label | map | (table 1) |\n| cold |" in said
    assert "**Table 1** (label, Says):\n\n| k | v |" in said
    assert said.count("| a key | a value of it |") == 12


def test_code_beside_code_is_parted_by_the_names_of_the_columns() -> None:
    head = "<tr><th>Before</th><th>After</th></tr>"
    assert markdown(f"<table>{head}<tr><td><pre>a\nb</pre></td><td><pre>c</pre></td></tr></table>") == (
        "**Before**\n\n```\na\nb\n```\n\n**After**\n\n```\nc\n```\n"
    )


def test_a_listing_beside_the_numbers_of_its_lines_is_no_table_of_data() -> None:
    assert markdown("<table><tr><td>1\n2</td><td><pre>a\nb</pre></td></tr></table>").endswith(
        "```\na\nb\n```\n"
    )


SPANS = {
    "columns": (
        "<tr><th>a</th><th>b</th><th>c</th></tr><tr><td colspan=2>x</td><td>y</td></tr>",
        [["a", "b", "c"], ["x", "", "y"]],
    ),
    "rows": (
        "<tr><th>a</th><th>b</th></tr><tr><td rowspan=2>x</td><td>1</td></tr><tr><td>2</td></tr>"
        "<tr><td>y</td><td>3</td></tr>",
        [["a", "b"], ["x", "1"], ["x", "2"], ["y", "3"]],
    ),
    "the last column's rows": (
        "<tr><th>a</th><th>b</th></tr><tr><td>1</td><td rowspan=2>x</td></tr><tr><td>2</td></tr>",
        [["a", "b"], ["1", "x"], ["2", "x"]],
    ),
    "both": (
        "<tr><th>a</th><th>b</th><th>c</th></tr><tr><td rowspan=2 colspan=2>x</td><td>1</td></tr><tr><td>2</td></tr>",
        [["a", "b", "c"], ["x", "", "1"], ["x", "", "2"]],
    ),
    "groups of columns": (
        "<thead><tr><th rowspan=2>Name</th><th colspan=2>Size</th></tr><tr><th>least</th><th>most</th></tr></thead>"
        "<tr><td>jar</td><td>1</td><td>3</td></tr>",
        [["Name", "Size least", "Size most"], ["jar", "1", "3"]],
    ),
    "groups of columns without a head": (
        "<tr><th rowspan=2>Name</th><th colspan=2>Size</th></tr><tr><th>least</th><th>most</th></tr>"
        "<tr><td>jar</td><td>1</td><td>3</td></tr>",
        [["Name", "Size least", "Size most"], ["jar", "1", "3"]],
    ),
    "all columns": (
        "<tr><th>a</th><th>b</th></tr><tr><td colspan=99>group</td></tr><tr><td>1</td><td>2</td></tr>",
        [["a", "b"], ["group", ""], ["1", "2"]],
    ),
    "all rows that are left": (
        "<tr><th>a</th><th>b</th></tr><tr><td rowspan=0>x</td><td>1</td></tr><tr><td>2</td></tr>",
        [["a", "b"], ["x", "1"], ["x", "2"]],
    ),
    "what is no number": (
        "<tr><th>a</th><th>b</th></tr><tr><td colspan=x rowspan=-1>1</td><td>2</td></tr>",
        [["a", "b"], ["1", "2"]],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("html", "wanted"), SPANS.values(), ids=SPANS)
def test_a_span_leaves_every_cell_in_its_column(html: str, wanted: list[list[str]]) -> None:
    assert rows(f"<table>{html}</table>") == wanted


HEADERS = {
    "in a head": "<thead><tr><td>a</td><td>b</td></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody>",
    "of header cells": "<tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr>",
    "of bold cells": "<tr><td><b>a</b></td><td><strong>b</strong></td></tr><tr><td>1</td><td>2</td></tr>",
    "by its class": "<tr class='header'><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr>",
    "behind its body": "<tbody><tr><td>1</td><td>2</td></tr></tbody><thead><tr><th>a</th><th>b</th></tr></thead>",
}


@pytest.mark.parametrize("html", HEADERS.values(), ids=HEADERS)
def test_a_header_is_the_header(html: str) -> None:
    assert [[cell.strip("*") for cell in row] for row in rows(f"<table>{html}</table>")] == [
        ["a", "b"],
        ["1", "2"],
    ]


@pytest.mark.parametrize("cell", ["th", "td"])
def test_a_row_of_data_is_no_header(cell: str) -> None:
    html = f"<tr><{cell}>a</{cell}><td>1</td></tr><tr><{cell}>b</{cell}><td>2</td></tr>"
    assert rows(f"<table>{html}</table>") == [["", ""], ["a", "1"], ["b", "2"]]


def test_the_foot_of_a_table_stands_last_and_its_caption_first() -> None:
    table = (
        "<table><caption>Jars</caption><tfoot><tr><td>sum</td><td>3</td></tr></tfoot><thead><tr><th>a</th><th>b</th></tr>"
        "</thead><tbody><tr><td>x</td><td>3</td></tr></tbody></table>"
    )
    assert markdown(table) == "*Jars*\n\n| a | b |\n| --- | --- |\n| x | 3 |\n| sum | 3 |\n"


def test_a_layout_of_boxes_is_no_table() -> None:
    inner = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    assert markdown(f"<table><tr><td>menu</td><td><p>Text</p>{inner}</td></tr></table>") == (
        "menu\n\nText\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    )


def test_a_table_of_absurd_size_is_read_as_it_stands() -> None:
    row = "<tr><td>a</td><td colspan=90>b</td></tr>"
    assert markdown(f"<table>{HEAD}{row * 2_000}</table>").count("| a | b |") == 2_000
