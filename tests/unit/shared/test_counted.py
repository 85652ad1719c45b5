"""Numbers stand before nouns of their own number."""

import pytest

from shared.counted import counted, named


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (0, "page", "0 pages"),
        (1, "page", "1 page"),
        (1170, "page", "1,170 pages"),
        (1, "index", "1 index"),
        (2, "index", "2 indexes"),
        (2, "address", "2 addresses"),
        (2, "entry", "2 entries"),
        (2, "day", "2 days"),
    ],
)
def test_a_noun_is_in_the_number_that_is_said(number: int, noun: str, said: str) -> None:
    assert counted(number, noun) == said
    assert said.endswith(f" {named(number, noun)}")
