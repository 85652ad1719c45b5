import pytest

from mcp_server.libraries.asked import read
from mcp_server.libraries.resolve import guesses, ranked, waiting
from shared.model.library import Candidate
from tests.unit.mcp_server.samples import candidate


def ids(name: str, candidates: list[Candidate], question: str = "") -> list[str]:
    return [match.id for match in ranked(read(name), question, candidates)]


def test_an_exact_name_precedes_a_popular_likeness() -> None:
    popular = candidate("/vercel/next.js", "Next.js", similarity=0.9, text_rank=0.9, popularity_score=1000)
    exact = candidate("/own/nextjs-cli", "nextjs-cli", answers=("nextjscli",), similarity=1.0)

    found = ranked(read("nextjs-cli"), "", [popular, exact])

    assert [match.id for match in found] == ["/own/nextjs-cli", "/vercel/next.js"]
    assert found[0].confidence == 0.95
    assert found[1].confidence < 0.8


def test_an_id_is_certain_and_beats_a_namesake_of_another_owner() -> None:
    fork = candidate("/fork/flask", "Flask", similarity=1, popularity_score=900)
    official = candidate("/pallets/flask", "Flask", answers=("palletsflask",), similarity=1)

    found = ranked(read("/pallets/flask"), "", [fork, official])

    assert (found[0].id, found[0].confidence) == ("/pallets/flask", 1.0)


def test_a_name_that_several_share_is_less_certain_and_the_popular_one_comes_first() -> None:
    fork = candidate("/fork/flask", "Flask", answers=("flask",), popularity_score=1)
    official = candidate("/pallets/flask", "Flask", answers=("flask",), popularity_score=90)

    found = ranked(read("flask"), "", [fork, official])

    assert [match.id for match in found] == ["/pallets/flask", "/fork/flask"]
    assert [match.confidence for match in found] == [0.76, 0.76]


def test_the_official_one_precedes_a_more_popular_namesake() -> None:
    official = candidate("/pallets/flask", "Flask", answers=("flask",), known=True)
    fork = candidate("/fork/flask", "Flask", answers=("flask",), popularity_score=900)

    assert ids("flask", [fork, official]) == ["/pallets/flask", "/fork/flask"]


def test_an_alias_counts_as_the_name_and_a_package_for_a_little_less() -> None:
    postgres = candidate("/postgres/postgres", "Postgres", answers=("pg",), aliases=("pg",))
    driver = candidate("/brianc/node-postgres", "node-postgres", answers=("pg",), packages=("pg",))

    found = ranked(read("pg"), "", [driver, postgres])

    assert [match.id for match in found] == ["/postgres/postgres", "/brianc/node-postgres"]
    assert [match.confidence for match in found] == [0.95, 0.9]


def test_among_equals_the_question_decides_before_popularity() -> None:
    vue = candidate("/vuejs/router", "Router", answers=("router",), vendor="Vue", popularity_score=90)
    react = candidate("/remix-run/router", "Router", answers=("router",), vendor="React", popularity_score=10)

    assert ids("router", [vue, react], "loader in React")[0] == "/remix-run/router"


def test_a_slip_precedes_what_is_only_alike_and_swapped_letters_precede_a_wrong_one() -> None:
    alike = candidate("/own/djnago-tools", "djnago tools", similarity=0.9, popularity_score=900)
    wrong = candidate("/own/dinago", "Dinago", answers=("dinago",), popularity_score=900)
    meant = candidate("/django/django", "Django", answers=("django",))

    assert ids("djnago", [alike, wrong, meant]) == ["/django/django", "/own/dinago", "/own/djnago-tools"]


def test_of_several_words_that_are_names_the_one_that_explains_the_others_is_meant() -> None:
    python = candidate("/python/cpython", "Python", answers=("python",), popularity_score=90)
    requests = candidate("/psf/requests", "Requests", answers=("requests",), tags=("http", "python"))

    assert ids("python requests library", [python, requests]) == ["/psf/requests", "/python/cpython"]


def test_the_package_of_a_module_precedes_what_is_one_slip_away() -> None:
    package = candidate("/pytorch/pytorch", "PyTorch", answers=("torch",), packages=("torch",))
    near = candidate("/own/torchn", "torchn", answers=("torchn",), popularity_score=900)

    assert ids("torch.nn", [near, package])[0] == "/pytorch/pytorch"


def test_a_library_without_documentation_is_not_offered_but_can_be_named() -> None:
    empty = candidate("/mongodb/docs", "MongoDB", answers=("mongodb",), versions=())

    assert ids("MongoDB", [empty]) == []
    assert waiting(read("MongoDB"), "", [empty]) == ["/mongodb/docs"]


def test_what_is_meant_exactly_and_is_not_here_is_named_before_what_is_alike_and_here() -> None:
    empty = candidate("/flutter/flutter", "Flutter", answers=("flutter",), versions=())
    alike = candidate("/own/flutter-tools", "flutter tools", similarity=0.6)
    exact = candidate("/fork/flutter", "Flutter", answers=("flutter",))

    assert waiting(read("flutter"), "", [alike, empty]) == ["/flutter/flutter"]
    assert waiting(read("flutter"), "", [alike, empty, exact]) == []


def test_a_name_that_is_met_as_a_whole_precedes_one_without_its_common_words() -> None:
    whole = candidate(
        "/playframework/playframework", "Play Framework", answers=("playframework",), versions=()
    )
    core = candidate("/own/play", "Play", answers=("play",))

    assert waiting(read("play framework"), "", [whole, core]) == ["/playframework/playframework"]
    assert waiting(read("play"), "", [core]) == []


def test_what_is_not_here_is_guessed_from_a_slip_or_a_part() -> None:
    django = candidate("/django/django", "Django", answers=("django",), versions=())
    python = candidate("/python/cpython", "Python", answers=("python",), versions=())

    assert waiting(read("djnago python"), "", [django, python]) == []
    assert guesses(read("djnago"), "", [django]) == ["/django/django"]
    assert guesses(read("djnago python"), "", [python]) == ["/python/cpython"]


def test_the_default_version_is_listed_first() -> None:
    flask = candidate("/pallets/flask", "Flask", answers=("flask",), versions=("3.0", "2.2", "latest"))

    [found] = ranked(read("flask"), "", [flask])

    assert found.versions == ("latest", "3.0", "2.2")
    assert (found.asked_version, found.pinned_version) == (None, None)


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("flask 2.2", ""),
        ("flask@2.2", ""),
        ("flask 2.2 blueprints", ""),
        ("flask", "blueprints in Flask 2.2?"),
        ("", "flask 2.2 blueprints"),
    ],
)
def test_a_version_that_was_named_is_listed_first(name: str, question: str) -> None:
    flask = candidate("/pallets/flask", "Flask", answers=("flask",), versions=("latest", "3.0", "2.2.5"))

    [found] = ranked(read(name or question), question, [flask])

    assert found.id == "/pallets/flask"
    assert found.versions == ("2.2.5", "latest", "3.0")
    assert (found.asked_version, found.pinned_version, found.default_version) == ("2.2", "2.2.5", "latest")


def test_a_version_that_is_not_here_is_not_replaced_by_another() -> None:
    flask = candidate("/pallets/flask", "Flask", answers=("flask",), versions=("latest", "2.20"))

    [found] = ranked(read("flask 2.2"), "", [flask])

    assert found.versions == ("latest", "2.20")
    assert (found.asked_version, found.pinned_version) == ("2.2", None)


def test_the_named_version_is_listed_however_many_there_are() -> None:
    many = tuple(f"{number}.0" for number in range(90, 0, -1))

    [found] = ranked(
        read("flask 7"), "", [candidate("/pallets/flask", "Flask", answers=("flask",), versions=many)]
    )

    assert found.versions[0] == "7.0"
    assert len(found.versions) == 20


def test_no_more_than_ten_are_offered() -> None:
    many = [candidate(f"/own/thing-{number}", f"thing {number}", similarity=0.4) for number in range(20)]

    assert len(ids("thing", many)) == 10


@pytest.mark.parametrize(
    ("name", "pinned"),
    [
        ("flask 2.2.5", "2.2"),
        ("flask>=2,<3", "2.3"),
        ("flask<2.3", "2.2"),
        ("flask==4", None),
        ("flask^4", None),
    ],
)
def test_a_release_or_range_beside_the_name_pins_what_stands_for_it(name: str, pinned: str | None) -> None:
    flask = candidate("/pallets/flask", "Flask", answers=("flask",), versions=("3.0", "2.3", "2.2"))

    [found] = ranked(read(name), "", [flask])

    assert found.pinned_version == pinned


def test_the_source_is_where_the_served_crawl_of_the_version_began() -> None:
    crawled = {"latest": "https://flask.example/en/stable/", "2.2": "https://flask.example/en/2.2.x/"}
    flask = candidate(
        "/pallets/flask",
        "Flask",
        answers=("flask",),
        versions=("latest", "2.2", "2.1"),
        docs_url="https://flask.example/",
        sources=crawled,
    )

    said = [ranked(read(name), "", [flask])[0].source for name in ("flask", "flask 2.2.1", "flask 2.1")]

    assert said == [crawled["latest"], crawled["2.2"], "https://flask.example/"]
