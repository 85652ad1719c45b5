"""The revision of each stage: a number, raised by hand where what the stage makes of the same input changes.

`make golden` writes down what each stage makes of a corpus; a test fails where that changes and the number does not,
also when a library that was upgraded changes it. After a new `extract` revision every page is requested anew; what the
later stages make is made anew from the documents that are stored.
"""

from collections.abc import Mapping
from typing import Any, Literal

Stage = Literal["extract", "chunk", "scan", "terms"]

REVISIONS: dict[Stage, int] = {"extract": 11, "chunk": 2, "scan": 1, "terms": 1}

CUT: tuple[Stage, ...] = ("chunk", "scan")
"""What decides the chunks of a document, and their marks."""

INDEXED: tuple[Stage, ...] = (*CUT, "terms")
"""What decides what an index holds of it."""


def is_of(options: Mapping[str, Any], *stages: Stage) -> bool:
    """Whether a crawl with these stored options was made by the revisions in use of these stages."""
    then = options.get("revisions") or {}
    return all(then.get(stage) == REVISIONS[stage] for stage in stages)
