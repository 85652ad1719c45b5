"""The text of an answer: what is written can be read again, whatever is in the passages."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.answer.frame import Item, parse_docs_text
from mcp_server.answer.pack import docs_text, pack
from shared.model.answer import Answer, Snippet
from tests.unit.mcp_server.samples import hit

DAY = date(2026, 11, 29)
PLAIN = Answer(library_id="/pallets/flask", version="2.2", snippets=(), tokens=0)


def test_passages_stand_best_first_in_a_frame_of_facts() -> None:
    prose = hit("JSON is a common format.", score=0.9)
    code = hit(
        "Return a dict:\n\n```python\nreturn {}\n```\n",
        score=0.8,
        content_type="snippet",
        breadcrumb=("Quickstart", "APIs with JSON"),
        source_url="https://flask.example/quickstart/#apis",
    )
    large = hit("word " * 3000, score=0.7, chunk_index=9)
    about = PLAIN.model_copy(update={"asked_version": "2.2.2", "crawled": DAY})
    answer = pack(about, [prose, code, large], 3000).answer

    assert docs_text(answer) == (
        "Library: /pallets/flask 2.2 for 2.2.2 (crawled 2026-11-29)\n"
        "\n"
        "--------------------------------\n"
        "\n"
        "### API > JSON Support\n"
        "\n"
        "Source: https://flask.example/api/#flask.jsonify\n"
        "\n"
        "JSON is a common format.\n"
        "\n"
        "--------------------------------\n"
        "\n"
        "### Quickstart > APIs with JSON\n"
        "\n"
        "Source: https://flask.example/quickstart/#apis\n"
        "\n"
        "Return a dict:\n\n```python\nreturn {}\n```\n"
        "\n"
        "--------------------------------\n"
        "\n"
        f"More: cursor={answer.next_cursor}"
    )


def test_what_is_not_known_and_what_is_not_left_is_not_said() -> None:
    text = docs_text(pack(PLAIN, [hit("All there is.")], 3000).answer)

    assert text.startswith("Library: /pallets/flask 2.2\n\n---")
    assert text.endswith("\n\nAll there is.")


lines = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=60)
PARTS = ["-" * 31, "-" * 32, "-" * 40, "-", "\n", "\n\n", "### a", "Source: b", "More: cursor=", "c"]
passages = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=80)
    | st.lists(st.sampled_from(PARTS), max_size=12).map("".join)
).map(lambda text: text.strip("\n"))
snippets = st.lists(
    st.builds(Snippet, title=lines, source_url=lines, language=st.none(), content=passages),
    min_size=1,
    max_size=6,
).map(tuple)


@given(
    snippets, st.none() | st.just("2.2.2"), st.none() | st.just(DAY), st.none() | st.just("hWk4J0c1bZA_AQ")
)
def test_no_passage_moves_a_border(
    shown: tuple[Snippet, ...], asked: str | None, crawled: date | None, cursor: str | None
) -> None:
    answer = Answer(
        library_id="/a/b",
        version="2.2",
        asked_version=asked,
        crawled=crawled,
        snippets=shown,
        tokens=0,
        next_cursor=cursor,
    )
    text = docs_text(answer)
    read = parse_docs_text(text)

    assert (read.library_id, read.version, read.asked_version, read.crawled) == (
        "/a/b",
        "2.2",
        asked,
        crawled,
    )
    assert read.items == tuple(Item(one.title, one.source_url, one.content) for one in shown)
    assert read.next_cursor == cursor
    first = re.search(r"^-{32,}$", text, re.MULTILINE)
    assert first
    assert text.count(f"\n\n{first[0]}\n\n") == len(shown) + bool(cursor)


@pytest.mark.parametrize(
    "text",
    ["", "There is no library /a/b here.", "Library: /a/b 1", "Library: /a/b 1\n\n----\n\n### a\n\nSource: b\n\nc",
     f"Library: /a/b 1\n\n{'-' * 32}\n\nno title"],
)  # fmt: skip
def test_what_is_no_answer_with_passages_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"no answer|no title"):
        parse_docs_text(text)
