"""What happens often is told at once, then once a minute."""

from datetime import UTC, datetime, timedelta

from mcp_server.http.told_once import ToldOnce

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_the_first_is_told_then_none_of_the_minute_and_then_how_many_there_were() -> None:
    seconds = iter([0, 1, 59, 60, 61])
    said = ToldOnce(lambda: NOON + timedelta(seconds=next(seconds)))
    assert [said.happened("stripe") for _ in range(5)] == [1, None, None, 3, None]


def test_one_says_nothing_of_another_and_a_clock_that_was_set_back_silences_nobody() -> None:
    seconds = iter([0, 1, -3600])
    said = ToldOnce(lambda: NOON + timedelta(seconds=next(seconds)))
    assert [said.happened(about) for about in ("stripe", "paypal", "stripe")] == [1, 1, 1]
