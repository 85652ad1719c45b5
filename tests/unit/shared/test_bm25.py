"""Terms and weights, by example."""

import subprocess
import sys

import pytest

from shared import bm25
from shared.model.document import SparseVector
from shared.terms import terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Creating indexes", ["creat", "index"]),
        ("flask.Flask.route", ["flask.flask.route", "flask", "rout"]),
        ("snake_case_name", ["snake_case_name", "snake", "case", "name"]),
        ("getHTTPResponse", ["gethttprespons", "get", "http", "respons"]),
        ("__init__", ["__init__", "init"]),
        ("DataFrame dataframes", ["datafram", "data", "frame", "datafram"]),
        ("std::vector", ["std::vector", "::", "std", "vector"]),
        ("'now'::timestamp", ["::", "timestamp"]),
        ("--no-cache -rf", ["--no-cache", "cach", "-rf", "rf"]),
        ("error 42P01, ORA-00942", ["error", "42p01", "ora-00942", "ora"]),
        ("version 3.11.2", ["version", "3.11.2"]),
        ("data->>'key' @> x != y", ["data", "->>", "key", "@>", "x", "!=", "y"]),
        ("C++ and C#", ["c++", "c#"]),
        ("don't break the user’s code", ["break", "user", "code"]),
        ("NOT IN (SELECT ...) is not in", ["not", "in", "select", "..."]),
        ("----- ****** =====", []),
        ("Ünïcode CAFÉ ﬁle", ["unicod", "cafe", "file"]),
        ("中文应用Flask", ["中文", "文应", "应用", "flask"]),
        ("한국어 が", ["한국", "국어", "が"]),
        ("", []),
    ],
)
def test_names_count_whole_and_in_parts_and_words_by_their_stem(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_stop_words_stay_when_nothing_else_is_left() -> None:
    assert terms("what is it") == ["what", "is", "it"]
    assert terms("what is an index") == ["index"]


def test_a_text_of_megabytes_without_a_space_takes_no_time_and_no_giant_terms() -> None:
    assert max(map(len, terms("aB" * 500_000))) <= 64
    assert max(map(len, terms("a." * 500_000))) < 1100


def test_a_rare_term_weighs_more_than_a_frequent_one() -> None:
    vectors = bm25.document_vectors(["index partial", "index unique", "index btree"])
    weights = dict(zip(vectors[0].indices, vectors[0].values, strict=True))
    (frequent,), (rare,) = bm25.query_vector("index").indices, bm25.query_vector("partial").indices
    assert weights[rare] > 2 * weights[frequent] > 0


def test_a_question_weighs_each_term_once() -> None:
    assert bm25.query_vector("index index indexes") == SparseVector(
        (bm25.query_vector("index").indices), (1.0,)
    )


def test_no_text_gives_an_empty_vector() -> None:
    assert bm25.query_vector("") == SparseVector((), ())
    assert bm25.document_vectors([]) == []
    assert bm25.document_vectors(["", "a word"])[0] == SparseVector((), ())


def test_a_text_can_be_weighed_apart_from_its_corpus() -> None:
    corpus = ["one index", "two indexes of a table", "a table"]
    statistics = bm25.measure(iter(corpus))
    assert statistics.documents == 3
    assert [bm25.document_vector(text, statistics) for text in corpus] == bm25.document_vectors(corpus)


def test_indices_are_the_same_in_every_process() -> None:
    assert bm25.query_vector("index").indices == (2_155_046_657,)


def test_the_stemmer_is_not_loaded_before_the_first_word() -> None:
    code = "import sys, shared.bm25; sys.exit('snowballstemmer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
