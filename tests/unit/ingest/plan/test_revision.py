"""A stage whose output changes has another revision: else what is stored would be taken for what it makes now."""

import json
from pathlib import Path

import pytest

from ingest.plan.revision import REVISIONS, Stage, is_of
from tests.golden import stages


@pytest.mark.parametrize("stage", REVISIONS)
def test_what_a_stage_makes_is_what_its_revision_made(stage: Stage) -> None:
    assert stages.complaint(stage) is None


def test_a_change_without_a_new_revision_names_the_stage_and_is_not_written_down(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stages, "HERE", tmp_path)
    assert stages.write() == list(REVISIONS)
    monkeypatch.setattr("ingest.chunk.outline.unsigned", lambda heading: f"{heading}!")
    stages.write()
    assert [stages.complaint(stage) for stage in ("extract", "scan", "terms")] == [None] * 3
    assert (stages.complaint("chunk") or "").startswith("chunk: what it makes of ")
    revision = REVISIONS["chunk"] + 1
    monkeypatch.setitem(REVISIONS, "chunk", revision)
    assert stages.complaint("chunk") == f"chunk: revision {revision} is not written down: run make golden"
    stages.write()
    assert stages.complaint("chunk") is None
    assert json.loads((tmp_path / "chunk.json").read_text())["revision"] == revision


def test_options_tell_which_stages_they_were_made_by() -> None:
    stored = {"revisions": REVISIONS | {"scan": 0}}
    assert is_of(stored, "extract", "chunk", "terms")
    assert not is_of(stored, "chunk", "scan")
    assert not is_of({}, "extract")
