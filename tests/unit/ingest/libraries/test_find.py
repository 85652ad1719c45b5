"""Names and ids as operators type them."""

import pytest

from ingest.libraries.find import answering, read_typed
from ingest.libraries.shipped import shipped_libraries
from shared.errors import InvalidLibraryId
from shared.model.library import Library, LibraryRef, check_asked_version


@pytest.mark.parametrize(
    ("text", "ref", "name", "version"),
    [
        ("/pallets/flask", LibraryRef("/pallets/flask"), "", None),
        ("/pallets/flask/2.2", LibraryRef("/pallets/flask", "2.2"), "", None),
        ("pallets/flask@2.2", LibraryRef("/pallets/flask", "2.2"), "", None),
        ("acme/handbook", LibraryRef("/acme/handbook"), "", None),
        ("flask/2.2", LibraryRef("/flask/2.2"), "flask", "2.2"),
        ("flask", None, "flask", None),
        (" Next.js ", None, "Next.js", None),
        ("spring boot@3.2", None, "spring boot", "3.2"),
        ("@angular/core", None, "@angular/core", None),
        ("c++", None, "c++", None),
    ],
)
def test_what_is_typed_is_an_id_a_name_or_may_be_both(
    text: str, ref: LibraryRef | None, name: str, version: str | None
) -> None:
    typed = read_typed(text)
    assert (typed.id, typed.name, typed.version) == (ref, name, version)


def test_only_a_question_may_name_a_range() -> None:
    for text in ("/pallets/flask/^2.2", "/pallets/flask>=2,<3", "flask@^2.2"):
        assert read_typed(text, check_asked_version).named_version in ("^2.2", ">=2,<3")
        with pytest.raises(InvalidLibraryId):
            read_typed(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "/", "/flask", "/a/b/c/d", "https://flask.example/", "flask@1 0", "--", "x" * 200, "a/b c"],
)
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(InvalidLibraryId):
        read_typed(text)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("flask", ["/pallets/flask"]),
        ("FLASK", ["/pallets/flask"]),
        ("k8s", ["/kubernetes/kubernetes"]),
        ("mongodb", ["/mongodb/docs"]),
        ("next.js", ["/vercel/next.js"]),
        ("javascript", ["/mdn/content"]),
        ("pg", ["/postgres/postgres"]),
        ("flsk", []),
        ("docs", []),
        ("python.org", []),
    ],
)
def test_a_name_or_alias_of_the_catalogue_stands_for_its_library(name: str, ids: list[str]) -> None:
    assert answering(name, shipped_libraries().values()) == ids


def test_a_name_goes_before_a_project_and_a_project_before_a_package() -> None:
    named = Library("/a/one", "thing")
    project = Library("/b/thing", "Other")
    package = Library("/c/three", "Three", packages=("thing",))
    assert answering("thing", [package, project, named]) == ["/a/one"]
    assert answering("thing", [package, project]) == ["/b/thing"]
    assert answering("thing", [package]) == ["/c/three"]
    assert answering("thing", [named, Library("/d/four", "Thing")]) == ["/a/one", "/d/four"]
