"""Bars of charts, to an eighth of a cell."""

from decimal import Decimal


def bar(part: int | Decimal, whole: int | Decimal, cells: int) -> str:
    """So many of the cells as `part` is of `whole`: at least a sliver of what is above zero, nothing of the rest."""
    if part <= 0 or whole <= 0:
        return ""
    eighths = max(1, min(round(part * cells * 8 / whole), cells * 8))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
