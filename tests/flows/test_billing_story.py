"""docs/pages/billing.md tells a half-year; `pytest tests/flows/test_billing_story.py --snapshot-update` renews it.

Its prose is typed in too: what it says that Ada asks and pays is put into the tables at that place.
"""

import asyncio
import re
import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

import psycopg
import pytest
from psycopg.rows import dict_row

from shared.settings import IngestSettings
from tests.billing import pay
from tests.flows.asking import server_environment
from tests.ledger import Ledger, ledger
from tests.terminal import ROOT, shown

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "pages" / "billing.md"
TITLE = "## A customer's half-year\n"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (lectern-admin (?:.*\\\n)*.*)\n", re.MULTILINE)
YEAR = 2026
TOKENS = 1000
"""Of each answer."""
ASKS = re.compile(r"asks ([\d,]+) questions on (\d+ \w+)")
DELIVERS = re.compile(r"delivers ([\d,]+) questions of (\d+ \w+) on (\d+ \w+)")
PAYS = re.compile(r"pays (LECT-\d+-\d+) on (\d+ \w+)")
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def env(make_settings: Callable[..., IngestSettings]) -> dict[str, str]:
    found = server_environment(make_settings())
    return found | {"LANG": "C.UTF-8"}


def test_the_page_tells_what_the_commands_do(
    env: dict[str, str], database_url: str, pytestconfig: pytest.Config
) -> None:
    before, title, rest = PAGE.read_text().partition(TITLE)
    story, end, after = rest.partition("\n## ")
    ids: dict[str, str] = {}
    told, at = "", 0
    with ledger(database_url) as books:
        for block in BLOCK.finditer(story):
            prose = story[at : block.start()]
            _happen(books, database_url, " ".join(prose.split()))
            screens = (_typed(command, env, ids) for command in COMMAND.findall(block[1]))
            told += prose + "```console\n" + "\n".join(screens) + "```"
            at = block.end()
    page = before + title + told + story[at:] + end + after
    if pytestconfig.option.update_snapshots:
        PAGE.write_text(page)
    assert PAGE.read_text() == page


def _typed(command: str, env: dict[str, str], ids: dict[str, str]) -> str:
    """The command and its screen; ids are made the same in every run."""
    _, *words = shlex.split(command.replace("\\\n", ""))
    screen = shown([sys.executable, "-m", "admin", *words], env, 80).strip("\n")
    assert not re.search("^error", screen, re.MULTILINE), screen
    for own in ID.findall(screen):
        ids.setdefault(own, str(uuid5(NAMESPACE_DNS, str(len(ids)))))
    lines = [line.rstrip() for line in ID.sub(lambda found: ids[found[0]], screen).split("\n")]
    return f"$ {command}\n" + "\n".join(lines) + "\n"


def _happen(books: Ledger, database_url: str, prose: str) -> None:
    """What is said of Ada becomes rows."""
    for calls, day in ASKS.findall(prose):
        _ask(books, calls, day, day)
    for calls, day, recorded in DELIVERS.findall(prose):
        _ask(books, calls, day, recorded)
    for number, day in PAYS.findall(prose):
        [bill] = books.rows(
            "SELECT v.id, d.due FROM invoices v CROSS JOIN LATERAL invoice_due(v.id) d WHERE v.number = %(number)s",
            number=number,
        )
        asyncio.run(_pay(database_url, bill["id"], bill["due"], _noon(day)))


def _ask(books: Ledger, calls: str, day: str, recorded: str) -> None:
    [ada] = books.rows("SELECT id FROM users")
    books.usage(ada["id"], _noon(day), int(calls.replace(",", "")), TOKENS, recorded_at=_noon(recorded))


async def _pay(database_url: str, invoice_id: UUID, due: Decimal, now: datetime) -> None:
    connection: Any = await psycopg.AsyncConnection.connect(database_url, row_factory=dict_row)
    async with connection:
        await pay(connection, invoice_id, str(due), now)


def _noon(day: str) -> datetime:
    return datetime.strptime(f"{day} {YEAR} 12", "%d %B %Y %H").replace(tzinfo=UTC)
