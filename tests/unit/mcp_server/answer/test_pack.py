from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.answer.cost import cost
from mcp_server.answer.pack import budget, docs_text, pack
from mcp_server.answer.paging import StaleCursor, reading
from shared.model.answer import Answer, Found, Snippet
from tests.unit.mcp_server.samples import hit

EMPTY = Answer.empty("/a/b", "1")
LINE = '    print("JSON writes", six_signs, "of these with two")\n'


def contents(found: Found) -> list[str]:
    return [snippet.content for snippet in found.answer.snippets]


@pytest.mark.parametrize(
    ("wish", "tokens"),
    [
        (None, 3000),
        (0, 3000),
        (-1, 3000),
        (1, 500),
        (500, 500),
        (5000, 5000),
        (20_000, 20_000),
        (10**9, 20_000),
    ],
)
def test_any_wish_becomes_a_budget(wish: int | None, tokens: int) -> None:
    assert budget(wish) == tokens


def test_a_hit_that_does_not_fit_is_passed_over() -> None:
    large, small = hit("word " * 1000, score=0.9), hit("short answer", score=0.8)

    assert contents(pack(EMPTY, [large, small], 500)) == ["short answer"]


def test_what_no_answer_of_this_size_can_hold_hides_nothing_behind_it() -> None:
    large = hit("-" * 5000, score=1)
    small = [hit(f"{number} " + "word " * 50, score=0.5, chunk_index=3 * number) for number in range(9)]

    first = pack(EMPTY, [large, *small], 500, reading("", "ab" * 32))
    second = pack(EMPTY, [large, *small], 500, reading(first.answer.next_cursor or "", "ab" * 32))

    assert [text[0] for text in contents(first) + contents(second)] == list("01234567")


def test_what_ranks_far_lower_fills_no_place() -> None:
    shown, large = hit("first" + "." * 1400, score=0.95), hit("word " * 100, score=0.9, chunk_index=5)
    near, far = (
        hit(f"{score}", score=score, chunk_index=9, source_url=f"https://x/{score}") for score in (0.73, 0.71)
    )

    assert [one[:5] for one in contents(pack(EMPTY, [shown, large, near, far], 500))] == ["first", "0.73"]


@pytest.mark.parametrize("size", range(440, 760, 8))
@pytest.mark.parametrize("first", ["a", "-"])
def test_what_is_a_little_too_large_costs_nothing_else_its_place(first: str, size: int) -> None:
    lengths = {first * 100 + "a" * 600: 1, "b": size, "c": 20}
    found = [
        hit(text * length, chunk_index=place * 9) for place, (text, length) in enumerate(lengths.items())
    ]

    assert [content[0] for content in contents(pack(EMPTY, found, 500))][1:] in (["b"], ["b", "c"], ["c"])


def test_the_place_that_is_left_is_filled_with_the_rest_of_what_is_shown_first() -> None:
    part = "word " * 79 + "word"
    shown, large, other = (
        hit(f"1 {part}", score=0.9, chunk_index=4),
        hit("word " * 300, score=0.8, chunk_index=50),
        hit(f"2 {part}", score=0.79, source_url="https://x/"),
    )
    before, behind = (hit(f"{n} {part}", score=0.1, chunk_index=n) for n in (3, 5))
    found = pack(EMPTY, [shown, large, other, behind, before], 500)

    assert contents(found) == [f"3 {part}\n\n1 {part}\n\n5 {part}"]
    assert pack(EMPTY, [shown, large, other], 500).answer.snippets[1].source_url == "https://x/"


def test_nothing_fits_gives_an_empty_answer() -> None:
    assert pack(EMPTY, [hit("word " * 1000)], 500) == Found(answer=EMPTY)


def test_neighbours_in_one_section_are_one_snippet_in_their_order() -> None:
    second, apart, first = (
        hit("then this", score=0.9, chunk_index=8, breadcrumb=("Page", "Part", "More")),
        hit("far away", score=0.8, chunk_index=3),
        hit("```\ncode\n```", score=0.7, chunk_index=7, content_type="snippet", breadcrumb=("Page", "Part")),
    )

    found = pack(EMPTY, [second, apart, first], 500)
    joined, other = found.answer.snippets

    assert (joined.title, joined.content) == ("Page > Part", "```\ncode\n```\n\nthen this")
    assert (found.facts[0]["content_type"], found.facts[0]["score"]) == ("snippet", 0.9)
    assert other.content == "far away"


def test_neighbours_that_are_one_snippet_name_every_other_address_of_each_of_them_once() -> None:
    first = hit("one", chunk_index=0, also=("https://x/a", "https://x/b"))
    second = hit("two", chunk_index=1, also=("https://x/b", "https://x/\u200bc", "https://x/d.md#/docs/#/d"))

    [facts] = pack(EMPTY, [first, second], 3000).facts

    assert facts["also_at"] == ["https://x/a", "https://x/b", "https://x/c", "https://x/docs/#/d"]


def test_a_program_is_told_what_a_snippet_is() -> None:
    one, same, other = pack(
        Answer.empty("/a/b", "1.2"),
        [hit("a"), hit("a", source_url="https://x/"), hit("b", chunk_index=5)],
        500,
    ).facts

    assert (one["version"], one["verbatim"], len(one["hash"]), one["tokens"]) == ("1.2", True, 16, 1)
    assert (one["anchors"], same["anchors"]) == (["flask.jsonify"], [])
    assert one["hash"] == same["hash"] != other["hash"]


def test_a_cursor_leads_through_all_that_fits_and_repeats_nothing() -> None:
    hits = [hit(f"{number}" + " word" * 90, chunk_index=3 * number) for number in range(20)]
    state, cursor, read = "ab" * 32, "", []
    while True:
        found = pack(EMPTY, hits, 500, reading(cursor, state))
        read += contents(found)
        if not found.answer.next_cursor:
            break
        cursor = found.answer.next_cursor

    assert read == [one.content for one in hits]


def test_what_is_too_large_for_any_answer_ends_the_reading() -> None:
    found = pack(EMPTY, [hit("word " * 1000)], 500, reading("", "ab" * 32))

    assert found.answer.next_cursor is None


@given(st.text(max_size=60))
def test_a_cursor_that_is_none_is_told(cursor: str) -> None:
    assert not reading("", "ab" * 32).read
    if cursor:
        with pytest.raises(StaleCursor):
            reading(cursor, "ab" * 32)


def test_a_cursor_of_another_question_is_told() -> None:
    with pytest.raises(StaleCursor):
        reading(reading("", "cd" * 32).after(frozenset({1, 2})), "ab" * 32)


def test_what_cannot_be_sent_is_gone_before_it_is_counted() -> None:
    answer = pack(EMPTY, [hit("half \ud800 and\x00", breadcrumb=("\udc00",))], 500).answer

    assert (answer.snippets[0].title, answer.snippets[0].content) == ("�", "half � and")


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=400) | st.text(
    'ab\n\n-"\\|\t<', min_size=1, max_size=900
)
hits = st.lists(
    st.builds(
        hit,
        texts,
        score=st.floats(0.3, 1),
        content_type=st.sampled_from(["snippet", "guide", "api_ref"]),
        source_url=st.sampled_from(["https://x/#a", "https://x/#b", "https://y/"]),
        chunk_index=st.integers(0, 12),
        code_language=st.sampled_from([None, "python"]),
    ),
    max_size=30,
)


@given(hits, st.integers(0, 4000))
def test_the_text_never_exceeds_the_budget_nor_the_data_its_share(found: list, tokens: int) -> None:  # type: ignore[type-arg]
    answer = pack(EMPTY, found, tokens).answer

    if answer.snippets:
        assert cost(docs_text(answer)) == answer.tokens <= tokens
        assert cost(answer.model_dump_json()) <= 1.15 * tokens


@given(
    st.lists(st.integers(200, 900), min_size=40, max_size=60),
    st.sampled_from([1500, 3000, 5000, 8000]),
    st.booleans(),
)
def test_little_of_the_budget_is_left_where_there_is_more(sizes: list[int], tokens: int, code: bool) -> None:
    many = [
        hit(((LINE if code else "words, ") * size)[:size], chunk_index=number * 2, score=1 - number / 100)
        for number, size in enumerate(sizes)
    ]
    answer = pack(EMPTY, many, tokens).answer

    if answer.next_cursor:
        assert answer.tokens > tokens - 300


@given(hits)
def test_snippets_are_whole_and_keep_the_order_of_the_hits(found: list) -> None:  # type: ignore[type-arg]
    apart = [replace(one, source_url=f"https://x/{place}") for place, one in enumerate(found)]
    shown = pack(EMPTY, apart, 3000).answer.snippets

    everything: Iterator[Snippet] = iter(pack(EMPTY, apart, 10**9).answer.snippets)
    assert all(snippet in everything for snippet in shown)
