"""The port that both vector stores implement: build a whole index aside, search one, drop one."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol
from uuid import UUID, uuid4

from shared.model.document import SparseVector
from shared.model.library import Generation, NewGeneration
from shared.visible import visible, visible_markdown

OVERSAMPLING = 2.0
"""So many times the wanted hits of a scan over one byte a number are weighed anew by float32: record 22."""

Keep = Callable[[], Awaitable[frozenset[str]]]
"""Asks PostgreSQL which indexes are served, kept or being built by any process."""


def new_index_name(generation: UUID, owner: UUID) -> str:
    """A name that no other build of the same generation has, and that tells whose it is.

    `owner` is the database's own id: `<generation>-<eight digits of the owner>-<eight random ones>`.
    """
    return f"{generation}-{owner.hex[:8]}-{uuid4().hex[:8]}"


def is_owned(index_name: str, owner: UUID) -> bool:
    return index_name[36:46] == f"-{owner.hex[:8]}-"


def generation_of(index_name: str) -> UUID:
    return UUID(index_name[:36])


@dataclass(frozen=True, slots=True)
class IndexRef:
    """The index of one generation of a library version, under a name of `new_index_name`.

    The name is written down before the build begins, so that what a kill leaves is found by `sweep`.
    """

    name: str
    generation: UUID
    library_id: str
    version: str
    model: str
    dimension: int


def index_of(generation: NewGeneration | Generation) -> IndexRef:
    """The index that a generation has, or that is to be built for it."""
    return IndexRef(
        name=generation.index_name,
        generation=generation.id,
        library_id=generation.library_id,
        version=generation.version,
        model=generation.model,
        dimension=generation.dimension,
    )


@dataclass(frozen=True, slots=True)
class Point:
    """One chunk in an index, without what is invisible of it.

    `id` is the chunk's id; the payload's fields are those of the vector schema.
    """

    id: UUID
    dense: Sequence[float]
    sparse: SparseVector
    content_type: str
    source_url: str
    chunk_text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "source_url", visible(self.source_url))
        object.__setattr__(self, "chunk_text", visible_markdown(self.chunk_text))


def probe(index: IndexRef) -> list[float]:
    """A vector that means nothing, to see whether the index answers."""
    return [1.0, *[0.0] * (index.dimension - 1)]


class Spread(NamedTuple):
    """How a cluster shares out a collection that is made; what is None is the server's to say."""

    shards: int | None = None
    replicas: int | None = None
    write_consistency: int | None = None


AS_IT_IS = Spread()


class Ranked(NamedTuple):
    """A chunk in a ranking; higher scores are better."""

    id: UUID
    score: float


Ranking = tuple[Ranked, ...]
"""Best first. Fusing two of them is not the store's business."""

TIES = 40
"""Hits of equal score that may stand at the cut of a ranking."""


def reach(limit: int) -> int:
    """How many hits to ask an engine for, so that it does not choose among equal scores at the cut."""
    return limit + TIES


def ranking(scored: Iterable[tuple[UUID, float]], limit: int) -> Ranking:
    """The best `limit`, by score and then by id: engines order equal scores as they please.

    Scores count to six significant digits: beyond them they depend on the machine's vector instructions.
    """
    rounded = (Ranked(chunk, float(f"{score:.6g}")) for chunk, score in scored)
    return tuple(sorted(rounded, key=lambda hit: (-hit.score, hit.id))[:limit])


class VectorStore(Protocol):
    """Errors: VectorsUnavailable when the store does not answer, IndexMissing when the index is not there."""

    backend: Literal["edge", "server"]

    async def build(self, index: IndexRef, batches: AsyncIterable[Sequence[Point]]) -> None:
        """Store every point as the index `index.name`: complete and durable on return, not yet served.

        Another index of the same generation (the one that is served while it is rebuilt) is not disturbed.
        A failure or a kill leaves nothing that a later `sweep` does not remove.
        """
        ...

    async def nearest(self, index: IndexRef, vector: Sequence[float], limit: int) -> Ranking:
        """The chunks whose dense vectors are nearest: score is the cosine."""
        ...

    async def matching(self, index: IndexRef, terms: SparseVector, limit: int) -> Ranking:
        """The chunks whose sparse vectors share terms: score is the dot product. None where no terms are given."""
        ...

    async def rankings(
        self, index: IndexRef, vector: Sequence[float], terms: SparseVector, limit: int
    ) -> tuple[Ranking, Ranking]:
        """Both rankings of a question, asked at once: what `nearest` and `matching` give."""
        ...

    async def drop(self, index: IndexRef) -> None:
        """Remove an index; one that is not there is no error. Open readers finish undisturbed."""
        ...

    async def sweep(self, owner: UUID, keep: Keep) -> int:
        """Remove every index of this owner that is not to be kept, and what killed builds left; return how many.

        What is to be kept is asked after what is there was listed: an index that is begun meanwhile is safe.
        """
        ...

    async def check(self) -> str:
        """One line for `ingest doctor`: what answers, with its version. Raises VectorsUnavailable."""
        ...

    async def close(self) -> None: ...
