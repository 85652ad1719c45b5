"""What a directory holds, measured by loading it: dimension, window, fingerprint."""

import json
from pathlib import Path

from tokenizers import Tokenizer

from shared.embedding.model import Manifest, fingerprint, stamps
from shared.embedding.prompts import prompts
from shared.embedding.runtime import entry, load
from shared.errors import ModelMissing

_UNSTATED_WINDOW = 512
"""What fastembed reads of a text where a model states no limit."""

_TOKENIZER = "tokenizer.json"
_BESIDE = ("tokenizer_config.json", "special_tokens_map.json", "config.json")


def inspect(name: str, directory: Path) -> Manifest:
    """Load the model of fastembed's entry `name` from `directory` and embed one word with it.

    Raises ModelMissing, which names the files that are not there or says why it does not load.
    """
    known = entry(name)
    needed = [known.model_file, *known.additional_files, _TOKENIZER]
    missing = [file for file in needed if not (directory / file).is_file()]
    if missing:
        raise ModelMissing(
            f"{directory} has no {', '.join(missing)}",
            f"{known.model} needs {', '.join(needed)} there (LECTERN_EMBEDDING_MODEL says which model it is)",
        )
    files = needed + [file for file in _BESIDE if (directory / file).is_file()]
    before = stamps(directory, files)
    vector = next(iter(load(known.model, directory, threads=1).passage_embed(["probe"])))
    window = _window(directory)
    return Manifest(
        name=known.model,
        dimension=len(vector),
        window=window,
        overhead=_overhead(known.model, directory),
        fingerprint=fingerprint(known.model, window, directory, files),
        files=before,
    )


def _window(directory: Path) -> int:
    """The stricter of the two limits that tokenizer_config.json may state: fastembed cuts off there."""
    try:
        config = json.loads((directory / "tokenizer_config.json").read_text())
    except FileNotFoundError:
        return _UNSTATED_WINDOW
    stated = [config.get(key) for key in ("model_max_length", "max_length")]
    return min((n for n in stated if isinstance(n, int) and 0 < n < 10**6), default=_UNSTATED_WINDOW)


def _overhead(name: str, directory: Path) -> int:
    tokenizer = Tokenizer.from_file(str(directory / _TOKENIZER))
    tokenizer.no_padding()
    return len(tokenizer.encode(prompts(name).passage).ids)
