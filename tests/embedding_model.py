"""The default embedding model for tests: pulled once, kept in the checkout's `.cache` between runs.

Also a model of any dimension, made in a moment, for what does not depend on good vectors.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from ingest.embed.model.pull import pull
from shared.embedding.embedder import Embedder
from shared.embedding.locate import locate
from shared.embedding.model import EmbeddingModel
from shared.settings import DEFAULT_MODEL, IngestSettings

CACHE = Path(__file__).parents[1] / ".cache"
WORDS = ("[PAD]", "[UNK]", "search_query", "search_document", ":", "probe", "red", "green", "blue")


@pytest.fixture(scope="session")
def embedding_model() -> EmbeddingModel:
    """The real default model."""
    return pull(IngestSettings(home=CACHE, embedding_model=DEFAULT_MODEL, embedding_model_path=None))


@pytest.fixture(scope="session")
def embedder(embedding_model: EmbeddingModel) -> Embedder:
    """The same, loaded."""
    return Embedder(embedding_model)


def write_word_model(directory: Path, dimension: int) -> None:
    """A model whose vectors are the means of its words' own, laid out as `thenlper/gte-base` is."""
    (directory / "onnx").mkdir(parents=True)
    table = np.random.default_rng(7).normal(size=(len(WORDS), dimension)).astype(np.float32)
    ids, mask = (
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    )
    output = helper.make_tensor_value_info(
        "last_hidden_state", TensorProto.FLOAT, ["batch", "length", dimension]
    )
    lookup = helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])
    graph = helper.make_graph(
        [lookup], "words", [ids, mask], [output], [numpy_helper.from_array(table, "table")]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (directory / "onnx" / "model.onnx").write_bytes(model.SerializeToString())
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(directory / "tokenizer.json"))
    config = {"model_max_length": 32, "pad_token": "[PAD]"}
    (directory / "tokenizer_config.json").write_text(json.dumps(config))


def word_model(directory: Path, dimension: int) -> EmbeddingModel:
    """Such a model, written and found."""
    write_word_model(directory, dimension)
    return locate(
        IngestSettings(home=directory, embedding_model="thenlper/gte-base", embedding_model_path=directory)
    )
