"""What shrinks by more than a fifth waits for a person."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ingest.generation.shrink import LARGEST_LOSS, Size, shrinkage


def test_a_fifth_less_is_served_and_more_than_that_is_held() -> None:
    served = Size(pages=100, chunks=1_000)
    assert shrinkage(served, Size(80, 800)) is None
    assert shrinkage(served, Size(79, 1_000)) == "79 pages instead of 100 (21 % fewer)"
    assert shrinkage(served, Size(100, 799)) == "799 chunks instead of 1,000 (20.1 % fewer)"
    both = shrinkage(served, Size(10, 90))
    assert both == "10 pages instead of 100 (90 % fewer), 90 chunks instead of 1,000 (91 % fewer)"


def test_growth_is_never_held_and_nothing_cannot_shrink() -> None:
    assert shrinkage(Size(0, 0), Size(0, 0)) is None
    assert shrinkage(Size(1, 1), Size(1_000, 1_000)) is None


counts = st.integers(0, 10_000)


@given(counts, counts, counts, counts)
def test_the_guard_speaks_exactly_when_pages_or_chunks_lose_more_than_its_limit(
    pages: int, chunks: int, new_pages: int, new_chunks: int
) -> None:
    kept = 1 - LARGEST_LOSS
    small = new_pages < Fraction(pages) * kept or new_chunks < Fraction(chunks) * kept
    assert (shrinkage(Size(pages, chunks), Size(new_pages, new_chunks)) is not None) == small
