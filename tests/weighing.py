"""Passages weighed as the corpus that they are."""

from collections.abc import Sequence

from shared.bm25 import Passage, document_vector, measure
from shared.model.document import SparseVector


def document_vectors(passages: Sequence[Passage]) -> list[SparseVector]:
    """The BM25 weights of each passage within the corpus that all of them are."""
    statistics = measure(passages)
    return [document_vector(passage, statistics) for passage in passages]
