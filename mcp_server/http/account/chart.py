"""Pure: requests of the last thirty days as columns of a picture."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from shared import charts
from shared.counted import counted
from shared.stores.postgres import Row

DAYS: Final = 30
HEIGHT, WIDTH = 150, 720
_DIGIT: Final = 6
_EVERY: Final = 7
"""Days between those that are named below the picture, back from the last one."""


def chart(rows: Sequence[Row], last: date) -> dict[str, Any] | None:
    """None where nothing was asked."""
    by_day = {row["day"]: row for row in rows}
    days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    amounts = [Decimal(by_day[day]["requests"]) if day in by_day else Decimal(0) for day in days]
    if not any(amounts):
        return None
    drawn = charts.columns(amounts, HEIGHT)
    lines = [(f"{int(line):,}", height) for line, height in drawn.lines if line == line.to_integral_value()]
    left = _DIGIT * max(len(label) for label, _ in lines) + 8
    slot = (Decimal(WIDTH) - left) / DAYS
    return {
        "height": HEIGHT,
        "width": WIDTH,
        "left": left,
        "zero": drawn.zero,
        "lines": lines,
        "bars": [
            {
                "x": _placed(left + slot * place + slot / 8),
                "width": _placed(slot * 3 / 4),
                "middle": _placed(left + slot * place + slot / 2),
                "bar": bar,
                "said": f"{day:%Y-%m-%d}: {counted(int(amount), 'request')}",
                "name": f"{day.day} {day:%b}" if (DAYS - 1 - place) % _EVERY == 0 else "",
                "partial": day == last,
            }
            for place, (day, amount, bar) in enumerate(zip(days, amounts, drawn.bars, strict=True))
        ],
    }


def _placed(length: Decimal) -> Decimal:
    return length.quantize(Decimal("0.1"))
