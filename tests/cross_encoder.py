"""A cross-encoder made in a moment: a pair is as relevant as it holds a word often. Laid out as fastembed wants it."""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

NAME = "Xenova/ms-marco-MiniLM-L-6-v2"
WORDS = ("[PAD]", "[UNK]")


def write_cross_encoder(directory: Path, word: str) -> None:
    """Its logit is three times the word's number in question and passage, less two."""
    (directory / "onnx").mkdir(parents=True)
    ids, mask = (
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    )
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])
    nodes = [
        helper.make_node("Equal", ["input_ids", "word"], ["same"]),
        helper.make_node("Cast", ["same"], ["ones"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["ones", "axis"], ["often"], keepdims=1),
        helper.make_node("Mul", ["often", "three"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "two"], ["logits"]),
    ]
    constants = [
        numpy_helper.from_array(np.array(len(WORDS), np.int64), "word"),
        numpy_helper.from_array(np.array([1], np.int64), "axis"),
        numpy_helper.from_array(np.array(3, np.float32), "three"),
        numpy_helper.from_array(np.array(2, np.float32), "two"),
    ]
    graph = helper.make_graph(nodes, "counts", [ids, mask], [logits], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (directory / "onnx" / "model.onnx").write_bytes(model.SerializeToString())
    vocabulary = {spelled: place for place, spelled in enumerate((*WORDS, word))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(directory / "tokenizer.json"))
    (directory / "tokenizer_config.json").write_text(
        json.dumps({"model_max_length": 512, "pad_token": "[PAD]"})
    )
    (directory / "config.json").write_text(json.dumps({"pad_token_id": 0}))
