"""Which code made a result: when the code changes, what it made before is made anew."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable


@cache
def extraction_revision() -> str:
    """Changes with the extractor's code and with what it builds on."""
    libraries = ["charset-normalizer", "html-to-markdown", "lxml", "markdown-it-py", "trafilatura"]
    ours = ["ingest.extract", "ingest.interstitials", "shared.model:document.py"]
    ours += ["shared:one_line.py", "shared:visible.py"]
    return _revision(ours, libraries)


@cache
def chunking_revision() -> str:
    """Changes with the code that cuts documents, scans the pieces and weighs their terms."""
    ours = ["ingest.chunk", "ingest.jobs:page_task.py", "ingest.scan", "ingest.scan:rules.toml"]
    ours += ["shared:bm25.py", "shared:one_line.py", "shared:terms.py", "shared:visible.py"]
    return _revision(ours, ["markdown-it-py", "PyStemmer"])


def _revision(sources: list[str], distributions: list[str]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        package, _, name = source.partition(":")
        folder = files(package)
        for file in [folder.joinpath(name)] if name else _modules(folder):
            digest.update(file.read_bytes())
    for distribution in distributions:
        digest.update(metadata.version(distribution).encode())
    return digest.hexdigest()[:16]


def _modules(folder: Traversable) -> Iterator[Traversable]:
    """All of a package, its rooms included, in an order of its own."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _modules(entry)
        elif entry.name.endswith(".py"):
            yield entry
