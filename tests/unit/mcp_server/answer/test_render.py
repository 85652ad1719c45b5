import pytest

from mcp_server.answer import render
from shared.model.answer import LibraryMatch

FLASK = LibraryMatch(
    id="/pallets/flask",
    title="Flask",
    description="A lightweight\nweb framework.",
    snippets=1234,
    versions=("2.2", "latest"),
    default_version="2.2",
    confidence=0.95,
    source="https://flask.palletsprojects.com/",
)
BARE = LibraryMatch(
    id="/own/thing",
    title="Thing",
    description="",
    snippets=0,
    versions=("latest",),
    default_version="latest",
    confidence=0.4,
    source=None,
)


def test_libraries_read_as_context7_writes_them() -> None:
    assert render.libraries_text([FLASK, BARE]) == (
        "Available Libraries:\n"
        "\n"
        "- Title: Flask\n"
        "- Context7-compatible library ID: /pallets/flask\n"
        "- Description: A lightweight web framework.\n"
        "- Code Snippets: 1234\n"
        "- Versions: 2.2, latest\n"
        "- Source: https://flask.palletsprojects.com/\n"
        "----------\n"
        "- Title: Thing\n"
        "- Context7-compatible library ID: /own/thing\n"
        "- Code Snippets: 0\n"
        "- Versions: latest"
    )


@pytest.mark.parametrize(("pinned", "said"), [(None, True), ("2.2", False)])
def test_a_version_that_was_asked_for_and_is_not_here_is_told(pinned: str | None, said: bool) -> None:
    asked = FLASK.model_copy(update={"asked_version": "2.2", "pinned_version": pinned})

    assert ("\n- Missing Version: 2.2\n" in render.libraries_text([asked])) is said


def test_misses_say_what_to_do_next() -> None:
    assert render.no_library_text("nosuch") == (
        "No library matches 'nosuch'. Try its usual name, or the name of its project or vendor."
    )
    assert render.no_library_text("mongo", ["/mongodb/docs"]) == (
        "'mongo' is /mongodb/docs, but its documentation is not indexed yet: "
        "run `ingest crawl /mongodb/docs`."
    )
    assert render.no_library_text("mogno", guesses=["/mongodb/docs"]) == (
        "No library here matches 'mogno'. If /mongodb/docs is meant, its documentation is not indexed yet: "
        "run `ingest crawl /mongodb/docs`."
    )
    assert render.unknown_library_text("/pallets/flsk", ["/pallets/flask"]) == (
        "There is no library /pallets/flsk here. Did you mean /pallets/flask? "
        "Call resolve-library-id with the library's name to get an id that exists."
    )
    assert render.unknown_version_text("/pallets/flask", "9", ["2.2", "latest"]) == (
        "There is no version 9 of /pallets/flask here. Available: 2.2, latest. "
        "Pin one as /pallets/flask/2.2, or ask /pallets/flask for the default version."
    )
    assert render.unknown_version_text("/pallets/flask", "latest", []) == (
        "The documentation of /pallets/flask is not indexed yet: run `ingest crawl /pallets/flask`, "
        "or call resolve-library-id to find another library."
    )
    assert render.nothing_found_text("/pallets/flask", "2.2", 500) == (
        "Nothing that fits into 500 tokens was found in /pallets/flask (version 2.2) for this query. "
        "Rephrase it with the name of the function, the option or the error message, or allow more tokens."
    )


def test_a_long_name_is_cut_where_it_is_repeated() -> None:
    assert len(render.no_library_text("x" * 100_000)) < 250
