"""Pure: passages -> BM25 weights as sparse vectors, whose dot product with a question's is its score.

A passage has fields: its text, its headings, the symbols that it documents. A term of a field is a dimension of
its own in the one vector, so it is the question that says what each field counts.
"""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from shared.model.document import SparseVector
from shared.terms import names, spellings, terms

K1 = 1.2
"""Term-frequency saturation: how soon repeats of a term stop counting."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What is weighed of a chunk."""

    text: str
    headings: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a passage whose terms are kept apart from those of the others."""

    prefix: str
    """Prefix that keeps its terms apart from those of other fields."""
    b: float
    """How much a long field is held against it, 0 to 1."""
    weight: float
    """What a term of the question counts in it."""


# Weights: docs/decisions/0019-fields-and-scores.md has the figures.
TEXT = Field("", 0.75, 1.0)
HEADINGS = Field("heading\0", 0.75, 0.65)
SYMBOLS = Field("symbol\0", 0.0, 1.0)
FIELDS = (TEXT, HEADINGS, SYMBOLS)

_Counted = Sequence[tuple[Field, Counter[int]]]


@dataclass(frozen=True, slots=True)
class CorpusStatistics:
    """What the weights of one passage depend on in all the others."""

    documents: int
    average_lengths: Mapping[str, float]
    """Terms a passage, by the field's prefix."""
    idf: Mapping[int, float]
    """Inverse document frequency by hashed term."""

    @property
    def unseen(self) -> float:
        """The idf of a term that no passage holds."""
        return _idf(self.documents, 0)


def measure(passages: Iterable[Passage]) -> CorpusStatistics:
    """Statistics over passages that are read once; their order does not matter."""
    documents = 0
    lengths: Counter[str] = Counter()
    holders: Counter[int] = Counter()
    for passage in passages:
        documents += 1
        for field, found in _counted(passage):
            lengths[field.prefix] += found.total()
            holders.update(found.keys())
    idf = {term: _idf(documents, held_by) for term, held_by in holders.items()}
    averages = {prefix: length / documents for prefix, length in lengths.items()}
    return CorpusStatistics(documents, averages, idf)


def document_vector(passage: Passage, statistics: CorpusStatistics) -> SparseVector:
    """The passage's BM25 weights, idf included."""
    idf, unseen = statistics.idf, statistics.unseen
    weights: dict[int, float] = {}
    for field, found in _counted(passage):
        average = statistics.average_lengths.get(field.prefix)
        relative = found.total() / average if average else 1.0
        norm = K1 * (1 - field.b + field.b * relative)
        for term, often in found.items():
            weights[term] = idf.get(term, unseen) * often * (K1 + 1) / (often + norm)
    return _vector(weights)


def query_vector(question: str, fields: Iterable[Field] = FIELDS) -> SparseVector:
    """What each term of the question counts in each field, however often it stands there."""
    found = terms(question)
    asked = {TEXT: found, HEADINGS: found, SYMBOLS: names(question)}
    return _vector({term: field.weight for field in fields for term in _hashes(field, asked[field])})


def _counted(passage: Passage) -> _Counted:
    held = (
        (TEXT, terms(passage.text)),
        (HEADINGS, [term for heading in passage.headings for term in terms(heading)]),
        (SYMBOLS, dict.fromkeys(name for symbol in passage.symbols for name in spellings(symbol))),
    )
    return [(field, Counter(_hashes(field, found))) for field, found in held]


def _hashes(field: Field, found: Iterable[str]) -> Iterator[int]:
    return (_hashed(field.prefix + term) for term in found)


def _vector(weights: Mapping[int, float]) -> SparseVector:
    indices = sorted(weights)
    return SparseVector(tuple(indices), tuple(weights[term] for term in indices))


@lru_cache(1 << 16)
def _hashed(term: str) -> int:
    """Unsigned 32 bits, the same on every machine."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))


def _idf(documents: int, held_by: int) -> float:
    return math.log(1 + (documents - held_by + 0.5) / (held_by + 0.5))
