import pytest

from mcp_server.resolve import asked_name, ranked, waiting
from tests.unit.mcp_server.samples import candidate


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("  Next.js  ", "Next.js"),
        ("Next.js 14", "Next.js"),
        ("flask@2.2", "flask"),
        ("Django v5.0.x", "Django"),
        ("H2", "H2"),
        ("2.2", "2.2"),
        ("/pallets/flask", "/pallets/flask"),
        ("/pallets/flask/2.2", "/pallets/flask"),
        ("/pallets/flask@2.2", "/pallets/flask"),
        ("/not an id", "/not an id"),
        ("", ""),
        ("x" * 100_000, "x" * 200),
    ],
)
def test_the_version_is_not_part_of_the_name(asked: str, name: str) -> None:
    assert asked_name(asked) == name


def test_an_exact_name_precedes_a_popular_likeness() -> None:
    popular = candidate("/vercel/next.js", "Next.js", similarity=0.9, text_rank=0.9, popularity_score=1000)
    exact = candidate("/own/nextjs-cli", "nextjs-cli", exact=True, similarity=1.0)

    found = ranked("nextjs-cli", "", [popular, exact])

    assert [match.id for match in found] == ["/own/nextjs-cli", "/vercel/next.js"]
    assert found[0].confidence == 0.95
    assert found[1].confidence < 0.8


def test_an_id_is_certain_and_beats_a_namesake_of_another_owner() -> None:
    fork = candidate("/fork/flask", "Flask", exact=True, similarity=1, popularity_score=900)
    official = candidate("/pallets/flask", "Flask", exact=True, similarity=1)

    found = ranked("/pallets/flask", "", [fork, official])

    assert (found[0].id, found[0].confidence) == ("/pallets/flask", 1.0)


def test_a_name_that_several_share_is_less_certain_and_the_popular_one_comes_first() -> None:
    fork = candidate("/fork/flask", "Flask", exact=True, popularity_score=1)
    official = candidate("/pallets/flask", "Flask", exact=True, popularity_score=90)

    found = ranked("flask", "", [fork, official])

    assert [match.id for match in found] == ["/pallets/flask", "/fork/flask"]
    assert [match.confidence for match in found] == [0.76, 0.76]


def test_an_alias_counts_as_the_name() -> None:
    found = ranked(
        "postgresql", "", [candidate("/postgres/postgres", "Postgres", exact=True, aliases=("PostgreSQL",))]
    )

    assert found[0].confidence == 0.95


def test_among_equals_the_question_decides_before_popularity() -> None:
    vue = candidate("/vuejs/router", "Router", exact=True, vendor="Vue", popularity_score=90)
    react = candidate("/remix-run/router", "Router", exact=True, vendor="React", popularity_score=10)

    assert ranked("router", "loader in React", [vue, react])[0].id == "/remix-run/router"


def test_a_library_without_documentation_is_not_offered_but_can_be_named() -> None:
    empty = candidate("/mongodb/docs", "MongoDB", exact=True, versions=())

    assert ranked("MongoDB", "", [empty]) == []
    assert waiting([empty]) == ["/mongodb/docs"]


def test_the_default_version_is_listed_first() -> None:
    found = ranked(
        "flask", "", [candidate("/pallets/flask", "Flask", exact=True, versions=("3.0", "2.2", "latest"))]
    )

    assert found[0].versions == ("latest", "3.0", "2.2")


def test_no_more_than_ten_are_offered() -> None:
    many = [candidate(f"/own/thing-{number}", f"thing {number}", similarity=0.4) for number in range(20)]

    assert len(ranked("thing", "", many)) == 10
