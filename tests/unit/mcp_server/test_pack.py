import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.pack import budget, pack
from mcp_server.render import docs_text
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

    assert answer.model_dump() == {"library_id": "/a/b", "version": "1", "snippets": (), "tokens": 0}


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
        assert count(answer.model_dump_json()) <= tokens


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
