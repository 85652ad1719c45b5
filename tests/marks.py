"""Rows of a parametrised test that differ in little: the default run takes the first, CI all of them."""

from typing import Any

import pytest


def slow(*rows: Any) -> list[Any]:
    """The rows, marked slow; a tuple is the values of one row."""
    return [
        pytest.param(*(row if isinstance(row, tuple) else (row,)), marks=pytest.mark.slow) for row in rows
    ]
