"""Rows as CSV: what a spreadsheet reads, and does not compute."""

import csv
from decimal import Decimal
from io import StringIO

import pytest

from admin.rows import as_csv


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
