import pytest

from bench.peers import addresses

ENTRY = r'"<entry><content>say \"hi\"</content><metadata>{\"url\": \"https://docs.example/a.html#b\"}</metadata></entry>"'


def test_the_addresses_of_a_peers_answer_are_read_from_the_list_that_it_is() -> None:
    assert (
        addresses(f"[\"Results for the query 'x'\", {ENTRY}, {ENTRY}]")
        == ["https://docs.example/a.html#b"] * 2
    )


def test_an_answer_in_another_form_is_an_error_and_no_miss() -> None:
    with pytest.raises(ValueError, match="otherwise than expected"):
        addresses('["Results", "<entry><content>x</content></entry>"]')
