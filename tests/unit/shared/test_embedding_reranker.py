from pathlib import Path

import pytest

from shared.embedding.reranker import Reranker
from shared.errors import ModelMissing
from shared.settings import IngestSettings
from tests.cross_encoder import NAME, write_cross_encoder


def test_a_cross_encoder_says_how_well_each_passage_answers(tmp_path: Path) -> None:
    write_cross_encoder(tmp_path / "model", "json")
    reranker = Reranker(IngestSettings(home=tmp_path, reranker=NAME, reranker_path=tmp_path / "model"))

    none, one, two = reranker.relevance("return data", ["nothing", "json", "json json \ud800"])

    assert 0 < none < 0.5 < one < two < 1
    assert reranker.relevance("x", []) == []


def test_without_weights_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no weights of the cross-encoder"):
        Reranker(IngestSettings(home=tmp_path, reranker=NAME))


def test_weights_that_cannot_be_read_are_one_clear_line(tmp_path: Path) -> None:
    write_cross_encoder(tmp_path / "model", "json")
    (tmp_path / "model" / "onnx" / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelMissing, match="cannot be loaded"):
        Reranker(IngestSettings(home=tmp_path, reranker=NAME, reranker_path=tmp_path / "model"))
