"""Texts -> vectors, by the model in its directory; and how many tokens a text has."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from shared.embedding.model import EmbeddingModel
from shared.embedding.prompts import prompts
from shared.errors import ModelMissing


class Embedder:
    """A loaded model. Loading takes about a second (ModelMissing if it cannot be); threads may share one.

    `threads` limits what one call may use; None leaves it to the runtime (all cores).
    """

    def __init__(self, model: EmbeddingModel, threads: int | None = None) -> None:
        from shared.embedding.runtime import load  # fastembed takes half a second that counting does not need

        self.model = model
        self.count = token_counter(model)
        self._prompts = prompts(model.name)
        self._runtime = load(model.name, model.directory, threads)

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of texts that are to be found, shape (len(texts), dimension), in their order.

        The model runs on one text at a time: int8 models scale by what is in a batch, so a vector
        would depend on its neighbours; and on processors it is faster than any larger batch.
        """
        prompt = self._prompts.passage
        vectors = self._runtime.passage_embed([prompt + _encodable(text) for text in texts], batch_size=1)
        return _unit(np.array(list(vectors), dtype=np.float32).reshape(len(texts), self.model.dimension))

    def query(self, text: str) -> NDArray[np.float32]:
        """Unit vector of a question, shape (dimension,)."""
        vectors = self._runtime.query_embed([self._prompts.query + _encodable(text)], batch_size=1)
        return _unit(np.array(list(vectors), dtype=np.float32)).reshape(-1)


def token_counter(model: EmbeddingModel) -> Callable[[str], int]:
    """A function that counts a text's tokens: no special tokens, nothing cut off; threads may share it.

    Raises ModelMissing when the tokenizer cannot be read.
    """
    path = model.directory / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # all that this library raises
        raise ModelMissing(f"{path} cannot be read ({error})", "run `ingest model pull` again") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(_encodable(text), add_special_tokens=False).ids)


def _encodable(text: str) -> str:
    """The text with lone surrogates, which the tokenizer refuses, made question marks."""
    return text.encode(errors="replace").decode()


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    units: NDArray[np.float32] = (vectors / lengths).astype(np.float32, copy=False)
    return units
