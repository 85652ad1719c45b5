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


def quantised_rows(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 with one scale a row (shape (rows, 1)): the table is about int8 * scale."""
    return _in_steps(table, np.abs(table).max(axis=1, keepdims=True))


def quantised_columns(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 with one scale a column (shape (1, columns)), for an even number of rows.

    Two neighbours of a column, times 255 each, stay within 16 bits. Processors without an int8 dot product (AVX2
    without VNNI) add them there and would cut off what exceeds it; so vectors are the same on all.
    """
    sizes = np.abs(matrix)
    return _in_steps(matrix, (sizes[0::2] + sizes[1::2]).max(axis=0, keepdims=True))


def _in_steps(
    values: NDArray[np.float32], largest: NDArray[np.float32]
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    step = (np.maximum(largest, np.float32(1e-12)) / np.float32(127)).astype(np.float32, copy=False)
    return np.rint(values / step).astype(np.int8), step


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
            table, scale = quantised_rows(words)
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
        wide = self.linear(f"{source}.intermediate.dense", f"{name}.wide", state)
        active = self.node("Gelu", [wide], f"{name}.active", domain=_FUSED)
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
        """outer + inner * weight + bias, normalised.

        Sum, for onnxruntime makes SkipLayerNormalization of Add, which takes three times as long.
        """
        product = self.linear(f"{source}.dense", f"{name}.product", inner)
        self.node("Sum", [product, outer], f"{name}.sum")
        inputs = [f"{name}.sum", *self.norm(f"{source}.LayerNorm")]
        return self.node("LayerNormalization", inputs, name, axis=-1, epsilon=_EPSILON)

    def linear(self, source: str, name: str, inner: str) -> str:
        """inner * weight + bias."""
        matrix = self.weights[f"{source}.weight"].T
        bias = self.constant(f"{name}.bias", self.weights[f"{source}.bias"])
        if self.int8:
            inputs = [inner, *self.int8_constants(f"{name}.weight", matrix), "", bias]
            return self.node("DynamicQuantizeMatMul", inputs, name, domain=_FUSED)
        self.node("MatMul", [inner, self.constant(f"{name}.weight", matrix)], f"{name}.unbiased")
        return self.node("Add", [f"{name}.unbiased", bias], name)

    def int8_constants(self, name: str, matrix: NDArray[np.float32]) -> tuple[str, str]:
        values, scale = quantised_columns(matrix)
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
