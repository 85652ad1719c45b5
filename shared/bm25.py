"""Pure: texts -> BM25 weights as sparse vectors, whose dot product with a question's is its score."""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from shared.model.document import SparseVector
from shared.terms import terms

K1 = 1.2
"""How soon repeats of a term stop to count."""
B = 0.75
"""How much a long text is held against it, 0 to 1."""


@dataclass(frozen=True, slots=True)
class CorpusStatistics:
    """What the weights of one text depend on in all the others."""

    documents: int
    average_length: float
    """Terms a text."""
    idf: Mapping[int, float]
    """Inverse document frequency by hashed term."""

    @property
    def unseen(self) -> float:
        """The idf of a term that no text holds."""
        return _idf(self.documents, 0)


def measure(texts: Iterable[str]) -> CorpusStatistics:
    """Statistics over texts that are read once; their order does not matter."""
    documents = length = 0
    holders: Counter[int] = Counter()
    for text in texts:
        found = _counted(text)
        documents += 1
        length += found.total()
        holders.update(found.keys())
    idf = {term: _idf(documents, held_by) for term, held_by in holders.items()}
    return CorpusStatistics(documents, length / documents if documents else 0.0, idf)


def document_vector(text: str, statistics: CorpusStatistics) -> SparseVector:
    """The text's BM25 weights, idf included."""
    found = _counted(text)
    if not found:
        return SparseVector((), ())
    relative = found.total() / statistics.average_length if statistics.average_length else 1.0
    norm = K1 * (1 - B + B * relative)
    idf, unseen, most = statistics.idf, statistics.unseen, K1 + 1
    indices = sorted(found)
    return SparseVector(
        tuple(indices),
        tuple(idf.get(term, unseen) * found[term] * most / (found[term] + norm) for term in indices),
    )


def document_vectors(texts: Sequence[str]) -> list[SparseVector]:
    """The BM25 weights of each text within the corpus that all of them are."""
    statistics = measure(texts)
    return [document_vector(text, statistics) for text in texts]


def query_vector(question: str) -> SparseVector:
    """One for each term of the question, however often it stands there."""
    indices = tuple(sorted(_counted(question)))
    return SparseVector(indices, (1.0,) * len(indices))


def _counted(text: str) -> Counter[int]:
    return Counter(map(_hashed, terms(text)))


@lru_cache(1 << 16)
def _hashed(term: str) -> int:
    """Unsigned 32 bits, the same on every machine."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))


def _idf(documents: int, held_by: int) -> float:
    return math.log(1 + (documents - held_by + 0.5) / (held_by + 0.5))
