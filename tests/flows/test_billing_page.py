"""The page about billing: its tables, its examples and its commands are what the code does."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from admin.commands.plans.plan_screen import show_plan
from shared.billing import money
from shared.billing.plans import plans
from shared.billing.plans.plan import PlanVersion
from shared.billing.plans.rating import rate
from shared.settings import IngestSettings
from shared.stores.postgres import Database, Row
from tests.flows.asking import server_environment
from tests.flows.server_process import ROOT

pytestmark = pytest.mark.anyio

PAGE = (ROOT / "docs" / "pages" / "billing.md").read_text()
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def shipped(database: Database) -> AsyncIterator[dict[str, tuple[Row, PlanVersion]]]:
    async with database.transaction() as connection:
        made = await plans.versions(connection)
        yield {
            row["id"]: (row, one)
            for row in await plans.rows(connection)
            if (one := plans.at(made, row["id"], NOW))
        }


def table(first: str) -> list[list[str]]:
    """The rows of the table whose first line begins so."""
    lines = PAGE.partition(first)[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


async def test_the_table_of_plans_is_what_is_shipped(shipped: dict[str, tuple[Row, PlanVersion]]) -> None:
    def cell(value: int | None) -> str:
        return "no limit" if value is None else f"{value:,}"

    wanted = []
    for plan, (_, version) in shipped.items():
        fees = [f"{price.amount:,.2f}" for price in sorted(version.prices, key=lambda one: one.interval)]
        limits = version.limits
        most: dict[str, int | None] = {
            "requests": limits.requests_per_month,
            "tokens": limits.tokens_per_month,
        }
        included: dict[str, int | None] = {one.meter: one.included for one in version.default.charges}
        units = [cell(of.get(meter, most[meter])) for meter in most for of in (included, most)]
        wanted.append([plan, *fees, *units, cell(limits.concurrent_requests)])
    assert table("| Plan | A month |") == wanted


async def test_each_example_costs_what_the_code_says_and_each_model_has_one(
    shipped: dict[str, tuple[Row, PlanVersion]],
) -> None:
    rows = table("| Plan | Meter |")
    for plan, meter, model, used, sum_shown, cost in rows:
        [charge] = [one for one in shipped[plan][1].default.charges if one.meter == meter]
        assert charge.model == model
        rated = rate(charge, charge.included, int(used.replace(",", "")), "EUR")
        assert sum_shown == (
            " + ".join(f"{one.units:,} × {one.unit_price.normalize():f}" for one in rated) or "nothing"
        )
        assert cost == money.plain(sum((one.amount for one in rated), Decimal(0)), "EUR")
    assert {model for _, _, model, *_ in rows} == {"graduated", "volume", "unit", "flat"}


async def test_the_screen_of_a_plan_is_what_a_terminal_of_80_columns_shows(
    shipped: dict[str, tuple[Row, PlanVersion]],
) -> None:
    row, version = shipped["premium"]
    screen = StringIO()
    console = Console(width=80, force_terminal=True, file=screen, highlight=False, color_system=None)
    show_plan(console, row, plans.draft_of(row, version))
    assert re.search(r"^```text\n(Premium.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1] == screen.getvalue()  # type: ignore[index]


def typed(settings: IngestSettings, block: str, folder: Path) -> str:
    """What commands of the page print, typed into a shell."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env=server_environment(settings) | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_plan_of_ones_own_is_made_by_the_commands_of_the_page(
    make_settings: Callable[..., IngestSettings], tmp_path: Path
) -> None:
    [block] = re.findall(r"^```bash\n(lectern-admin plan.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    shown = typed(make_settings(), block, tmp_path)
    assert "Team  version 2" in shown
    assert "12.00 EUR a month\tthe default" in shown
    assert shown.endswith("archived team\n")


@pytest.mark.slow
def test_seller_and_customer_are_set_by_the_commands_of_the_page(
    make_settings: Callable[..., IngestSettings], tmp_path: Path
) -> None:
    [block] = re.findall(r"^```bash\n(lectern-admin seller.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    shown = typed(make_settings(), f"lectern-admin user add ada@example.org\n{block}", tmp_path)
    assert "time zone\tEurope/Paris (the seller's)\n" in shown
    assert shown.endswith("tax\t20 % (S)\n")


@pytest.mark.slow
def test_alerts_and_books_are_shown_by_the_commands_of_the_page(
    make_settings: Callable[..., IngestSettings], tmp_path: Path
) -> None:
    [alerts] = re.findall(r"^```bash\n(lectern-admin alert.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    shown = typed(make_settings(), f"lectern-admin user add ada@example.org\n{alerts}", tmp_path)
    assert "requests at 50%, 80%, 100%\nThere are no alerts.\n" in shown
    [books] = re.findall(r"^```bash\n(lectern-admin billing status\n)```$", PAGE, re.MULTILINE)
    assert "Nothing was invoiced yet." in typed(make_settings(), books, tmp_path)
