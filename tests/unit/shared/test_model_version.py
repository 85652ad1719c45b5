"""Which served version stands for one that is asked for."""

import pytest

from shared.model.version import MOST_CHARACTERS, same, standing_for

SERVED = ["latest", "0.3", "1.9", "2.2", "2.3", "2.20", "3.0-rc1"]
RELEASES = ["latest", "v4.0", "3.20", "3.2.25", "3.2.4"]


@pytest.mark.parametrize(
    ("asked", "stands"),
    [
        ("2.2", "2.2"),
        ("v2.2", "2.2"),
        ("V2.2", "2.2"),
        ("2.2.2", "2.2"),
        ("2.2.x", "2.2"),
        ("2.2.*", "2.2"),
        ("2.2.0rc1", "2.2"),
        ("2.2-rc1", "2.2"),
        ("2.2+local", "2.2"),
        ("==2.2.2", "2.2"),
        ("=2.2", "2.2"),
        ("2.20", "2.20"),
        ("2.20.1", "2.20"),
        ("2.200", None),
        ("2", "2.20"),
        ("2.x", "2.20"),
        ("1", "1.9"),
        ("3", "3.0-rc1"),
        ("3.0", "3.0-rc1"),
        ("2.4", None),
        ("5", None),
        ("LATEST", "latest"),
        ("stable", None),
        ("latest.1", None),
    ],
)
def test_a_release_is_itself_or_the_line_it_is_of_or_the_newest_of_the_line(
    asked: str, stands: str | None
) -> None:
    assert standing_for(asked, SERVED) == stands


@pytest.mark.parametrize(
    ("asked", "stands"),
    [
        ("3.2", "3.2.25"),
        ("3.2.x", "3.2.25"),
        ("3.2.4", "3.2.4"),
        ("3.2.5", None),
        ("3", "3.20"),
        ("v4.0", "v4.0"),
        ("4.0", "v4.0"),
        ("4.0.1", "v4.0"),
        ("~3.2.4", "3.2.25"),
        ("~3.2.5", "3.2.25"),
        ("^3", "3.20"),
        ("<3.2.25", "3.2.4"),
    ],
)
def test_exact_releases_are_lines_of_their_own(asked: str, stands: str | None) -> None:
    assert standing_for(asked, RELEASES) == stands


@pytest.mark.parametrize(
    ("served", "asked", "stands"),
    [
        (["2", "2.2"], "2.2.2", "2.2"),
        (["2", "2.2.3"], "2.2", "2"),
        (["2.2", "2.2.x"], "2.2.x", "2.2.x"),
        (["2.2.x"], "2.2", "2.2.x"),
        (["2.2.x"], "2.2.7", "2.2.x"),
        (["2.2.x"], "^2.1", "2.2.x"),
        (["v2.2", "2.2"], "2.2", "2.2"),
        (["stable", "stable-2.2"], "stable", "stable"),
        (["stable-2.2"], "stable", None),
        (["main"], "main-dev", None),
        ([], "2", None),
    ],
)
def test_the_very_spelling_comes_first_then_the_nearest_line(
    served: list[str], asked: str, stands: str | None
) -> None:
    assert standing_for(asked, served) == stands


@pytest.mark.parametrize(
    ("asked", "stands"),
    [
        ("^2.2", "2.20"),
        ("^2.2.5", "2.20"),
        ("^v2.2", "2.20"),
        ("^0.3.1", "0.3"),
        ("^0.2", None),
        ("^0.0.3", None),
        ("^1.10", None),
        ("^2.21", None),
        ("~2.2", "2.2"),
        ("~2.2.5", "2.2"),
        ("~2", "2.20"),
        ("~=2.2.0", "2.2"),
        ("~=2.2.5", "2.2"),
        ("~=2.2", "2.20"),
        ("~>2.2", "2.20"),
        ("~>2.2.0", "2.2"),
        (">=2,<3", "2.20"),
        (">= 2, < 2.3", "2.2"),
        (">=2 <2.3", "2.2"),
        (">2.2,<=2.3", "2.3"),
        (">2.20", "3.0-rc1"),
        ("<2.2", "1.9"),
        ("<2.2.5", "2.2"),
        ("<=2.2", "2.2"),
        (">=2,!=2.20", "2.3"),
        (">=2,!=2.20.1,<3", "2.20"),
        ("==2.2.*,!=2.2.1", "2.2"),
        ("1.2 - 2.2", "2.2"),
        ("^1 || ^0.3", "1.9"),
        ("^1|^2", "2.20"),
        ("1.x || 2.2.x", "2.2"),
        ("^2.2.0-beta.1", "2.20"),
        (">=2.2.0rc1,<2.3", "2.2"),
        ("*", "2.20"),
        ("x", "2.20"),
        (">=3", "3.0-rc1"),
        (">=4", None),
        ("<0.3", None),
        ("^", None),
        (">=", None),
        ("~~2", None),
        ("=>2", None),
        (">=two", None),
        (",", None),
        ("^2 || ", None),
    ],
)
def test_a_range_takes_the_highest_version_that_has_a_release_inside_it(
    asked: str, stands: str | None
) -> None:
    assert standing_for(asked, SERVED) == stands


def test_names_have_no_place_in_a_range() -> None:
    assert standing_for(">=0", ["latest", "stable", "main", "jdk-17"]) is None


def test_what_is_too_long_for_a_version_is_not_read() -> None:
    assert standing_for("^1" + " " * MOST_CHARACTERS, ["1"]) is None
    assert standing_for("a " * 1_000_000, ["1"]) is None


def test_any_of_a_line_as_python_writes_it_is_a_range() -> None:
    served = ["2.2", "2.2.3", "2.3"]

    assert [standing_for(asked, served) for asked in ("==2.2.*", "~=2.2.0", "2.2.*")] == [
        "2.2.3",
        "2.2.3",
        "2.2",
    ]


@pytest.mark.parametrize(
    ("asked", "served"),
    [("^2.5", ["2.2rc1", "2.1"]), ("<2.1", ["2.2rc1"]), ("^3.5", ["3.0b2"]), ("^٢", ["2.2"])],
)
def test_a_version_before_a_release_stands_for_no_other_line(asked: str, served: list[str]) -> None:
    assert standing_for(asked, served) is None


def test_a_version_before_a_release_is_of_its_line() -> None:
    assert standing_for("^2.2", ["2.1", "2.2rc1"]) == "2.2rc1"


@pytest.mark.parametrize(
    ("asked", "stands"),
    [
        ("3.0.0-rc1", "3.0-rc1"),
        ("v3.0rc1", "3.0-rc1"),
        ("3.0.0-rc.1", "3.0-rc1"),
        ("3-pre1", "3.0-rc1"),
        ("3.0-rc2", "3.0"),
        ("3.0-beta.1", "3.0"),
        ("3.13rc1", "3.13"),
        ("3.13.0a7", "3.13"),
        ("3.13.dev0", "3.13"),
        ("4.0-alpha", "v4.0.0a0"),
        ("4.0b1", None),
        ("3.1rc1", None),
        ("3.0", "3.0"),
        ("4", "v4.0.0a0"),
    ],
)
def test_what_comes_before_a_release_is_itself_in_any_spelling_or_of_the_line_of_that_release(
    asked: str, stands: str | None
) -> None:
    assert standing_for(asked, ["3.13", "3.0", "3.0-rc1", "v4.0.0a0"]) == stands


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("2.2", "v2.2", True),
        ("2.2", "==2.2", True),
        ("2.2.x", "2.2", True),
        ("3.0-rc1", "3.0.0rc1", True),
        ("Stable", "stable", True),
        ("2.2", "2.2.0", False),
        ("2.2", "2.20", False),
        ("2.2", "^2.2", False),
        ("3.0", "3.0rc1", False),
    ],
)
def test_two_spellings_may_be_of_one_version(one: str, other: str, are: bool) -> None:
    assert same(one, other) is same(other, one) is are
