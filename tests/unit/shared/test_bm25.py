"""Terms and weights, by example."""

import zlib

import pytest

from shared import bm25
from shared.bm25 import Passage
from shared.model.document import SparseVector
from shared.terms import names, spellings, terms
from tests.weighing import document_vectors


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


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("how to use flask.Flask.route?", ["flask.flask.route", "flask.route", "route"]),
        ("what does std::vector hold", ["std.vector", "vector"]),
        ("is pg_stat_activity slow", ["pg_stat_activity"]),
        ("a createIndex that fails", ["createindex"]),
        ("jsonify", ["jsonify"]),
        ("CREATE INDEX", ["create", "index"]),
        ("how do I create an index", []),
        ("e.g. this. And that", ["e.g", "g"]),
        ("", []),
    ],
)
def test_what_is_written_as_code_may_be_a_symbol(question: str, found: list[str]) -> None:
    assert names(question) == found


def test_a_symbol_is_found_without_what_it_is_a_part_of() -> None:
    assert spellings("QPainter::drawText") == ["qpainter.drawtext", "drawtext"]
    assert spellings(".") == []


def test_stop_words_stay_when_nothing_else_is_left() -> None:
    assert terms("what is it") == ["what", "is", "it"]
    assert terms("what is an index") == ["index"]


def test_a_text_of_megabytes_without_a_space_takes_no_time_and_no_giant_terms() -> None:
    assert max(map(len, terms("aB" * 500_000))) <= 64
    assert max(map(len, terms("a." * 500_000))) < 1100


def test_a_rare_term_weighs_more_than_a_frequent_one() -> None:
    texts = ["index partial", "index unique", "index btree"]
    first = document_vectors([Passage(text) for text in texts])[0]
    assert _score(first, "partial") > 2 * _score(first, "index") > 0


def test_a_question_weighs_each_term_once() -> None:
    asked = bm25.query_vector("index index indexes")
    assert sorted(asked.values) == [0.65, 1.0]  # in headings, in the text
    assert asked == bm25.query_vector("what is an index")


def test_what_a_heading_names_counts_more_than_what_is_said_in_passing() -> None:
    named, said = document_vectors(
        [Passage("of partial things", ("Partial indexes",)), Passage("of partial things", ("Other things",))]
    )
    assert _score(named, "a partial one") > _score(said, "a partial one") > 0


def test_the_entry_of_a_symbol_counts_more_than_a_mention_however_it_is_spelled() -> None:
    entry, mention = document_vectors(
        [Passage("route(rule)", symbols=("flask.Flask.route",)), Passage("route(rule)")]
    )
    for question in ("flask.Flask.route", "how to use Flask.route?", "app.route() parameters", "route"):
        assert _score(entry, question) > _score(mention, question)
    assert _score(entry, "which route is taken") == _score(mention, "which route is taken")


def test_no_text_gives_an_empty_vector() -> None:
    assert bm25.query_vector("") == SparseVector((), ())
    assert document_vectors([]) == []
    assert document_vectors([Passage(""), Passage("a word")])[0] == SparseVector((), ())


def test_a_text_can_be_weighed_apart_from_its_corpus() -> None:
    corpus = [
        Passage("one index", ("One",)),
        Passage("two indexes of a table", (), ("x.y",)),
        Passage("a table"),
    ]
    statistics = bm25.measure(iter(corpus))
    assert statistics.documents == 3
    assert [bm25.document_vector(passage, statistics) for passage in corpus] == document_vectors(corpus)


def test_indices_are_the_same_in_every_process() -> None:
    text, heading, symbol = 2_155_046_657, zlib.crc32(b"heading\0index"), zlib.crc32(b"symbol\0index")
    assert bm25.query_vector("index").indices == tuple(sorted((text, heading, symbol)))


def _score(vector: SparseVector, question: str) -> float:
    weights = dict(zip(vector.indices, vector.values, strict=True))
    asked = bm25.query_vector(question)
    return sum(
        weights.get(index, 0.0) * value for index, value in zip(asked.indices, asked.values, strict=True)
    )
