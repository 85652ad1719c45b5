"""Rows as CSV: what a spreadsheet reads, and does not compute."""

import csv
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from admin.rows import as_csv, minute


def test_csv_is_that_of_rfc_4180() -> None:
    told = as_csv(
        ("a", "b"), [{"a": 'say "hi", or\r\nnot', "b": None, "c": 1}, {"a": "é", "b": Decimal("-1.50")}]
    )
    assert told == 'a,b\r\n"say ""hi"", or\r\nnot",\r\né,-1.50\r\n'
    assert list(csv.reader(StringIO(told, newline="")))[1] == ['say "hi", or\r\nnot', ""]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1"])
def test_text_that_a_spreadsheet_would_compute_stays_text(text: str) -> None:
    [_, [cell]] = csv.reader(StringIO(as_csv(("a",), [{"a": text}]), newline=""))
    assert cell == f"'{text}"


def test_a_minute_says_that_it_is_of_utc() -> None:
    assert minute(datetime(2026, 12, 31, 18, tzinfo=UTC)) == "2026-12-31 18:00 UTC"
    assert minute(datetime(2026, 12, 31, 18, tzinfo=timezone(timedelta(hours=2)))) == "2026-12-31 16:00 UTC"


def test_a_minute_stands_alone_only_below_a_heading_that_says_utc() -> None:
    commands = Path(__file__).parents[3] / "admin" / "commands"
    alone = [path for path in commands.rglob("*.py") if "minute_alone" in path.read_text("utf-8")]
    assert alone
    assert [path.name for path in alone if "(UTC)" not in path.read_text("utf-8")] == []
