"""The picture of what somebody asked, a column a day."""

from datetime import date

import pytest

from mcp_server.http.account.chart import chart

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("requests", "lines"), [(1, ["0", "1"]), (2, ["0", "1", "2"]), (3_000, ["0", "1,000"])]
)
def test_its_lines_are_whole_numbers_of_requests(requests: int, lines: list[str]) -> None:
    drawn = chart([{"day": TODAY, "requests": requests}], TODAY)

    assert drawn is not None
    assert [label for label, _ in drawn["lines"]][: len(lines)] == lines


def test_nothing_is_drawn_where_nothing_was_asked() -> None:
    assert chart([], TODAY) is None
