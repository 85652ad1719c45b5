"""all-MiniLM-L6-v2 as one ONNX graph: published weights -> bytes, the same on every machine.

The graph is made of the fused operators of onnxruntime (`com.microsoft`). In int8 each column of a weight
matrix has its own scale and activations are scaled while the model runs; the word table has a scale a row.
The bytes depend on the weights and this file alone: no tool's name or version is in them.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Weights = Mapping[str, NDArray[np.float32]]

LAYERS = 6
HEADS = 12
WIDTH = 384
_EPSILON = 1e-12
_FUSED = "com.microsoft"


def graph(weights: Weights, precision: Literal["int8", "fp32"] = "int8") -> bytes:
    """A serialized model: int64 `input_ids` and `attention_mask` (batch, length) ->
    float32 `last_hidden_state` (batch, length, 384). Raises KeyError where a weight is missing."""
    return _Builder(weights, precision == "int8").build()


def quantised(matrix: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 with one scale along `axis` (kept, of length 1): matrix is about int8 * scale."""
    scale = np.maximum(np.abs(matrix).max(axis=axis, keepdims=True), np.float32(1e-12)) / np.float32(127)
    return np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8), scale


class _Builder:
    def __init__(self, weights: Weights, int8: bool) -> None:
        self.weights = weights
        self.int8 = int8
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def build(self) -> bytes:
        state = self.embeddings()
        for number in range(LAYERS):
            state = self.layer(number, state)
        self.node("Identity", [state], "last_hidden_state")
        both = ["batch", "length"]
        body = helper.make_graph(
            self.nodes,
            "all-MiniLM-L6-v2",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, both)
                for name in ("input_ids", "attention_mask")
            ],
            [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*both, WIDTH])],
            self.constants,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)]
        model = helper.make_model(body, opset_imports=opsets, ir_version=8, producer_name="")
        return bytes(model.SerializeToString(deterministic=True))

    def embeddings(self) -> str:
        """Words + positions (+ the one token type there is), normalised; and the mask for the layers."""
        self.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
        words = self.weights["embeddings.word_embeddings.weight"]
        if self.int8:
            table, scale = quantised(words, axis=1)
            self.node("Gather", [self.constant("word.table", table), "input_ids"], "word.int8")
            self.node("Gather", [self.constant("word.scale", scale), "input_ids"], "word.scales")
            self.node("Cast", ["word.int8"], "word.unscaled", to=TensorProto.FLOAT)
            self.node("Mul", ["word.unscaled", "word.scales"], "words")
        else:
            self.node("Gather", [self.constant("word.table", words), "input_ids"], "words")
        positions = self.weights["embeddings.position_embeddings.weight"]
        kind = self.weights["embeddings.token_type_embeddings.weight"][0]
        zero = self.constant("zero", np.zeros(1, np.int64))
        self.node("Shape", ["input_ids"], "length", start=1, end=2)
        self.node(
            "Slice", [self.constant("position.table", positions + kind), zero, "length", zero], "positions"
        )
        self.node("Add", ["words", "positions"], "embedded")
        norm = self.norm("embeddings.LayerNorm")
        return self.node("LayerNormalization", ["embedded", *norm], "state", axis=-1, epsilon=_EPSILON)

    def layer(self, number: int, state: str) -> str:
        source, name = f"encoder.layer.{number}", f"layer.{number}"
        attended = self.attention(source, name, state)
        state = self.residual(f"{source}.attention.output", f"{name}.attended", attended, state)
        wide = self.matmul(f"{name}.wide", state, self.weights[f"{source}.intermediate.dense.weight"].T)
        bias = self.constant(f"{name}.wide.bias", self.weights[f"{source}.intermediate.dense.bias"])
        active = self.node("BiasGelu", [wide, bias], f"{name}.active", domain=_FUSED)
        return self.residual(f"{source}.output", f"{name}.state", active, state)

    def attention(self, source: str, name: str, state: str) -> str:
        parts = [f"{source}.attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self.weights[f"{part}.weight"].T for part in parts], axis=1)
        bias = self.constant(
            f"{name}.qkv.bias", np.concatenate([self.weights[f"{part}.bias"] for part in parts])
        )
        out = f"{name}.heads"
        if not self.int8:
            weight = self.constant(f"{name}.qkv", matrix)
            return self.node("Attention", [state, weight, bias, "mask"], out, domain=_FUSED, num_heads=HEADS)
        weight, scale = self.int8_constants(f"{name}.qkv", matrix)
        zero = self.constant(f"{name}.qkv.zero", np.zeros(3 * WIDTH, np.int8))
        values, step, middle = (f"{name}.{part}" for part in ("values", "step", "middle"))
        self.node("DynamicQuantizeLinear", [state], values, step, middle)
        inputs = [values, weight, bias, step, scale, "mask", middle, zero]
        return self.node("QAttention", inputs, out, domain=_FUSED, num_heads=HEADS)

    def residual(self, source: str, name: str, inner: str, outer: str) -> str:
        """outer + inner * weight + bias, normalised."""
        product = self.matmul(f"{name}.product", inner, self.weights[f"{source}.dense.weight"].T)
        bias = self.constant(f"{name}.bias", self.weights[f"{source}.dense.bias"])
        inputs = [product, outer, *self.norm(f"{source}.LayerNorm"), bias]
        return self.node("SkipLayerNormalization", inputs, name, domain=_FUSED, epsilon=_EPSILON)

    def matmul(self, name: str, left: str, matrix: NDArray[np.float32]) -> str:
        if not self.int8:
            return self.node("MatMul", [left, self.constant(f"{name}.weight", matrix)], name)
        weight, scale = self.int8_constants(f"{name}.weight", matrix)
        return self.node("DynamicQuantizeMatMul", [left, weight, scale], name, domain=_FUSED)

    def int8_constants(self, name: str, matrix: NDArray[np.float32]) -> tuple[str, str]:
        values, scale = quantised(matrix, axis=0)
        return self.constant(name, values), self.constant(f"{name}.scale", scale[0])

    def norm(self, source: str) -> list[str]:
        return [
            self.constant(f"{source}.{part}", self.weights[f"{source}.{part}"]) for part in ("weight", "bias")
        ]

    def constant(self, name: str, array: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, list(outputs), name=outputs[0], **attributes))
        return outputs[0]
