import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.pack import budget, data_tokens, pack
from mcp_server.paging import StaleCursor, reading
from mcp_server.render import docs_text
from shared.model.answer import Answer
from tests.unit.mcp_server.samples import hit


def words(text: str) -> int:
    return len(text.split())


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

    answer = pack("/a/b", "1", [large, small], 500, words)

    assert [snippet.content for snippet in answer.snippets] == ["short answer"]


def test_nothing_fits_gives_an_empty_answer_of_the_asked_version() -> None:
    answer = pack("/a/b", "1", [hit("word " * 1000)], 500, words)

    assert answer == Answer(library_id="/a/b", version="1", snippets=(), tokens=0)


def test_neighbours_in_one_section_are_one_snippet_in_their_order() -> None:
    second, apart, first = (
        hit("then this", score=0.9, chunk_index=8, breadcrumb=("Page", "Part", "More")),
        hit("far away", score=0.8, chunk_index=3),
        hit("```\ncode\n```", score=0.7, chunk_index=7, content_type="snippet", breadcrumb=("Page", "Part")),
    )

    joined, other = pack("/a/b", "1", [second, apart, first], 500, words).snippets

    assert (joined.title, joined.content_type, joined.score) == ("Page > Part", "snippet", 0.9)
    assert joined.content == "```\ncode\n```\n\nthen this"
    assert other.content == "far away"


def test_a_snippet_says_where_it_comes_from() -> None:
    one, same, other = pack(
        "/a/b", "1.2", [hit("a"), hit("a", source_url="https://x/"), hit("b", chunk_index=5)], 500, words
    ).snippets

    assert (one.version, one.verbatim, len(one.content_hash)) == ("1.2", True, 16)
    assert one.content_hash == same.content_hash != other.content_hash


def test_a_cursor_leads_through_all_that_fits_and_repeats_nothing() -> None:
    hits = [hit(f"{number} " + "word " * 90, chunk_index=3 * number) for number in range(20)]
    state, cursor, read = "ab" * 32, "", []
    while True:
        answer = pack("/a/b", "1", hits, 500, words, reading(cursor, state))
        read += [snippet.content for snippet in answer.snippets]
        if not answer.next_cursor:
            break
        cursor = answer.next_cursor

    assert read == [one.content for one in hits]


def test_what_is_too_large_for_any_answer_ends_the_reading() -> None:
    answer = pack("/a/b", "1", [hit("word " * 1000)], 500, words, reading("", "ab" * 32))

    assert answer.next_cursor is None


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
    answer = pack("/a/b", "1", [hit("half \ud800 and\x00", breadcrumb=("\udc00",))], 500, words)

    assert (answer.snippets[0].title, answer.snippets[0].content) == ("�", "half � and")


contents = st.text(st.characters(codec="utf-8"), min_size=1, max_size=400)
hits = st.lists(
    st.builds(hit, contents, content_type=st.sampled_from(["snippet", "guide", "api_ref"])), max_size=30
)
counters = st.sampled_from(
    [words, len, lambda text: len(text.encode()), lambda text: len(text) ** 2 // 100, lambda text: 7]
)


@given(hits, st.integers(0, 4000), counters)
def test_text_and_data_never_exceed_the_budget(found: list, tokens: int, count) -> None:  # type: ignore[no-untyped-def, type-arg]
    answer = pack("/a/b", "1", found, tokens, count)

    if answer.snippets:
        assert count(docs_text(answer.snippets)) == answer.tokens <= tokens
        assert data_tokens(answer.model_dump_json()) <= tokens


@given(
    st.lists(st.builds(hit, st.text("ab \n-", min_size=1, max_size=400)), max_size=30), st.integers(0, 4000)
)
def test_what_adds_up_need_not_be_counted_twice(found: list, tokens: int) -> None:  # type: ignore[type-arg]
    assert pack("/a/b", "1", found, tokens, words, adds_up=True) == pack("/a/b", "1", found, tokens, words)


@given(hits)
def test_snippets_are_whole_and_keep_the_order_of_the_hits(found: list) -> None:  # type: ignore[type-arg]
    answer = pack("/a/b", "1", found, 3000, words)

    contents = iter(snippet.content for snippet in pack("/a/b", "1", found, 10**9, words).snippets)
    assert all(snippet.content in contents for snippet in answer.snippets)


def test_repeated_characters_do_not_make_packing_slow() -> None:
    many = [hit(f"{number} " + "word " * 150) for number in range(80)]
    counted = 0

    def count(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return words(text)

    pack("/a/b", "1", many, 3000, count)

    assert counted < 5 * sum(len(one.content) for one in many)
