"""Which code a stored page depends on."""

from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest

from ingest.plan import revision


def test_what_tells_a_guard_from_a_page_is_part_of_the_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def watched(package: str) -> Traversable:
        read.append(package)
        return files(package)

    monkeypatch.setattr(revision, "files", watched)
    assert revision.extraction_revision.__wrapped__() == revision.extraction_revision()
    assert {"ingest.extract", "ingest.interstitials"} <= set(read)
