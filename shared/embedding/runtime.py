"""fastembed, quiet and offline: which models it knows, and one of them loaded from a directory."""

import warnings
from difflib import get_close_matches
from pathlib import Path

from fastembed import TextEmbedding
from fastembed.common.model_description import DenseModelDescription
from loguru import logger

from shared.errors import ModelMissing

logger.disable("fastembed")  # it writes to standard error at will; every failure reaches us as an exception


def entries() -> list[DenseModelDescription]:
    """Every text embedding model of fastembed's list."""
    return TextEmbedding._list_supported_models()


def entry(name: str) -> DenseModelDescription:
    """The entry of that name, in any case. Raises ModelMissing with near names, or all."""
    known = {found.model.lower(): found for found in entries()}
    if name.lower() in known:
        return known[name.lower()]
    by_tail = {tail.rpartition("/")[2]: tail for tail in known}
    near = get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    near += [
        by_tail[tail] for tail in get_close_matches(name.lower().rpartition("/")[2], by_tail, n=3, cutoff=0.6)
    ]
    names = ", ".join(dict.fromkeys(known[match].model for match in near))
    every = ", ".join(sorted((found.model for found in known.values()), key=str.lower))
    raise ModelMissing(
        f"no embedding model is called {name}",
        f"did you mean {names}? `ingest model list` shows all" if names else f"there are {every}",
    )


def load(name: str, directory: Path, threads: int | None = None) -> TextEmbedding:
    """The model from its directory; nothing is ever fetched. Raises ModelMissing when it cannot be loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # static models warn of options that do not concern them
        try:
            return TextEmbedding(
                name, cache_dir=str(directory), threads=threads, specific_model_path=str(directory)
            )
        except Exception as error:  # whatever onnxruntime, tokenizers or a JSON parser make of a bad file
            reason = str(error).strip().partition("\n")[0]
            raise ModelMissing(
                f"the embedding model in {directory} cannot be loaded as {name} ({reason})",
                "run `ingest model pull` again, or set LECTERN_EMBEDDING_MODEL to what the directory holds",
            ) from error
