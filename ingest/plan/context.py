"""What every step of one run works with: the stores, the model, the order."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ingest.plan.order import Order
from shared.catalogue.crawls import Crawls
from shared.catalogue.generations import Generations
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from shared.stores.vectors.port import VectorStore


@dataclass(frozen=True)
class RunContext:
    settings: IngestSettings
    database: Database
    vectors: VectorStore
    model: EmbeddingModel
    order: Order
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds by stage."""

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.database)

    @property
    def crawls(self) -> Crawls:
        return Crawls(self.database)

    @property
    def generations(self) -> Generations:
        return Generations(self.database)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time that the block takes to its stage."""
        began = time.monotonic()
        yield
        spent = self.stages.get(stage, 0) + time.monotonic() - began
        self.stages[stage] = round(spent, 3)
