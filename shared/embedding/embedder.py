"""Texts -> vectors, by the model in its directory; and how many tokens a text has."""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from shared.embedding.counting import bare_tokenizer, counter, encodable
from shared.embedding.model import EmbeddingModel
from shared.embedding.prompts import prompts
from shared.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from fastembed import TextEmbedding

Vector = Callable[[str], NDArray[np.float32]]

QUESTIONS_KEPT = 256
"""Who reads on, or asks another library the same, waits for no model."""


class Embedder:
    """A model, loaded for questions: a tenth of a second, a second for other models than the default one.

    Raises ModelMissing if it cannot be loaded. `threads` limits what one call may use; None leaves it to the
    runtime (all cores). Threads may share one.
    """

    def __init__(self, model: EmbeddingModel, threads: int | None = None) -> None:
        self.model = model
        tokenizer = bare_tokenizer(model)
        self.count = counter(tokenizer)
        self._prompts = prompts(model.name)
        self._passage, self._query = _loaded(model, tokenizer, threads)
        self._question: Vector = lru_cache(QUESTIONS_KEPT)(self._question_vector)

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts that are to be found, shape (len(texts), dimension), in their order.

        The model runs on one text at a time: int8 models scale by what is in a batch, so a vector
        would depend on its neighbours; and on processors it is faster than any larger batch.
        """
        vectors = [self._passage(self._prompts.passage + encodable(text)) for text in texts]
        return _unit(np.array(vectors, dtype=np.float32).reshape(len(texts), self.model.dimension))

    def query(self, text: str) -> NDArray[np.float32]:
        """Unit vector of a question, shape (dimension,), read-only; those of the latest questions are kept."""
        vector: NDArray[np.float32] = self._question(text)
        return vector

    def _question_vector(self, text: str) -> NDArray[np.float32]:
        vector = self._query(self._prompts.query + encodable(text))
        unit: NDArray[np.float32] = _unit(np.array([vector], dtype=np.float32))[0]
        unit.setflags(write=False)
        return unit


def _loaded(model: EmbeddingModel, tokenizer: Tokenizer, threads: int | None) -> tuple[Vector, Vector]:
    """How the model embeds a passage, and how a question: by fastembed, but for the default model's questions.

    fastembed is loaded with the first passage, which no server ever has.
    """
    runtime = cache(lambda: _fastembed(model, threads))

    def passage(text: str) -> NDArray[np.float32]:
        return np.asarray(next(iter(runtime().passage_embed([text], batch_size=1))), dtype=np.float32)

    if model.name == DEFAULT_MODEL:
        from shared.embedding import mean_pooled

        return passage, mean_pooled.load(model, tokenizer, threads)
    loaded = runtime()
    return passage, lambda text: np.asarray(
        next(iter(loaded.query_embed([text], batch_size=1))), dtype=np.float32
    )


def _fastembed(model: EmbeddingModel, threads: int | None) -> "TextEmbedding":
    from shared.embedding import runtime  # half a second that a server does not have

    return runtime.load(model.name, model.directory, threads)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    units: NDArray[np.float32] = (vectors / lengths).astype(np.float32, copy=False)
    return units
