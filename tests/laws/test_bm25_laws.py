"""Laws of weighing: scores are BM25's, vectors are well formed, order does not matter."""

import math
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import bm25
from shared.bm25 import Passage
from shared.model.document import SparseVector
from shared.terms import names, terms
from tests.weighing import document_vectors

WORDS = "index createIndex flask.Flask snake_case ->> @> the of how --no-cache 中文字 café 42P01 !="
words = st.sampled_from(WORDS.split())
texts = st.lists(words, max_size=30).map(" ".join)
corpora = st.lists(texts, min_size=1, max_size=12)


def _reference(question: str, text: str, corpus: list[str]) -> float:
    """BM25 as the books write it, on terms, with no vectors."""
    held = [terms(each) for each in corpus]
    average = sum(map(len, held)) / len(held)
    mine = terms(text)
    score = 0.0
    for term in set(terms(question)):
        often = mine.count(term)
        holders = sum(term in each for each in held)
        idf = math.log(1 + (len(corpus) - holders + 0.5) / (holders + 0.5))
        if often:
            score += idf * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * len(mine) / average))
    return score


def _dot(left: SparseVector, right: SparseVector) -> float:
    weights = dict(zip(left.indices, left.values, strict=True))
    return sum(
        weights.get(index, 0.0) * value for index, value in zip(right.indices, right.values, strict=True)
    )


@given(corpora, texts)
def test_scores_are_those_of_bm25(corpus: list[str], question: str) -> None:
    asked = bm25.query_vector(question)
    for text, vector in zip(corpus, document_vectors([Passage(text) for text in corpus]), strict=True):
        assert _dot(vector, asked) == pytest.approx(_reference(question, text, corpus), abs=1e-6)


passages = st.builds(
    Passage, texts, st.lists(texts, max_size=2).map(tuple), st.lists(words, max_size=2).map(tuple)
)


@given(st.lists(passages, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_passages_does_not_change_their_weights(corpus: list[Passage], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(corpus, len(corpus))
    once, again = document_vectors(corpus), document_vectors(shuffled)
    assert dict(zip(corpus, once, strict=True)) == dict(zip(shuffled, again, strict=True))


@given(st.text(max_size=200), st.lists(st.text(max_size=60), max_size=4))
def test_vectors_of_any_text_are_well_formed(text: str, corpus: list[str]) -> None:
    passage = Passage(text, (text,), (text,))
    statistics = bm25.measure(map(Passage, corpus))
    for vector in (bm25.document_vector(passage, statistics), bm25.query_vector(text)):
        assert len(vector.indices) == len(vector.values)
        assert list(vector.indices) == sorted(set(vector.indices))
        assert all(0 <= index < 2**32 for index in vector.indices)
        assert all(value > 0 and math.isfinite(value) for value in vector.values)


@given(st.text(max_size=200))
def test_terms_are_lower_case_and_the_same_when_asked_again(text: str) -> None:
    found = terms(text)
    assert terms(text) == found
    assert all(term and not any("A" <= sign <= "Z" for sign in term) for term in found)


@given(texts)
def test_an_index_is_the_checksum_of_a_term_in_its_field(text: str) -> None:
    fields = {"": terms(text), "heading\0": terms(text), "symbol\0": names(text)}
    hashed = {zlib.crc32((prefix + term).encode()) for prefix, found in fields.items() for term in found}
    assert set(bm25.query_vector(text).indices) == hashed
