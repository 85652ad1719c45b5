"""Pure: limits as rows say them, and whether two instants are in one month of them."""

from collections.abc import Mapping
from typing import Any

from shared.model.account import Limits

MOST_PER_MINUTE = 100_000
"""The times of a minute's calls are kept: ten bytes each, a megabyte for so many."""
MOST = 2_147_483_647


def limits_of(row: Mapping[str, Any]) -> Limits:
    """From a row of `authenticate_key`."""
    return Limits(
        minute=row["minute"],
        day=row["day"],
        month_requests=row["month_requests"],
        month_tokens=row["month_tokens"],
        concurrent=row["concurrent"],
        month_starts=tuple(sorted(row["month_starts"])),
    )
