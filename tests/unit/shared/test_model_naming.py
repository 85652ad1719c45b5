import pytest

from shared.model.library import Library
from shared.model.naming import addresses, name_rows, nearest, slips, spelled, spoken_names


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://docs.python.org/3/", ["docs.python.org/3", "docs.python.org"]),
        ("http://www.Example.org:8080/A/?q=1#part", ["example.org/a", "example.org"]),
        ("example.org", ["example.org"]),
        ("https://github.com/pallets/flask", ["github.com/pallets/flask"]),
        ("https://github.com/pallets", []),
        (
            "https://docs.rs/tokio/latest/tokio/",
            ["docs.rs/tokio/latest/tokio", "docs.rs/tokio/latest", "docs.rs/tokio"],
        ),
        ("https://docs.rs/", []),
    ],
)
def test_an_address_leads_up_to_where_one_library_begins(url: str, found: list[str]) -> None:
    assert addresses(url) == found


def test_a_library_is_called_by_id_project_name_aliases_packages_and_imports() -> None:
    library = Library(
        "/org/thing", "The Thing", aliases=("tt",), packages=("@org/thing",), imports=("Thing",)
    )

    assert spoken_names(library) == ("/org/thing", "thing", "The Thing", "tt", "@org/thing", "Thing")


@pytest.mark.parametrize("library_id", ["/mongodb/docs", "/mongodb/core", "/mongodb/cli"])
def test_a_project_that_says_nothing_gives_way_to_its_organisation(library_id: str) -> None:
    assert "mongodb" in spoken_names(Library(library_id, "MongoDB"))
    assert library_id.rpartition("/")[2] not in spoken_names(Library(library_id, "MongoDB"))


def test_ids_and_addresses_are_found_by_key_and_have_no_words() -> None:
    library = Library(
        "/vercel/next.js",
        "Next.js",
        docs_url="https://nextjs.org/docs",
        repo_url="https://github.com/vercel/next.js",
    )

    assert name_rows(library) == [
        ("nextjs", "next js"),
        ("vercelnextjs", ""),
        ("nextjsorgdocs", ""),
        ("nextjsorg", ""),
        ("githubcomvercelnextjs", ""),
    ]


def test_a_name_is_spelled_in_words() -> None:
    assert spelled("@TanStack/react_query v5") == "tanstack react query v5"


def test_what_is_too_long_to_be_typed_is_no_name() -> None:
    library = Library("/org/thing", "Thing", docs_url=f"https://thing.example/{'x' * 3000}/")

    assert name_rows(library) == [("thing", "thing"), ("orgthing", ""), ("thingexample", "")]


FAMOUS = [
    Library("/pallets/flask", "Flask"),
    Library("/apache/hadoop", "Hadoop"),
    Library("/facebook/react", "React", aliases=("reactjs",)),
    Library("/rust-lang/rust", "Rust standard library", aliases=("rust",)),
    Library("/rust-lang/book", "The Rust Programming Language", aliases=("rust book",)),
    Library("/mongodb/docs", "MongoDB", aliases=("mongo",)),
    Library("/elastic/elasticsearch", "Elasticsearch"),
    Library("/jestjs/jest", "Jest"),
    Library("/vercel/ai", "AI SDK"),
    Library("/psf/requests", "Requests"),
]


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("/palets/flask", ["/pallets/flask"]),
        ("/acme/flask", ["/pallets/flask"]),
        ("flsk", ["/pallets/flask"]),
        ("falsk", ["/pallets/flask"]),
        ("flaskk", ["/pallets/flask"]),
        ("request", ["/psf/requests"]),
        ("elasticsaerc", ["/elastic/elasticsearch"]),
        ("/mongodbb/docs", ["/mongodb/docs"]),
        ("reactjs", ["/facebook/react"]),
        ("/acme/handbook", []),
        ("/acme/runbook", []),
        ("/acme/docs", []),
        ("/acme/api", []),
        ("/acme/rest", []),
        ("/acme/test", []),
        ("/apache/handbook", []),
        ("/pallets/quart", []),
        ("/x/y", []),
        ("elasticsrh", []),
    ],
)
def test_only_a_slip_away_is_near(asked: str, near: list[str]) -> None:
    assert nearest(asked, FAMOUS) == near


def test_the_nearest_come_first_and_not_all_of_them() -> None:
    many = [Library(f"/{org}/flask", "Flask") for org in "abcdefg"]
    assert nearest("/d/flask", many)[0] == "/d/flask"
    assert len(nearest("flask", many)) == 5
    assert nearest("flasc", [Library("/a/flasks", "Flasks"), *FAMOUS]) == ["/pallets/flask"]


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [("", "", 0), ("", "ab", 2), ("ab", "", 2), ("flask", "flask", 0), ("flsk", "flask", 1), ("djanog", "django", 1),
     ("flask", "flusk", 1), ("ca", "abc", 3), ("kitten", "sitting", 3)],
)  # fmt: skip
def test_a_slip_is_a_letter_or_a_swap(one: str, other: str, far: int) -> None:
    assert slips(one, other) == slips(other, one) == far
