"""Passages that say the same: whatever their order, and never where a name, a number or a sign differs."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ingest.generation.copies import copies, said

WORDS = st.lists(
    st.sampled_from(
        ["the", "server", "reads", "its", "settings", "once", "and", "keeps", "what", "it", "found"]
    ),
    max_size=60,
)
MARKS = st.sampled_from(
    ["DEBUG", "set_it", "a.b", "--flag", "7", "-1", "<", "=", "`x`", "not", "camelCase", "C++"]
)
TEXTS = st.lists(WORDS.map(" ".join), min_size=2, max_size=12)


def groups(texts: list[str]) -> list[set[int]]:
    found = copies((UUID(int=place), said(text)) for place, text in enumerate(texts))
    return [{key.int for key, first in found.items() if first == lead} for lead in set(found.values())]


@given(TEXTS)
def test_equal_texts_are_always_together_and_groups_share_nothing(texts: list[str]) -> None:
    found = groups(texts)
    for place, text in enumerate(texts):
        if texts.count(text) > 1:
            assert any({at for at, other in enumerate(texts) if other == text} <= group for group in found), (
                place
            )
    assert sum(map(len, found)) == len(set().union(*found))
    assert all(len(group) > 1 for group in found)


@given(WORDS, WORDS)
def test_one_says_the_same_as_the_other_or_neither_does(one: list[str], other: list[str]) -> None:
    texts = [" ".join(one), " ".join(other)]
    assert bool(groups(texts)) == bool(groups(texts[::-1]))


@given(WORDS, st.integers(0, 60), MARKS, MARKS)
def test_another_mark_at_any_place_makes_another_passage(
    words: list[str], place: int, mark: str, other: str
) -> None:
    texts = [" ".join([*words[:place], sign, *words[place:]]) for sign in (mark, other)]
    assert bool(groups(texts)) == (mark == other)
