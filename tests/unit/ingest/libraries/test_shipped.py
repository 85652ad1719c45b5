"""The shipped catalogue is what it promises to be."""

from collections import Counter

import pytest

from ingest.libraries.shipped import edition, parse_shipped, shipped_libraries
from shared.errors import InvalidLibraryId, SettingsError
from shared.model.library import name_key

ENTRY = """
[[library]]
id = "/org/project"
name = "Project"
vendor = "Org"
docs_url = "https://docs.example.org/"
repo_url = "https://code.example.org/org/project"
description = "A thing that does one thing."
popularity = 50
aliases = ["project"]
tags = ["library"]
"""


def test_the_catalogue_knows_hundreds_of_libraries() -> None:
    assert len(shipped_libraries()) >= 250


@pytest.mark.parametrize(
    "library_id",
    ["/mongodb/docs", "/vercel/next.js", "/facebook/react", "/postgres/postgres", "/pallets/flask"],
)
def test_the_libraries_that_the_documentation_names_are_in_it(library_id: str) -> None:
    library = shipped_libraries()[library_id]
    assert library.id == library_id
    assert library.docs_url
    assert library.docs_url.startswith("https://")


def test_a_library_keeps_every_field_of_its_entry() -> None:
    flask = shipped_libraries()["/pallets/flask"]
    assert (flask.name, flask.vendor, flask.aliases) == ("Flask", "Pallets", ("flask",))
    assert flask.repo_url == "https://github.com/pallets/flask"
    assert flask.popularity_score == 90
    assert "python" in flask.tags


def test_no_two_libraries_share_an_address_or_a_name() -> None:
    libraries = shipped_libraries().values()

    assert len({library.docs_url for library in libraries}) == len(libraries)
    assert len({library.name.lower() for library in libraries}) == len(libraries)


def test_nobody_can_change_what_is_known() -> None:
    with pytest.raises(TypeError):
        shipped_libraries()["/org/project"] = shipped_libraries()["/pallets/flask"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("right", "wrong", "mistake"),
    [
        ('"https://docs.example.org/"', '"http://docs.example.org/"', "bad docs_url"),
        ('"https://docs.example.org/"', '"https://user@docs.example.org/"', "bad docs_url"),
        ('"https://code.example.org/org/project"', '"code.example.org"', "bad repo_url"),
        ('"/org/project"', '"/Org/Project"', "bad id"),
        ('"A thing that does one thing."', '"A thing"', "bad description"),
        ("popularity = 50", "popularity = 101", "bad popularity"),
        ('["project"]', '["Project"]', "bad aliases"),
        ('["library"]', "[]", "bad tags"),
        ('["library"]', '["library"]\npackages = ["A Package"]', "bad packages"),
        ('["library"]', '["library"]\nimports = [""]', "bad imports"),
        ('vendor = "Org"', "", "lacks or does not know vendor"),
        ('vendor = "Org"', 'vendor = "Org"\nversion = "1"', "lacks or does not know version"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_mistake(right: str, wrong: str, mistake: str) -> None:
    with pytest.raises(SettingsError, match=mistake):
        parse_shipped(ENTRY.replace(right, wrong, 1))


def test_an_id_that_is_no_library_id_is_refused() -> None:
    with pytest.raises(InvalidLibraryId):
        parse_shipped(ENTRY.replace('"/org/project"', '"project"'))


def test_every_mistake_is_named_at_once() -> None:
    other = ENTRY.replace("/org/project", "/org/other").replace("popularity = 50", "popularity = -1")
    with pytest.raises(SettingsError) as caught:
        parse_shipped(ENTRY + other)
    assert "/org/other has a bad popularity" in str(caught.value)
    assert "project is claimed 2 times" in str(caught.value)


def test_no_two_libraries_answer_to_one_name() -> None:
    keys = Counter(
        key
        for library in shipped_libraries().values()
        for key in {name_key(name) for name in (library.name, *library.aliases)}
    )
    assert [key for key, count in keys.items() if count > 1] == []


def test_packages_and_imports_may_be_left_out_and_are_claimed_once() -> None:
    entry = ENTRY + 'packages = ["@org/project"]\nimports = ["Project"]\n'
    library = parse_shipped(entry)["/org/project"]
    assert (library.packages, library.imports) == (("@org/project",), ("Project",))
    assert parse_shipped(ENTRY)["/org/project"].packages == ()
    other = entry.replace("/org/project", "/org/other").replace('["project"]', '["other"]')
    with pytest.raises(SettingsError) as caught:
        parse_shipped(entry + other)
    assert "@org/project is claimed 2 times" in str(caught.value)
    assert "Project is claimed 2 times" in str(caught.value)


def test_two_editions_of_the_catalogue_can_be_told_apart() -> None:
    assert edition() == edition()
    assert len(edition()) == 64
