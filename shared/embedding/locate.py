"""The model that the settings name, found without loading it."""

import hashlib
from dataclasses import replace
from pathlib import Path

from shared.embedding.model import (
    MANIFEST,
    EmbeddingModel,
    Manifest,
    directory_of,
    fingerprint,
    read_manifest,
    stamps,
)
from shared.errors import ModelMissing
from shared.settings import DEFAULT_MODEL, ServerSettings


def locate(settings: ServerSettings) -> EmbeddingModel:
    """The model that the settings name. Cheap: the files are only read again when they have changed.

    Raises ModelMissing when it is not here, not whole, not the one that is named, or there is none of that name.
    """
    if settings.embedding_model_path is not None:
        return _at_path(settings.home, settings.embedding_model, settings.embedding_model_path.expanduser())
    name = settings.embedding_model
    directory = directory_of(settings.home, name)
    manifest = read_manifest(directory / MANIFEST)
    pull = "run `ingest model pull`" if name == DEFAULT_MODEL else f"run `ingest model pull {name}`"
    if manifest is None:
        from shared.embedding.runtime import (
            entry,
        )  # imports the runtime: half a second, where all is lost anyway

        entry(name)
        raise ModelMissing(f"the embedding model {name} is not on this machine", pull)
    return _checked(directory, manifest, pull)


def reranker_directory(settings: ServerSettings) -> Path:
    """Where the weights of the cross-encoder are that LECTERN_RERANKER names. Raises ModelMissing where none are."""
    name = settings.reranker or ""
    directory = settings.reranker_path or directory_of(settings.home, name)
    if not directory.is_dir():
        raise ModelMissing(
            f"there are no weights of the cross-encoder {name} in {directory}",
            "put its ONNX file and tokenizer there, or set LECTERN_RERANKER_PATH",
        )
    return directory


def _at_path(home: Path, name: str, directory: Path) -> EmbeddingModel:
    if not directory.is_dir():
        raise ModelMissing(
            f"LECTERN_EMBEDDING_MODEL_PATH is not a directory ({directory})",
            "point it at a directory with the model's ONNX file and tokenizer, or unset it",
        )
    made = read_manifest(directory / MANIFEST)
    if made is not None:
        if made.name.lower() != name.lower():
            raise ModelMissing(
                f"{directory} holds {made.name}, not {name}", f"set LECTERN_EMBEDDING_MODEL={made.name}"
            )
        return _checked(directory, made, "pull it again, or point LECTERN_EMBEDDING_MODEL_PATH elsewhere")
    # A directory of the operator's own may be read-only: what was measured of it is kept in our home.
    key = hashlib.sha256(f"{name.lower()}\n{directory.resolve()}".encode()).hexdigest()[:16]
    note = home / "models" / f"local-{key}.json"
    known = read_manifest(note)
    if known is None or _stamps_or_none(directory, known) != known.files:
        from shared.embedding.inspect import inspect  # loads the model: a second, once

        known = inspect(name, directory)
        _keep(known, note)
    return known.model(directory)


def _checked(directory: Path, manifest: Manifest, hint: str) -> EmbeddingModel:
    """The model as it was made, or ModelMissing. Files that were only copied or touched are the same model."""
    now = _stamps_or_none(directory, manifest)
    if now is None:
        missing = ", ".join(file for file in manifest.files if not (directory / file).is_file())
        raise ModelMissing(
            f"the embedding model {manifest.name} is not whole (no {missing} in {directory})", hint
        )
    if now != manifest.files:
        if fingerprint(manifest.name, manifest.window, directory, manifest.files) != manifest.fingerprint:
            raise ModelMissing(f"the files of {manifest.name} in {directory} have been changed", hint)
        _keep(replace(manifest, files=now), directory / MANIFEST)
    return manifest.model(directory)


def _stamps_or_none(directory: Path, manifest: Manifest) -> dict[str, tuple[int, int]] | None:
    try:
        return stamps(directory, manifest.files)
    except OSError:
        return None


def _keep(manifest: Manifest, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        manifest.write(path)
    except OSError:
        return  # a place we may not write to costs another look next time, nothing else
