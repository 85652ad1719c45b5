"""The port that both vector stores implement: build a whole index aside, search one, drop one."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from shared.model.document import SparseVector


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """What is being built: one generation of one library version."""

    generation: UUID
    library_id: str
    version: str
    model: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Point:
    """One chunk in an index. `id` is the chunk's id; the payload's fields are those of the vector schema."""

    id: UUID
    dense: Sequence[float]
    sparse: SparseVector
    content_type: str
    source_url: str
    chunk_text: str


@dataclass(frozen=True, slots=True)
class IndexRef:
    """A published index, as PostgreSQL's pointer names it."""

    name: str
    generation: UUID
    library_id: str
    version: str
    model: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A chunk in one ranking; higher scores are better."""

    id: UUID
    score: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """The two rankings of one search, best first; fusing them is not the store's business."""

    dense: tuple[Ranked, ...]
    sparse: tuple[Ranked, ...]


class VectorStore(Protocol):
    """Errors: VectorsUnavailable when the store does not answer, IndexMissing when the index is not there."""

    backend: Literal["edge", "server"]

    async def build(self, spec: IndexSpec, batches: AsyncIterable[Sequence[Point]]) -> str:
        """Store every point and return the name of the index: complete, durable, not yet served by anyone.

        A failure or a kill leaves nothing that a later `sweep` does not remove.
        """
        ...

    async def search(
        self, index: IndexRef, dense: Sequence[float], sparse: SparseVector, limit: int
    ) -> Candidates: ...

    async def drop(self, index: IndexRef) -> None:
        """Remove an index; one that is not there is no error. Open readers finish undisturbed."""
        ...

    async def sweep(self, keep: frozenset[UUID]) -> int:
        """Remove what belongs to no generation in `keep` (left by killed builds); return how many indexes."""
        ...

    async def check(self) -> str:
        """One line for `ingest doctor`: what answers, with its version. Raises VectorsUnavailable."""
        ...

    async def close(self) -> None: ...
