"""Which code made a result: when the code changes, what it made before is made anew."""

import hashlib
from functools import cache
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable


@cache
def extraction_revision() -> str:
    """Changes with the extractor's code and with the converter it builds on."""
    return _revision(["ingest.extract"], ["html-to-markdown", "lxml"])


@cache
def chunking_revision() -> str:
    """Changes with the code that cuts documents and weighs their terms."""
    return _revision(
        ["ingest:chunk.py", "ingest:blocks.py", "ingest:pieces.py", "shared:bm25.py"], ["markdown-it-py"]
    )


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


def _modules(folder: Traversable) -> list[Traversable]:
    found = [file for file in folder.iterdir() if file.name.endswith(".py")]
    return sorted(found, key=lambda file: file.name)
