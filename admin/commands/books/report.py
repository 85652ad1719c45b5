"""`lectern-admin billing report`: what an accountant asks for, as a table, JSON or CSV."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

import typer

from admin import when
from admin.commands.billing_session import Now, billing
from admin.commands.books import report_screens as screens
from admin.commands.books.report_screens import By, Revenue, Vat
from admin.commands.people.user import AsJson
from admin.rows import as_csv, as_json
from shared.billing.money import MOST, currency, number, rounded, trimmed
from shared.billing.parties import profiles, rates
from shared.billing.period import local_day, plus_months
from shared.billing.reports import reports, vat
from shared.errors import InvalidRequest
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.program import Program

app = Program(
    help="What an accountant asks for.\n\n"
    "$ lectern-admin billing report vat --period 2026Q4\n"
    "$ lectern-admin billing report revenue --by plan"
)

MONTHS: Final = 12
"""Of revenue, where nobody says since when."""
_SUM: Final = ("country", "category", "rate", "currency", "kind", "documents")
_AMOUNTS: Final = ("base", "tax", "gross")
_REVENUE: Final = ("invoiced", "credited", "revenue")

AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


@app.command("vat")
def show_vat(
    period: Annotated[str, typer.Option(metavar="PERIOD", help="2026, 2026Q4 or 2026-11.")],
    rate: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE=X", help="How much of a currency one unit of the seller's is worth."),
    ] = None,
    now: Now = None,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Show the VAT of what was issued in a period, by whose it is; credit notes are below zero.

    A rate is in units of the foreign currency for one of the seller's, as central banks publish them.

    $ lectern-admin billing report vat --period 2026Q4
    $ lectern-admin billing report vat --period 2026-11 --rate USD=1.08 --rate JPY=162.4 --csv
    """
    with ending():
        _one_form(json=json, csv=csv)
        days, typed = when.period(period), _rates(rate or ())
    found = run(_vat(days, typed, now))
    if json:
        typer.echo(as_json(_vat_as_json(found)))
    elif csv:
        names = (*_SUM, *_AMOUNTS, "converted_currency", *(f"converted_{name}" for name in _AMOUNTS))
        _print_csv(names, _vat_rows(found))
    else:
        screens.draw_vat(output(), found)


@app.command("revenue")
def show_revenue(
    by: Annotated[By, typer.Option(help="What a row is.")] = By.MONTH,
    since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Documents of that day or later.", show_default="12 months"),
    ] = None,
    now: Now = None,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Show what was invoiced without tax, less credit notes, as `billing status` does.

    $ lectern-admin billing report revenue
    $ lectern-admin billing report revenue --by plan --since 2026-01-01 --csv
    """
    with ending():
        _one_form(json=json, csv=csv)
        begun = when.day(since) if since else None
    found = run(_revenue(by, begun, now))
    if json:
        typer.echo(as_json({**_days(found), "by": by, "rows": list(map(_exact, found.rows))}))
    elif csv:
        _print_csv((by.value, "currency", *_REVENUE), map(_exact, found.rows))
    else:
        screens.draw_revenue(output(), found, by)


def _vat_as_json(found: Vat) -> dict[str, Any]:
    worth = {code: str(rate) for code, rate in found.rates.items()}
    head = {**_days(found), "over": found.over, "currency": found.into, "rates": worth}
    return {**head, "rows": list(_vat_rows(found))}


def _vat_rows(found: Vat) -> Iterable[dict[str, Any]]:
    for one, other in zip(found.sums, found.converted, strict=True):
        row = {name: getattr(one, name) for name in (*_SUM, *_AMOUNTS)} | {"rate": trimmed(one.rate)}
        into = found.into if other and found.rates else None
        beside = {
            f"converted_{name}": rounded(getattr(other, name), into) if into else None for name in _AMOUNTS
        }
        yield {**_exact(row), "converted_currency": into, **beside}


def _exact(row: Mapping[str, Any]) -> dict[str, Any]:
    """Amounts with the digits of the row's currency."""
    return {
        name: rounded(value, row["currency"]) if isinstance(value, Decimal) else value
        for name, value in row.items()
    }


def _days(found: Vat | Revenue) -> dict[str, Any]:
    return {"first": found.first, "last": found.last, "zone": found.zone}


def _print_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    typer.echo(as_csv(names, rows).encode(), nl=False)


def _one_form(*, json: bool, csv: bool) -> None:
    if json and csv:
        raise InvalidRequest("--json and --csv exclude each other", "name one of them")


def _rates(typed: Sequence[str]) -> dict[str, Decimal]:
    """Raises InvalidRequest."""
    found: dict[str, Decimal] = {}
    for text in typed:
        name, sign, worth = text.partition("=")
        if not sign:
            raise InvalidRequest(f"{text[:40]!r} is no rate", "write it as USD=1.08")
        code = currency(name)
        rate = number(worth)
        if rate is None or not 1 / MOST <= rate <= MOST:
            raise InvalidRequest(f"{worth[:40]!r} is no rate of {code}", "a rate is above zero, such as 1.08")
        if code in found:
            raise InvalidRequest(f"{code} has two rates", "name one of them")
        found[code] = rate
    return found


async def _vat(days: tuple[date, date], typed: Mapping[str, Decimal], now: str | None) -> Vat:
    first, last = days
    async with billing("billing report vat", now) as books:
        seller = await profiles.seller(books.connection)
        own = seller.currency
        if own in typed:
            raise InvalidRequest(
                f"{own} is the seller's own currency", f"name rates of others: X of it for one {own}"
            )
        today = local_day(books.now, seller.zone)
        _past(first, today)
        found = vat.sums(await reports.tax_groups(books.connection, first, last), rates.known())
        return Vat(
            first, last, seller.zone, last < today, own, typed, found, vat.converted(found, own, typed)
        )


async def _revenue(by: By, since: date | None, now: str | None) -> Revenue:
    async with billing("billing report revenue", now) as books:
        zone = (await profiles.seller(books.connection)).zone
        today = local_day(books.now, zone)
        first = since or plus_months(today.replace(day=1), 1 - MONTHS)
        _past(first, today)
        rows = await reports.revenue(books.connection, first, today, by_plan=by == By.PLAN)
        return Revenue(first, today, zone, _added(by, rows))


def _past(first: date, today: date) -> None:
    """Raises InvalidRequest."""
    if first > today:
        raise InvalidRequest(f"{first} is yet to come", f"today is {today}: name days that have begun")


def _added(by: By, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        called = f"{row['month']:%Y-%m}" if by == By.MONTH else row["plan"]
        none = {by.value: called, "currency": row["currency"], "invoiced": Decimal(0), "credited": Decimal(0)}
        one = found.setdefault((row["currency"], called or ""), none)
        for name in ("invoiced", "credited"):
            one[name] += row[name]
        one["revenue"] = one["invoiced"] - one["credited"]
    return [found[key] for key in sorted(found)]
