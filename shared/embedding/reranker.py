"""The optional cross-encoder: question and passage are read together, by fastembed. Far slower than any ranking."""

import warnings
from collections.abc import Sequence

import numpy as np
from fastembed.rerank.cross_encoder import TextCrossEncoder

from shared.embedding.counting import encodable
from shared.embedding.locate import reranker_directory
from shared.errors import ModelMissing
from shared.settings import ServerSettings


class Reranker:
    """A loaded cross-encoder. Nothing is ever fetched; threads may share one."""

    def __init__(self, settings: ServerSettings) -> None:
        """Load what LECTERN_RERANKER names. Raises ModelMissing where its weights are not on this machine."""
        self.name = name = settings.reranker or ""
        directory = reranker_directory(settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self._model = TextCrossEncoder(
                    name, cache_dir=str(directory), specific_model_path=str(directory), local_files_only=True
                )
            except Exception as error:  # whatever fastembed, onnxruntime or tokenizers make of it
                reason = str(error).strip().partition("\n")[0]
                raise ModelMissing(
                    f"the cross-encoder in {directory} cannot be loaded as {name} ({reason})",
                    "correct LECTERN_RERANKER, or unset it",
                ) from error

    def relevance(self, question: str, passages: Sequence[str]) -> list[float]:
        """How well each passage answers the question, 0 to 1, in the order given."""
        scores = np.array(
            list(self._model.rerank(encodable(question), [encodable(text) for text in passages])), dtype=float
        )
        return [float(value) for value in 1 / (1 + np.exp(-np.clip(scores, -60, 60)))]
