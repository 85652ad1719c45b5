"""`billing status` as one page that needs nothing else: no network, no script."""

from decimal import Decimal
from typing import Any, Final

from admin.figures import figures, over, payments
from admin.rows import last_day, minute, money, sum_of
from shared import charts
from shared.billing.status import NOT_DUE, Books, Status
from shared.counted import counted
from shared.templates import environment
from shared.terminal.legible import legible

MOST_LISTED: Final = 100
"""Drafts and late months; JSON has all."""
HEIGHT, WIDTH = 186, 360
"""Of charts, in units of their pictures."""


def page(found: Status) -> str:
    """Its HTML; amounts and days are those of the terminal."""
    return (
        environment("admin.pages")
        .get_template("status.html")
        .render(
            at=minute(found.at),
            zone=found.zone,
            last_run=minute(found.last_run) if found.last_run else None,
            messages=[
                f"{found.messages[name]:,} {name}" for name in ("waiting", "failed") if found.messages[name]
            ],
            abroad=[(year, money(amount, "EUR"), over(amount)) for year, amount in found.abroad.items()],
            currencies=[_currency(books) for books in found.books],
            payments=payments(found.payments),
            not_attempted=[
                {
                    "number": legible(row["number"]),
                    "user": legible(row["user"]),
                    "due": money(row["due"], row["currency"]),
                    "reason": legible(row["reason"] or ""),
                }
                for row in found.payments.not_attempted[:MOST_LISTED]
            ],
            drafts=[
                {
                    "number": row["number"],
                    "user": legible(row["user"]),
                    "total": money(row["total"], row["currency"]),
                    "reason": legible(row["draft_reason"] or "the next run sends it"),
                }
                for row in found.drafts[:MOST_LISTED]
            ],
            draft_count=counted(len(found.drafts), "draft"),
            late=[
                {
                    "user": legible(row["user"]),
                    "days": f"{row['starts_on']} to {last_day(row['ends_on'])}",
                    "calls": f"{row['late_rows']:,}",
                }
                for row in found.late[:MOST_LISTED]
            ],
            late_count=counted(sum(row["late_rows"] for row in found.late), "call"),
            unlisted={
                name: max(0, len(rows) - MOST_LISTED)
                for name, rows in (
                    ("drafts", found.drafts),
                    ("late", found.late),
                    ("not_attempted", found.payments.not_attempted),
                )
            },
        )
    )


def _currency(books: Books) -> dict[str, Any]:
    code = books.currency
    return {
        "code": code,
        "figures": figures(books),
        "months": [(f"{month:%Y-%m}", sum_of(amount, code)) for month, amount in books.revenue.items()],
        "revenue": _revenue(books),
        "ages": _ages(books),
        "open": money(books.open, code),
        "credits": [(kind, sum_of(amount, code)) for kind, amount in books.credits.items()],
    }


def _revenue(books: Books) -> dict[str, Any] | None:
    """A column a month; none where nothing was invoiced."""
    if not any(books.revenue.values()):
        return None
    drawn = charts.columns(list(books.revenue.values()), HEIGHT)
    labels = [f"{line:,f}" for line, _ in drawn.lines]
    left = 7 * max(map(len, labels)) + 6
    slot = (Decimal(WIDTH) - left) / len(books.revenue)
    months = list(books.revenue.items())
    named = [month for month, _ in months if month.month == 1] or [months[0][0]]
    return {
        "left": left,
        "height": HEIGHT,
        "zero": drawn.zero,
        "lines": [(label, height) for label, (_, height) in zip(labels, drawn.lines, strict=True)],
        "bars": [
            {
                "x": (left + slot * place + slot / 6).quantize(Decimal("0.1")),
                "width": (slot * 2 / 3).quantize(Decimal("0.1")),
                "middle": (left + slot * place + slot / 2).quantize(Decimal("0.1")),
                "bar": bar,
                "month": f"{month:%Y-%m}",
                "name": f"{month:%b}",
                "year": month.year if month in named else "",
                "amount": money(amount, books.currency),
                "partial": place == len(months) - 1,
            }
            for place, ((month, amount), bar) in enumerate(zip(months, drawn.bars, strict=True))
        ],
    }


def _ages(books: Books) -> list[dict[str, Any]] | None:
    """A bar an age; none where nothing is open."""
    if not books.open:
        return None
    amounts = list(books.receivables.values())
    return [
        {
            "name": age if age == NOT_DUE else f"{age} days",
            "amount": sum_of(amount, books.currency),
            "invoices": counted(books.invoices[age], "invoice"),
            "length": length,
        }
        for (age, amount), length in zip(
            books.receivables.items(), charts.lengths(amounts, WIDTH), strict=True
        )
    ]
