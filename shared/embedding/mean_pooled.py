"""Questions to the default model, run by onnxruntime without fastembed between: the same vectors, bit by bit.

fastembed brings the clients of a model hub and of images along: half a second and 30 MB that a server has to pay
before its first answer. It embeds all passages, and every other model's questions.
"""

import os
from collections.abc import Callable

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from shared.embedding.model import EmbeddingModel
from shared.errors import ModelMissing


def load(
    model: EmbeddingModel, tokenizer: Tokenizer, threads: int | None
) -> Callable[[str], NDArray[np.float32]]:
    """A function from a text to its unit vector, the mean of its tokens'; threads may share it.

    Raises ModelMissing.
    """
    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = False  # it keeps what the longest text took for good
    # between questions no thread waits busily
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if threads is not None:
        options.intra_op_num_threads = threads
    path = model.directory / "model.onnx"
    try:
        session = onnxruntime.InferenceSession(
            os.fspath(path), providers=["CPUExecutionProvider"], sess_options=options
        )
    except Exception as error:  # whatever onnxruntime makes of a bad file
        reason = str(error).strip().partition("\n")[0]
        raise ModelMissing(f"{path} cannot be loaded ({reason})", "run `ingest model pull` again") from error
    wanted = {given.name for given in session.get_inputs()}

    def vector(text: str) -> NDArray[np.float32]:
        read = tokenizer.encode(text).ids
        if len(read) > model.window:
            read = [*read[: model.window - 1], read[-1]]  # the last one is no word: it ends the text
        ids = np.array([read], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        tokens = session.run(None, {name: inputs[name] for name in wanted})[0][0]
        mean = tokens.mean(axis=0, dtype=np.float64)
        unit: NDArray[np.float32] = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
        return unit

    return vector
