"""Ranges of whole releases mean what Python's own packaging library takes them for."""

from hypothesis import given
from hypothesis import strategies as some
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from shared.model.version import MOST_CHARACTERS, standing_for

releases = some.tuples(*[some.integers(0, 3)] * 3).map(lambda numbers: ".".join(map(str, numbers)))
bounds = some.builds(str.__add__, some.sampled_from(("~=", "==", "!=", ">=", "<=", ">", "<")), releases)
ranges = some.lists(bounds, min_size=2, max_size=3, unique=True).map(",".join)


@given(wanted=ranges, served=some.lists(releases, max_size=8, unique=True))
def test_the_highest_release_inside_a_range_is_the_one_that_packaging_would_take(
    wanted: str, served: list[str]
) -> None:
    inside = sorted(SpecifierSet(wanted).filter(served), key=Version)

    assert standing_for(wanted, served) == (inside[-1] if inside else None)


@given(
    asked=some.text("0123456789.x*^~<>=!,| v-+", max_size=MOST_CHARACTERS),
    served=some.lists(releases, max_size=4),
)
def test_whatever_is_asked_for_gets_a_served_version_or_none(asked: str, served: list[str]) -> None:
    assert standing_for(asked, served) in (None, *served)
