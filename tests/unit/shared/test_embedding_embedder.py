"""Vectors of the default model: what callers rely on."""

import subprocess
import sys

import numpy as np
import pytest

from shared.embedding import runtime
from shared.embedding.counting import bare_tokenizer, token_counter
from shared.embedding.embedder import Embedder
from shared.embedding.model import EmbeddingModel

TEXTS = ["How to return JSON from a view", "", "A partial index covers only some rows. " * 9, "SELECT 1;"]


@pytest.fixture(scope="module")
def embedder(embedding_model: EmbeddingModel) -> Embedder:
    return Embedder(embedding_model, threads=1)


def test_vectors_are_unit_float32_in_the_order_of_the_texts(embedder: Embedder) -> None:
    vectors = embedder.passages(TEXTS)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert embedder.query(TEXTS[2]) @ vectors[2] > 0.9999


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.passages([]).shape == (0, 384)


def test_a_vector_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    together = embedder.passages(TEXTS)
    alone = [embedder.passages([text])[0] for text in TEXTS]
    np.testing.assert_array_equal(together, np.array(alone))


def test_meaning_is_nearer_than_words(embedder: Embedder) -> None:
    near, far = embedder.passages(
        ["Use jsonify to send a JSON response.", "Mountains have a view of the sea."]
    )
    question = embedder.query("how do I return JSON from a view")
    assert question @ near > question @ far + 0.2


def test_what_is_beyond_the_window_is_not_read(embedder: Embedder) -> None:
    limit = embedder.model.text_window
    whole = embedder.passages(["word " * limit])
    np.testing.assert_array_equal(whole, embedder.passages(["word " * limit + "and a different end"]))
    assert not np.array_equal(whole, embedder.passages(["word " * (limit - 1) + "end"]))


def test_counting_leaves_out_special_tokens_and_cuts_nothing_off(embedding_model: EmbeddingModel) -> None:
    count = token_counter(embedding_model)
    assert [count(""), count("hello world"), count("word " * 1000)] == [0, 2, 1000]


def test_text_that_is_not_unicode_is_embedded_and_counted_all_the_same(embedder: Embedder) -> None:
    np.testing.assert_array_equal(embedder.query("what\udcff\x00"), embedder.query("what?\x00"))
    assert embedder.count("\ud800") == 1


def test_nothing_is_printed_and_no_connection_is_tried(embedding_model: EmbeddingModel) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "calls = ('socket.connect', 'socket.getaddrinfo')\n"
        "sys.addaudithook(lambda event, _: os._exit(9) if event in calls else None)\n"
        "from shared.settings import IngestSettings; from shared.embedding.embedder import Embedder\n"
        "from shared.embedding.locate import locate\n"
        f"embedder = Embedder(locate(IngestSettings(home=Path({str(embedding_model.directory.parents[1])!r}))))\n"
        "embedder.query('x'); embedder.passages(['y'])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "text",
    [
        "Return JSON from a view: `jsonify(x=[0], y=[SEP])` -- see [CLS]!",
        "naïve café ﬁ 日本語テスト e\u0301 a\u00adb\u200bc",
        "a\x00b \ufffdc\x1cd\x85e\x7f \t\r\n",
        "x" * 150 + " " + "y" * 99 + "-" * 120,
        "SELECT * FROM t WHERE a->>'b' = $1;\n\n```sql\n\\d+ t\n```",
    ],
)
def test_words_that_were_counted_before_count_as_in_the_whole_text(
    embedding_model: EmbeddingModel, text: str
) -> None:
    count, whole = token_counter(embedding_model), bare_tokenizer(embedding_model)
    expected = len(whole.encode(text, add_special_tokens=False))
    assert [count(text), count(text)] == [expected, expected]


def test_the_default_model_gives_the_vectors_that_fastembed_gives(embedder: Embedder) -> None:
    texts = ["", "Return JSON from a view", "naïve 日本語 `x->>1`", "word " * 600]
    loaded = runtime.load(embedder.model.name, embedder.model.directory, threads=1)
    theirs = np.array(list(loaded.passage_embed(texts, batch_size=1)))
    np.testing.assert_allclose(embedder.passages(texts), theirs, rtol=0, atol=1e-7)


def test_a_question_asked_again_has_the_same_vector_and_nobody_can_change_it(embedder: Embedder) -> None:
    first = embedder.query("how?")
    assert embedder.query("how?") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1
