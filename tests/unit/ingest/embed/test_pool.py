"""Texts become vectors in worker processes."""

from pathlib import Path

import numpy as np
import pytest

from ingest.embed.pool import embedding_pool
from shared.embedding.embedder import Embedder
from shared.embedding.model import EmbeddingModel
from shared.errors import ModelMissing

pytestmark = [pytest.mark.anyio, pytest.mark.processes]


async def test_vectors_are_those_of_one_embedder_in_the_order_of_the_texts(
    embedding_model: EmbeddingModel,
) -> None:
    texts = [f"{number} " * (number * 7 % 40) for number in range(75)]
    async with embedding_pool(embedding_model, 60, 2) as pool:
        vectors = await pool.embed(texts)
        none = await pool.embed([])
    np.testing.assert_array_equal(vectors, Embedder(embedding_model).passages(texts))
    assert none.shape == (0, 384)


async def test_a_model_that_does_not_load_is_said_so(tmp_path: Path) -> None:
    async with embedding_pool(EmbeddingModel("thenlper/gte-base", 1, 1, tmp_path, ""), 60, 1) as pool:
        with pytest.raises(ModelMissing) as refused:
            await pool.embed(["text"])
    assert refused.value.hint
