"""Chunks, by example."""

import re
from dataclasses import replace

import pytest

from ingest.chunk.cut import chunk
from ingest.chunk.pieces import LISTING, WHOLE_CODE
from shared.model.document import Chunk, ContentType, Document, Section

URL = "http://docs.test/page.html"
WINDOW = 64
SIGNATURE = re.compile(r"`([\w.]+)\(")


def count(text: str) -> int:
    return len(re.findall(r"\w+|[^\w\s]", text))


def document(markdown: str, title: str = "Page", url: str = URL) -> Document:
    """A document with the `#` lines outside of fences for sections: `## Name {#anchor}`; a call is an API entry."""
    lines, sections, inside = [], [], False
    for number, line in enumerate(markdown.strip("\n").split("\n")):
        inside ^= line.startswith("```")
        found = None if inside else re.fullmatch(r"(#+) (.*?)(?: \{#(.*)\})?", line)
        if found:
            entry = SIGNATURE.match(found[2])
            plain = found[2].replace("`", "")
            sections.append(Section(plain, len(found[1]), found[3], number, entry[1] if entry else None))
        lines.append(f"{found[1]} {found[2]}" if found else line)
    return Document(url, title, "\n".join(lines), tuple(sections))


def chunks(markdown: str, window: int = WINDOW, title: str = "Page") -> list[Chunk]:
    return chunk(document(markdown, title), count, window)


def words(number: int, stem: str = "word") -> str:
    return " ".join(f"{stem}{at}" for at in range(number))


def test_a_chunk_carries_its_headings_as_breadcrumb_and_the_address_of_its_section() -> None:
    (found,) = chunks(
        f"# Guide {{#guide}}\n\n## Setup {{#setup}}\n\n### Linux {{#linux}}\n\nRun **it**: {words(20)}"
    )
    assert found.breadcrumb == ("Page", "Guide", "Setup", "Linux")
    assert found.source_url == f"{URL}#linux"
    assert found.content == f"Run **it**: {words(20)}"
    assert found.embedded_text == f"Page > Guide > Setup > Linux\nRun it: {words(20)}"
    assert found.token_count == count(found.content)
    assert (found.content_type, found.code_language, found.symbol) == (ContentType.GUIDE, None, None)


def test_source_listings_are_in_no_chunk_and_move_no_address() -> None:
    entry = "# Jar\n\n## `open()` {#open}\n\nOpen it.\n\n**Source**\n\n```\n# listed\n```\n\nMore of it.\n"
    whole = document(f"{entry}\n## Lid {{#lid}}\n\n{words(60)}")
    found = chunk(replace(whole, listings=((6, 11),)), count, WINDOW)
    assert list(dict.fromkeys(one.source_url for one in found)) == [f"{URL}#open", f"{URL}#lid"]
    assert found[0].content == "## `open()`\n\nOpen it.\n\nMore of it."
    everything = whole.markdown.count("\n") + 1
    assert chunk(replace(whole, listings=((0, everything),)), count, WINDOW) == []


def test_the_page_title_is_not_repeated_by_its_first_heading() -> None:
    (found,) = chunks(f"# page {{#top}}\n\n{words(20)}")
    assert found.breadcrumb == ("Page",)
    assert found.source_url == f"{URL}#top"


def test_a_heading_that_repeats_the_one_above_it_stands_once_in_the_path() -> None:
    first, second = chunks(f"# View\n\n{words(30)}\n\n## view\n\n{words(30)}")
    assert first.breadcrumb == second.breadcrumb == ("Page", "View")


@pytest.mark.parametrize("heading", ["◆ Options", "Options \uf0c1", "Options"])
def test_the_sign_of_a_headings_permalink_is_not_served(heading: str) -> None:
    first, second = chunks(f"# {heading} {{#options}}\n\n{words(30)}\n\n## Of C# {{#sharp}}\n\n{words(30)}")
    assert first.breadcrumb == ("Page", "Options")
    assert second.breadcrumb == ("Page", "Options", "Of C#")
    (whole,) = chunks(f"# A {{#a}}\n\n## {heading}\n\none\n\n## Of C#\n\ntwo")
    assert whole.content == "## Options\n\none\n\n## Of C#\n\ntwo"


def test_without_an_anchor_the_nearest_one_above_is_taken_and_an_old_fragment_dropped() -> None:
    markdown = f"{words(30)}\n\n# A {{#a}}\n\n{words(30)}\n\n# B\n\n{words(30)}"
    found = chunk(document(markdown, url=f"{URL}#old"), count, WINDOW)
    assert [each.source_url for each in found] == [URL, f"{URL}#a", f"{URL}#a"]


def test_code_makes_a_snippet_and_names_its_language() -> None:
    (found,) = chunks("# A\n\nDo this:\n\n```Python title='x'\nprint(1)\n\n# no heading\n```")
    assert found.content_type is ContentType.SNIPPET
    assert found.code_language == "python"
    assert found.embedded_text.endswith("Do this:\nprint(1)\n\n# no heading")


def test_code_stays_with_the_prose_that_introduces_it() -> None:
    found = chunks(
        f"# A\n\n{words(30)}\n\nNow run this:\n\n```sh\n{words(30, 'run')}\n```\n\n{words(30, 'end')}"
    )
    assert [each.content.split()[0] for each in found] == ["word0", "Now", "end0"]


def test_code_over_the_window_stays_whole_with_its_short_introduction() -> None:
    code = "\n\n".join(words(20, f"line{at}x") for at in range(10))
    before, found, after = chunks(f"# A\n\n{words(50)}\n\nLike this:\n\n```\n{code}\n```\n\n{words(40)}")
    assert found.content == f"Like this:\n\n```\n{code}\n```"
    assert before.content_type is after.content_type is ContentType.GUIDE


def test_code_over_the_hard_limit_is_cut_at_blank_lines_and_fenced_again() -> None:
    paragraphs = [words(20, f"line{at}x") for at in range(WINDOW * WHOLE_CODE // 10)]
    found = chunks("# A\n\n```sql\n" + "\n\n".join(paragraphs) + "\n```")
    assert len(found) > 4
    for each in found:
        assert each.content.startswith("```sql\nline")
        assert each.content.endswith("\n```")
        assert each.code_language == "sql"
        assert count(each.embedded_text) <= WINDOW - 2
    assert all(any(paragraph in each.content for each in found) for paragraph in paragraphs)


def test_long_prose_is_cut_evenly_at_sentences() -> None:
    found = chunks("# A\n\n" + " ".join(f"Sentence {at} says {words(6)}." for at in range(20)))
    assert all(each.content.startswith("Sentence") and each.content.endswith(".") for each in found)
    assert max(each.token_count for each in found) < 2 * min(each.token_count for each in found)


def test_a_long_list_is_cut_at_its_items() -> None:
    found = chunks("# A\n\n" + "\n".join(f"- {words(12, f'item{at}x')}\n  more {at}" for at in range(12)))
    assert len(found) > 2
    assert all(each.content.startswith("- item") and re.search(r"more \d+$", each.content) for each in found)


def test_code_in_a_long_list_item_stays_whole() -> None:
    found = chunks(
        f"# A\n\n1. {words(50)}\n\n   ```sh\n   if x\n     y\n   ```\n\n   {words(40)}\n2. {words(40)}"
    )
    assert any("```sh\nif x\n  y\n```" in each.content for each in found)


def test_a_long_table_is_cut_at_rows_and_repeats_its_header() -> None:
    rows = [f"| name{at} | {words(6)} |" for at in range(20)]
    found = chunks("# A\n\n| Name | Meaning |\n| --- | --- |\n" + "\n".join(rows))
    assert len(found) > 2
    assert all(each.content.startswith("| Name | Meaning |\n| --- | --- |\n| name") for each in found)
    assert [line for each in found for line in each.content.split("\n")[2:]] == rows


def test_small_sections_under_one_heading_are_one_chunk_that_shows_their_headings() -> None:
    (found,) = chunks("# Terms\n\n## Alpha {#alpha}\n\nFirst.\n\n## Beta {#beta}\n\nSecond.")
    assert found.content == "## Alpha\n\nFirst.\n\n## Beta\n\nSecond."
    assert found.breadcrumb == ("Page", "Terms")
    assert found.source_url == f"{URL}#alpha"


def test_small_sections_under_different_headings_stay_apart() -> None:
    found = chunks("# A\n\n## One\n\nFirst.\n\n# B\n\n## Two\n\nSecond.")
    assert [each.breadcrumb for each in found] == [("Page", "A", "One"), ("Page", "B", "Two")]


def test_a_small_tail_joins_the_section_before_it() -> None:
    (found,) = chunks(f"# A\n\n## One\n\n{words(30)}\n\n## Two\n\nSee also.")
    assert found.breadcrumb == ("Page", "A")
    assert found.content.endswith("## Two\n\nSee also.")


API = """
# API

## `flask.Flask(name)` {#flask.Flask}

The application. EXPLAINED

### `flask.Flask.run(host)` {#flask.Flask.run}

Runs it.

#### Example

```python
app.run()
```

### `flask.Flask.stop()` {#flask.Flask.stop}

Stops it.
"""


def test_an_api_entry_is_one_chunk_with_its_signature() -> None:
    whole, run, stop = chunks(API.replace("EXPLAINED", "Small."))
    assert [each.symbol for each in (whole, run, stop)] == [
        "flask.Flask",
        "flask.Flask.run",
        "flask.Flask.stop",
    ]
    assert {each.content_type for each in (whole, run, stop)} == {ContentType.API_REF}
    assert (
        run.content == "### `flask.Flask.run(host)`\n\nRuns it.\n\n#### Example\n\n```python\napp.run()\n```"
    )
    assert run.breadcrumb == ("Page", "API", "flask.Flask", "flask.Flask.run")
    assert run.source_url == f"{URL}#flask.Flask.run"
    assert run.code_language == "python"


def test_an_api_entry_that_does_not_fit_is_cut_and_keeps_its_symbol() -> None:
    found = chunks(API.replace("EXPLAINED", words(100)))
    assert [each.symbol for each in found].count("flask.Flask") > 1


def test_a_signature_stays_with_its_description_also_where_both_fit_but_narrowly() -> None:
    entry = f"# API\n\n## `f.long(one, two, three)` {{#f.long}}\n\n{words(50)}\n\n{words(20, 'more')}"
    first, second = chunks(entry, window=80)
    assert first.content.startswith("## `f.long(one, two, three)`\n\nword0")
    assert {first.symbol, second.symbol} == {"f.long"}


def test_entries_that_are_but_signatures_stand_together_and_are_all_named() -> None:
    names = [f"m.C{at}" for at in range(4)]
    terse = "\n\n".join(f"## `{name}()` {{#{name}}}" for name in names[:3])
    together, alone = chunks(f"# Constants\n\n{terse}\n\n## `m.C3()` {{#m.C3}}\n\nThe last.")
    assert together.content == "## `m.C0()`\n\n## `m.C1()`\n\n## `m.C2()`"
    assert (together.symbol, together.symbols) == ("m.C0", ("m.C0", "m.C1", "m.C2"))
    assert (together.source_url, together.breadcrumb) == (f"{URL}#m.C0", ("Page", "Constants"))
    assert (alone.symbol, alone.symbols, alone.content_type) == ("m.C3", (), ContentType.API_REF)


def test_terse_entries_of_different_classes_stay_apart() -> None:
    methods = "### `{0}.a()` {{#{0}.a}}\n\n### `{0}.b()` {{#{0}.b}}\n\n"
    page = "".join(f"## `{name}()` {{#{name}}}\n\nIt.\n\n" + methods.format(name) for name in ("A", "B"))
    assert [each.symbols or each.symbol for each in chunks(f"# API\n\n{page}")] == [
        "A",
        ("A.a", "A.b"),
        "B",
        ("B.a", "B.b"),
    ]


def test_a_section_of_an_entry_that_does_not_fit_is_a_snippet_or_a_guide_of_that_entry() -> None:
    entry = f"## `git.commit(it)` {{#c}}\n\n{words(45)}\n\n### Options\n\n{words(40)}\n\n"
    found = chunks(f"# Manual\n\n{entry}### Examples\n\n{words(30)}\n\n```sh\ngit commit\n```")
    assert [(each.content_type, each.symbol) for each in found] == [
        (ContentType.API_REF, "git.commit"),
        (ContentType.GUIDE, "git.commit"),
        (ContentType.SNIPPET, "git.commit"),
    ]


def test_a_snippet_says_where_it_stands_and_what_introduces_it() -> None:
    page = "# Guide\n\n## Run *it*\n\nFirst this.\n\nStart the `server`\nlike so:\n\n```sh\nrun\n```\n\nDone."
    (found,) = chunk(replace(document(page, title="The\nPage"), generator="sphinx"), count, WINDOW)
    assert (found.title, found.description) == ("Run *it*", "Start the server like so:")
    assert (found.page_title, found.generator) == ("The Page", "sphinx")


@pytest.mark.parametrize(
    ("markdown", "description"),
    [
        ("```\nrun\n```\n\nIt runs.", "It runs."),
        ("```\nrun\n```", None),
        ("- Then run:\n\n  ```\n  run\n  ```", "Then run:"),
        (f"{words(80)}. Short end:\n\n```\nrun\n```", "Short end:"),
    ],
)
def test_a_description_is_the_prose_next_to_the_code(markdown: str, description: str | None) -> None:
    (found,) = chunks(f"# A\n\n{markdown}", window=300)
    assert found.description == description


def test_code_stays_with_the_code_that_it_follows() -> None:
    page = f"# A\n\n{words(30)}\n\nRun:\n\n```sh\n{words(12)}\n```\n\n```text\n{words(12)}\n```"
    assert [each.content.count("```") for each in chunks(page, window=56)] == [0, 4]


def test_headings_in_call_outs_open_no_section() -> None:
    page = f"# A {{#a}}\n\n{words(10)}\n\n> ### Beware\n>\n> Of **this**.\n\n{words(10, 'end')}"
    of_lists = (Section("A", 1, "a", 0), Section("Beware", 3, "b", 4))
    (found,) = chunk(Document(URL, "Page", page.replace(" {#a}", ""), of_lists), count, WINDOW)
    assert (found.breadcrumb, found.source_url) == (("Page", "A"), f"{URL}#a")
    assert found.content == page.partition("\n\n")[2]
    assert "\nBeware\n\nOf this.\n" in found.embedded_text


def test_a_listing_that_is_data_is_cut_coarsely() -> None:
    lines = "\n".join(f'{{"key{at}": [1, 2, 3]}},' for at in range(WINDOW * LISTING // 4))
    found = chunks(f"# A\n\n```json\n{lines}\n```")
    assert len(found) < count(lines) / (2 * WINDOW)
    assert all(count(each.embedded_text) <= (WHOLE_CODE + 1) * WINDOW for each in found)


@pytest.mark.parametrize(
    ("markdown", "contents"),
    [
        ("", []),
        ("\n \n", []),
        ("# Only", []),
        ("# Page\n\n## One\n\n## Two", ["## One\n\n## Two"]),
        ("---\n\n***", []),
        ("![](picture.png)", []),
        ("```\nopen\n# end", ["```\nopen\n# end\n```"]),
        ("- a\n\n  ```\n  open\n\nafter", ["- a\n\n```\nopen\n```\n\nafter"]),
        ("````md\n```\nx\n```\n````", ["````md\n```\nx\n```\n````"]),
        ("<div>\nraw\n</div>", ["<div>\nraw\n</div>"]),
        ("[name]: http://there.test", ["[name]: http://there.test"]),
        ("    indented()", ["```\nindented()\n```"]),
    ],
)
def test_odd_pages_are_taken_as_they_are(markdown: str, contents: list[str]) -> None:
    found = chunk(Document(URL, "Page", markdown, document(markdown).sections), count, WINDOW)
    assert [each.content for each in found] == contents


def test_a_word_of_10_kB_is_cut_and_charged_by_its_length() -> None:
    found = chunks("# A\n\nBefore " + "x" * 10_000 + " after")
    assert "".join(each.content for each in found).count("x") == 10_000
    assert max(len(each.content) for each in found) < 64 * WINDOW


def test_a_breadcrumb_leaves_room_for_text() -> None:
    deep = "".join(f"{'#' * level} {words(12, f'level{level}x')}\n\n" for level in range(1, 7))
    for each in chunks(f"{deep}{words(100)}", title=words(50, "title")):
        assert count(" > ".join(each.breadcrumb)) <= WINDOW // 3
        assert count(each.embedded_text) <= WINDOW - 2


def test_headings_inside_a_list_do_not_make_code_of_their_text() -> None:
    markdown = f"-   ## Inner\n\n    {words(20)}"
    (found,) = chunk(Document(URL, "Page", markdown, (Section("Inner", 2, "in", 0),)), count, WINDOW)
    assert (found.content, found.content_type) == (words(20), ContentType.GUIDE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "markdown",
    [
        "".join(f"# h{at}\n\ntext of it\n\n" for at in range(100_000)),
        "Some words make a sentence here. " * 160_000,
        "word another " * 230_000,
        "x" * 3_000_000,
        "```\n" + "call(1)\n\n" * 560_000,
        "- item\n" * 200_000,
        "|a|b|\n|-|-|\n" + "|c|d|\n" * 50_000,
        "a`" * 300_000,
        "[a](" * 200_000,
        "> ```\n> x\n> ```\n\n" * 30_000,
        "".join(f"# `m.f{at}()`\n\n" for at in range(50_000)),
        f"# a{' ' * 300_000}b\n\n> c{' ' * 300_000}d",
    ],
    ids=[
        "headings",
        "prose",
        "line",
        "word",
        "code",
        "list",
        "table",
        "ticks",
        "links",
        "quotes",
        "entries",
        "spaces",
    ],
)
def test_a_giant_page_takes_seconds(markdown: str) -> None:
    assert chunk(document(markdown), count, 256)
