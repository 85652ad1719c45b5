"""Reports in a narrow terminal: no amount is cut or broken."""

from datetime import date
from decimal import Decimal
from io import StringIO

from rich.console import Console

from admin.commands.books.report_screens import By, Revenue, Vat, draw_revenue, draw_vat
from shared.billing.reports.vat import Sum

DAYS = (date(2026, 10, 1), date(2026, 12, 31), "Europe/Paris")
MOST = Decimal("123456789012.345")


def screen_of_80_columns() -> Console:
    return Console(width=80, force_terminal=True, file=StringIO(), highlight=False, color_system=None)


def shown(console: Console) -> list[str]:
    assert isinstance(console.file, StringIO)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80, lines
    return lines


def test_large_sums_stand_whole_on_a_line_below() -> None:
    console = screen_of_80_columns()
    whole = Sum(
        currency="KWD", country="DE", category="S", rate=Decimal("25.5"), kind="credit_note", documents=12345,
        base=-MOST, tax=-MOST,
    )  # fmt: skip
    draw_vat(console, Vat(*DAYS, False, "EUR", {}, [whole], [None]))
    lines = shown(console)
    assert lines[0] == "days  2026-10-01 to 2026-12-31 of Europe/Paris, not over yet"
    assert "DE   S    25.5 %  12,345 credit notes" in lines
    assert "  -123,456,789,012.345  -123,456,789,012.345  -246,913,578,024.690" in lines


def test_large_revenue_and_long_plans_stand_whole() -> None:
    console = screen_of_80_columns()
    row = {"plan": "p" * 50, "currency": "KWD", "invoiced": MOST, "credited": MOST, "revenue": Decimal(0)}
    draw_revenue(console, Revenue(*DAYS, [row]), By.PLAN)
    lines = shown(console)
    assert "p" * 50 in lines
    assert "  123,456,789,012.345  123,456,789,012.345        0.000" in lines
