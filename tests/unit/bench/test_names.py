from collections import Counter

from bench.libraries import generated
from bench.names import Found, Name, by_kind, names
from ingest.libraries.shipped import shipped_libraries
from shared.model.naming import spoken_names


def test_there_are_three_hundred_names_of_libraries_that_are_known() -> None:
    asked = names()

    assert len(asked) == len({one.name for one in asked}) == 300
    assert {one.id for one in asked} <= shipped_libraries().keys()


def test_no_typing_error_of_the_list_is_a_name_in_the_catalogue() -> None:
    spoken = {name.lower() for library in shipped_libraries().values() for name in spoken_names(library)}

    assert not {one.name for one in names() if one.kind == "typo" and one.name.lower() in spoken}


def test_right_answers_are_counted_by_kind_and_in_all() -> None:
    flask, vue = Name("short", "flask", "/pallets/flask"), Name("typo", "veu", "/vuejs/core")

    counted = by_kind([Found(flask, "/pallets/flask"), Found(vue, None), Found(vue, "/own/veu")])

    assert counted == [("short", 1, 1), ("typo", 0, 2), ("all", 1, 3)]


def test_generated_libraries_are_as_many_as_asked_for_distinct_and_the_same_every_time() -> None:
    real = list(shipped_libraries().values())
    many = list(generated(500, real))

    assert many == list(generated(500, real))
    assert len({library.id for library in many} - shipped_libraries().keys()) == 500
    assert Counter(library.popularity_score > 50 for library in many)[True] > 100
