"""Finding a model: cheap, and every way in which it is not there has a clear answer."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shared.embedding.counting import token_counter
from shared.embedding.embedder import Embedder
from shared.embedding.locate import locate
from shared.embedding.model import MANIFEST, EmbeddingModel, directory_of
from shared.errors import ModelMissing
from shared.settings import DEFAULT_MODEL, IngestSettings
from tests.embedding_model import write_word_model


@pytest.fixture
def copied(embedding_model: EmbeddingModel, tmp_path: Path) -> IngestSettings:
    """A home with a copy of the default model, its files' times not kept."""
    shutil.copytree(
        embedding_model.directory, directory_of(tmp_path, DEFAULT_MODEL), copy_function=shutil.copyfile
    )
    return IngestSettings(home=tmp_path)


def test_a_model_that_is_not_here_is_answered_with_the_command_that_brings_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="not on this machine") as default:
        locate(IngestSettings(home=tmp_path))
    with pytest.raises(ModelMissing) as other:
        locate(IngestSettings(home=tmp_path, embedding_model="BAAI/bge-small-en-v1.5"))
    assert default.value.hint == "run `ingest model pull`"
    assert other.value.hint == "run `ingest model pull BAAI/bge-small-en-v1.5`"


@pytest.mark.parametrize("name", ["../..", "/etc", "..", "a/../../b", ""])
def test_no_name_leads_out_of_the_models_directory(tmp_path: Path, name: str) -> None:
    assert directory_of(tmp_path, name).resolve().is_relative_to(tmp_path / "models")


def test_locating_loads_nothing_heavy(embedding_model: EmbeddingModel) -> None:
    code = (
        "import sys; from pathlib import Path; from shared.settings import IngestSettings\n"
        "from shared.embedding.locate import locate\n"
        f"print(locate(IngestSettings(home=Path({str(embedding_model.directory.parents[1])!r}))).fingerprint)\n"
        "print([name for name in ('fastembed', 'onnxruntime', 'tokenizers', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == [embedding_model.fingerprint, "[]"]


def test_a_copy_is_the_same_model_and_is_looked_through_only_once(
    copied: IngestSettings, embedding_model: EmbeddingModel
) -> None:
    manifest = directory_of(copied.home, DEFAULT_MODEL) / MANIFEST
    before = manifest.read_bytes()
    assert locate(copied).fingerprint == embedding_model.fingerprint
    after = manifest.read_bytes()
    assert after != before
    locate(copied)
    assert manifest.read_bytes() == after


def test_a_changed_file_is_another_model_and_refused(copied: IngestSettings) -> None:
    with (directory_of(copied.home, DEFAULT_MODEL) / "tokenizer.json").open("a") as file:
        file.write("\n")
    with pytest.raises(ModelMissing, match="have been changed") as refused:
        locate(copied)
    assert refused.value.hint == "run `ingest model pull`"


def test_a_missing_file_is_named(copied: IngestSettings) -> None:
    (directory_of(copied.home, DEFAULT_MODEL) / "model.onnx").unlink()
    with pytest.raises(ModelMissing, match=r"no model\.onnx in"):
        locate(copied)


def test_a_damaged_manifest_counts_as_no_model(copied: IngestSettings) -> None:
    (directory_of(copied.home, DEFAULT_MODEL) / MANIFEST).write_text('{"name": 1, "files": []')
    with pytest.raises(ModelMissing, match="not on this machine"):
        locate(copied)


def test_a_directory_of_ones_own_is_the_same_model_as_the_pulled_one(
    copied: IngestSettings, embedding_model: EmbeddingModel
) -> None:
    directory = directory_of(copied.home, DEFAULT_MODEL)
    (directory / MANIFEST).unlink()
    found = locate(IngestSettings(home=copied.home, embedding_model_path=directory))
    assert (found.fingerprint, found.dimension, found.window, found.text_window) == (
        embedding_model.fingerprint, 384, 256, 254,
    )  # fmt: skip
    assert found.directory == directory
    assert not (directory / MANIFEST).exists()


def test_a_directory_of_ones_own_is_looked_at_again_only_when_it_changes(tmp_path: Path) -> None:
    directory = tmp_path / "mine"
    write_word_model(directory, 16)
    settings = IngestSettings(
        home=tmp_path, embedding_model="thenlper/gte-base", embedding_model_path=directory
    )
    first = locate(settings)
    [note] = (tmp_path / "models").iterdir()
    unread = json.loads(note.read_text()) | {"fingerprint": "as noted"}
    note.write_text(json.dumps(unread))
    assert locate(settings).fingerprint == "as noted"
    os.utime(directory / "tokenizer.json", (1, 1))
    assert locate(settings).fingerprint == first.fingerprint


def test_a_model_of_1536_dimensions_is_measured_and_used(tmp_path: Path) -> None:
    write_word_model(tmp_path / "wide", 1536)
    model = locate(
        IngestSettings(
            home=tmp_path, embedding_model="thenlper/gte-base", embedding_model_path=tmp_path / "wide"
        )
    )
    vectors = Embedder(model).passages(["red green", "blue"])
    assert (model.dimension, model.window, model.text_window) == (1536, 32, 32)
    assert vectors.shape == (2, 1536)
    assert token_counter(model)("red green blue") == 3


def test_prompts_a_model_was_trained_with_are_put_before_its_texts(tmp_path: Path) -> None:
    write_word_model(tmp_path / "own", 64)

    def embedder(name: str) -> Embedder:
        return Embedder(
            locate(IngestSettings(home=tmp_path, embedding_model=name, embedding_model_path=tmp_path / "own"))
        )

    bare, prompted = embedder("thenlper/gte-base"), embedder("nomic-ai/nomic-embed-text-v1.5")
    np.testing.assert_allclose(prompted.query("red"), bare.query("search_query: red"), atol=1e-6)
    np.testing.assert_allclose(prompted.passages(["red"]), bare.passages(["search_document: red"]), atol=1e-6)
    assert prompted.model.text_window == 30
    assert prompted.model.fingerprint != bare.model.fingerprint


def test_what_a_directory_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelMissing, match=r"has no model\.onnx, tokenizer\.json"):
        locate(IngestSettings(home=tmp_path, embedding_model_path=tmp_path / "empty"))


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"LECTERN_EMBEDDING_MODEL_PATH is not a directory .*nowhere"):
        locate(IngestSettings(home=tmp_path, embedding_model_path=tmp_path / "nowhere"))


def test_a_directory_that_holds_another_model_is_refused_by_name(embedding_model: EmbeddingModel) -> None:
    with pytest.raises(ModelMissing, match=f"holds {DEFAULT_MODEL}, not BAAI/bge-base-en") as refused:
        locate(
            IngestSettings(embedding_model="BAAI/bge-base-en", embedding_model_path=embedding_model.directory)
        )
    assert refused.value.hint == f"set LECTERN_EMBEDDING_MODEL={DEFAULT_MODEL}"


def test_a_file_that_is_no_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    write_word_model(tmp_path / "bad", 16)
    (tmp_path / "bad" / "onnx" / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelMissing, match="cannot be loaded as thenlper/gte-base") as refused:
        locate(
            IngestSettings(
                home=tmp_path, embedding_model="thenlper/gte-base", embedding_model_path=tmp_path / "bad"
            )
        )
    assert "\n" not in refused.value.line


def test_an_unknown_name_is_answered_with_near_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no embedding model is called all-MiniLM") as refused:
        locate(IngestSettings(home=tmp_path, embedding_model="all-MiniLM", embedding_model_path=tmp_path))
    assert DEFAULT_MODEL in refused.value.hint


def test_a_name_that_is_near_none_is_answered_with_all_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no embedding model is called nope") as refused:
        locate(IngestSettings(home=tmp_path, embedding_model="nope"))
    for known in (DEFAULT_MODEL, "BAAI/bge-small-en-v1.5", "thenlper/gte-large"):
        assert known in refused.value.hint


def test_a_known_model_that_is_not_here_is_to_be_pulled(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="is not on this machine") as refused:
        locate(IngestSettings(home=tmp_path, embedding_model="thenlper/gte-large"))
    assert refused.value.hint == "run `ingest model pull thenlper/gte-large`"
