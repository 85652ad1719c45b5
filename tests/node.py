"""Programs of npm that tests run: installed once, kept in the checkout's `.cache` between runs."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

CACHE = Path(__file__).parents[1] / ".cache" / "node"
SECONDS = 300


def installed(*packages: str) -> Path:
    """The `node_modules` of these packages, each with its version. A test without Node is skipped, and says why."""
    if not shutil.which("npm"):
        pytest.skip("there is no npm here: install Node 20 or newer")
    place = CACHE / hashlib.sha256(" ".join(packages).encode()).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock"):
        if not (place / "done").exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            (place / "package.json").write_text('{"private": true, "type": "module"}')
            quiet = ["--no-audit", "--no-fund", "--no-progress", "--no-package-lock", "--loglevel=error"]
            subprocess.run(["npm", "install", *quiet, *packages], cwd=place, check=True, timeout=SECONDS)
            (place / "done").touch()
    return place / "node_modules"


def environment(**more: str) -> dict[str, str]:
    """Of such a program: nothing of the person's own."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | more
