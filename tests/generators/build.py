"""`python -m tests.generators.build [NAME ...]`: sources are written and built, the pages kept in `tests/corpus`."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.generators.generators import CORPUS, Generator, named

_HERE = Path(__file__).parent
_CHECKOUT = _HERE.parents[1]
_PROJECTS = _CHECKOUT / ".cache" / "generators"
SOURCES = "sources.sha256"
"""Beside the pages: the digest of what they were built of."""
_QUIET = ("--no-audit", "--no-fund", "--no-progress", "--no-package-lock", "--loglevel=error")
_UNASKED = {
    "ASTRO_TELEMETRY_DISABLED": "1",
    "DO_NOT_TRACK": "1",
    "NEXT_TELEMETRY_DISABLED": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "NODE_ENV": "production",
    "NO_MKDOCS_2_WARNING": "1",
}
"""Builds tell nobody anything, and ask for nothing newer."""


def build(generator: Generator) -> int:
    """From an empty project to the pages that are kept; how many there are."""
    project = _PROJECTS / generator.name
    _prepare(project, _HERE / "builders" / generator.name)
    for name, text in generator.write(generator.pages).items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    bins = [project / "node_modules" / ".bin", project / ".venv" / "bin"]
    path_variable = os.pathsep.join([*map(str, bins), os.environ["PATH"]])
    environment = {**os.environ, **_UNASKED, "PATH": path_variable}
    if subprocess.run(generator.command, cwd=project, env=environment).returncode != 0:
        sys.exit(f"{generator.name} could not be built: what it was given is in {project}")
    _keep(generator, project)
    return len(generator.pages)


def digest_of_sources(generator: Generator) -> str:
    """Of what is built, so that pages of other sources are noticed."""
    sources = json.dumps(dict(generator.write(generator.pages)), sort_keys=True)
    return hashlib.sha256(sources.encode()).hexdigest() + "\n"


def _prepare(project: Path, builder: Path) -> None:
    """The builder's files, and what they ask to be installed; nothing that an earlier build left."""
    project.mkdir(parents=True, exist_ok=True)
    for old in project.iterdir():
        if old.name in ("node_modules", ".venv", ".installed"):
            continue
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(builder, project, dirs_exist_ok=True)
    asked = [path for name in ("package.json", "requirements.txt") if (path := project / name).exists()]
    wanted = "".join(path.read_text() for path in asked)
    done = project / ".installed"
    if done.exists() and done.read_text() == wanted:
        return
    for path in asked:
        if path.name == "package.json":
            subprocess.run(["npm", "install", "--include=dev", *_QUIET], cwd=project, check=True)
        else:
            subprocess.run([sys.executable, "-m", "venv", ".venv"], cwd=project, check=True)
            pip = [".venv/bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
            subprocess.run([*pip, "-r", path.name], cwd=project, check=True)
    done.write_text(wanted)


def _keep(generator: Generator, project: Path) -> None:
    """The pages alone, whole, and nothing that tells when they were made."""
    kept = CORPUS / generator.name
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for page in generator.pages:
        html = (project / generator.built.format(page.name)).read_bytes()
        (kept / f"{page.name}.html.gz").write_bytes(gzip.compress(html, mtime=0))
    (kept / SOURCES).write_text(digest_of_sources(generator), encoding="utf-8")


if __name__ == "__main__":
    for one in named(sys.argv[1:]):
        print(f"{one.name}: {build(one)} pages")  # noqa: T201
