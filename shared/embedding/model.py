"""The embedding model in use: its name, size, files and fingerprint, found without loading it."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from shared.embedding.prompts import prompts
from shared.errors import ModelMissing
from shared.settings import DEFAULT_MODEL, Settings

MANIFEST = "lectern.json"
"""What was measured when a model's directory was made; it lies beside the model's files."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A model on this machine. Two models with one fingerprint give the same vectors."""

    name: str
    dimension: int
    window: int
    """Tokens the model reads, special tokens included; the rest of a text is cut off."""
    directory: Path
    fingerprint: str
    """SHA-256, hex, over the name, the window, the prompts and every file the model is loaded from."""
    overhead: int = 2
    """Tokens of the window that special tokens and the model's own passage prompt take."""

    @property
    def room(self) -> int:
        """Tokens of a caller's text, as `token_counter` counts them, that the model reads whole."""
        return self.window - self.overhead


@dataclass(frozen=True, slots=True)
class Manifest:
    """A model with the size and the time of its files, by which a change shows without reading them."""

    name: str
    dimension: int
    window: int
    overhead: int
    fingerprint: str
    files: Mapping[str, tuple[int, int]]
    """Path inside the directory -> bytes, modification time in nanoseconds."""

    def model(self, directory: Path) -> EmbeddingModel:
        return EmbeddingModel(
            self.name, self.dimension, self.window, directory, self.fingerprint, self.overhead
        )

    def write(self, path: Path) -> None:
        """Replace the file at `path` at once, so that no reader sees half of it."""
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        aside.write_text(json.dumps(asdict(self), indent=1) + "\n")
        if path.exists():  # a directory that others share stays theirs to read
            aside.chmod(stat.S_IMODE(path.stat().st_mode))
        aside.replace(path)


def directory_of(home: Path, name: str) -> Path:
    """Where a model of that name is kept."""
    return home / "models" / re.sub(r"[^a-z0-9._-]+", "--", name.lower()).strip(".")


def reranker_directory(settings: Settings) -> Path:
    """Where the weights of the cross-encoder are that LECTERN_RERANKER names. Raises ModelMissing where none are."""
    name = settings.reranker or ""
    directory = settings.reranker_path or directory_of(settings.home, name)
    if not directory.is_dir():
        raise ModelMissing(
            f"there are no weights of the cross-encoder {name} in {directory}",
            "put its ONNX file and tokenizer there, or set LECTERN_RERANKER_PATH",
        )
    return directory


def locate(settings: Settings) -> EmbeddingModel:
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


def read_manifest(path: Path) -> Manifest | None:
    """The manifest at `path`; None where there is none that can be read."""
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        return Manifest(
            **{**found, "files": {file: (size, time) for file, (size, time) in found["files"].items()}}
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def fingerprint(name: str, window: int, directory: Path, files: Iterable[str]) -> str:
    """Read every file and hash it. Raises FileNotFoundError."""
    total = hashlib.sha256(f"{name.lower()}\n{window}\n{prompts(name)}\n".encode())
    for file in sorted(files):
        with (directory / file).open("rb") as opened:
            total.update(f"{file} {hashlib.file_digest(opened, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


def stamps(directory: Path, files: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Size and modification time of each file. Raises FileNotFoundError."""
    found = {file: (directory / file).stat() for file in files}
    return {file: (stat.st_size, stat.st_mtime_ns) for file, stat in found.items()}


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
