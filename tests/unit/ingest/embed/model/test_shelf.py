"""Which models are listed as here, and which as in use."""

from pathlib import Path

from ingest.embed.model.shelf import shelf
from shared.settings import DEFAULT_MODEL, IngestSettings


def test_the_model_that_is_set_comes_first_and_is_here_where_its_path_says(tmp_path: Path) -> None:
    absent, *others = shelf(IngestSettings(home=tmp_path, embedding_model_path=None))
    assert (absent.name, absent.in_use, absent.here) == (DEFAULT_MODEL, True, False)
    assert not any(one.in_use or one.here for one in others)

    own = tmp_path / "model"
    own.mkdir()
    given, *others = shelf(IngestSettings(home=tmp_path, embedding_model_path=own))
    assert (given.name, given.in_use, given.here) == (DEFAULT_MODEL, True, True)
    assert not any(one.in_use or one.here for one in others)
