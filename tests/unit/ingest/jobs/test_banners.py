"""Which texts stand on nearly every page."""

import pytest

from ingest.jobs.banners import FEWEST, Banners, common

NONE: frozenset[bytes] = frozenset()


@pytest.mark.parametrize(
    ("count", "pages", "is_one"),
    [(FEWEST, FEWEST, True), (FEWEST - 1, FEWEST, True), (FEWEST - 2, FEWEST, False), (FEWEST - 1, FEWEST - 1, False),
     (90, 100, True), (89, 100, False), (5, 100, False)],
)  # fmt: skip
def test_a_text_on_nearly_every_page_is_a_banner_and_a_note_on_some_is_none(
    count: int, pages: int, is_one: bool
) -> None:
    assert (common({b"a": count}, pages, NONE, 0) == {b"a"}) is is_one


def test_pages_that_are_not_read_now_have_the_banners_that_were_known() -> None:
    counts = {b"known": 3, b"new": 3}
    assert common(counts, 100, frozenset({b"known"}), 97) == {b"known"}
    assert common({b"new": 3}, 100, frozenset({b"known"}), 60) == NONE


def test_a_banner_is_told_with_its_text_and_its_pages() -> None:
    banners = Banners(())
    for at in range(10):
        banners.add(f"/{at}", {b"banner": "Read the news."} if at != 4 else {b"x": "Another text."})
    kept = {f"/{at}" for at in range(10)}
    assert banners.found(kept) == {b"banner"}
    assert set(banners.standing({b"banner"})) == kept - {"/4"}
    banners.settle({b"banner"})
    assert list(banners.known.values()) == ["Read the news."]
