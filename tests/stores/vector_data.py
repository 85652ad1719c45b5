"""Points for the tests of vector stores, and what an index of them must answer, computed by NumPy."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4, uuid5

import numpy as np

from shared.model.document import SparseVector
from shared.stores.vectors.port import IndexRef, Keep, Point, new_index_name

MODEL = "test/model"
OWNER = uuid4()
"""Of this process: those that test one server at once spare each other's indexes."""
DIMENSION = 384


def keeping(*names: str) -> Keep:
    """What PostgreSQL would say is to be kept."""

    async def keep() -> frozenset[str]:
        return frozenset(names)

    return keep


@dataclass(frozen=True)
class Corpus:
    """An index to be built: what it is called, and its points."""

    spec: IndexRef
    points: tuple[Point, ...]

    @property
    def ref(self) -> IndexRef:
        spec = self.spec
        return IndexRef(spec.name, spec.generation, spec.library_id, spec.version, spec.model, spec.dimension)

    @property
    def ids(self) -> frozenset[UUID]:
        return frozenset(point.id for point in self.points)

    async def batches(self, size: int = 500) -> AsyncIterator[Sequence[Point]]:
        for start in range(0, len(self.points), size):
            yield self.points[start : start + size]

    def best_dense(self, query: Sequence[float], limit: int) -> list[tuple[UUID, float]]:
        matrix = np.array([point.dense for point in self.points])
        asked = np.array(query)
        cosines = matrix @ asked / (np.linalg.norm(matrix, axis=1) * np.linalg.norm(asked))
        return _best(zip((point.id for point in self.points), cosines.tolist(), strict=True), limit)

    def best_sparse(self, query: SparseVector, limit: int) -> list[tuple[UUID, float]]:
        asked = dict(zip(query.indices, query.values, strict=True))
        products = [
            (point.id, sum(value * asked.get(index, 0.0) for index, value in _terms(point.sparse)))
            for point in self.points
            if not asked.keys().isdisjoint(point.sparse.indices)
        ]
        return _best(products, limit)


def corpus(
    generation: UUID,
    size: int,
    *,
    dimension: int = DIMENSION,
    seed: int = 1,
    library_id: str = "/org/project",
    version: str = "latest",
    model: str = MODEL,
    name: str | None = None,
) -> Corpus:
    """`size` random points, of lengths other than one; the same arguments give the same points."""
    spec = IndexRef(
        name or new_index_name(generation, OWNER), generation, library_id, version, model, dimension
    )
    random = np.random.default_rng(seed)
    dense = random.standard_normal((size, dimension)) * random.uniform(0.5, 20, (size, 1))
    points = tuple(
        Point(
            id=uuid5(generation, str(number)),
            dense=dense[number].tolist(),
            sparse=sparse(random),
            content_type="guide",
            source_url=f"https://example.org/{number}#part",
            chunk_text=f"Chunk {number}: naïve café, 日本語, 🙂, \x00.",
        )
        for number in range(size)
    )
    return Corpus(spec, points)


def sparse(random: np.random.Generator, terms: int = 20) -> SparseVector:
    """Some frequent and some rare terms over all of 32 bits."""
    frequent = random.integers(0, 40, terms // 2)
    rare = random.integers(2**31, 2**32, terms // 2)
    indices = sorted({int(index) for index in (*frequent, *rare)})
    return SparseVector(tuple(indices), tuple(random.uniform(0.1, 9, len(indices)).tolist()))


def question(dimension: int = DIMENSION, seed: int = 99) -> tuple[list[float], SparseVector]:
    random = np.random.default_rng(seed)
    return random.standard_normal(dimension).tolist(), SparseVector((3, 7, 11), (1.0, 1.0, 1.0))


def _terms(vector: SparseVector) -> Sequence[tuple[int, float]]:
    return list(zip(vector.indices, vector.values, strict=True))


def _best(scored: Iterable[tuple[UUID, float]], limit: int) -> list[tuple[UUID, float]]:
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:limit]
