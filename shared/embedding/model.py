"""An embedding model: its name, size, files and fingerprint, and the manifest that says what was measured of it."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shared.embedding.prompts import prompts

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
    def text_window(self) -> int:
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
