"""docs/pages/payments.md tells a month; `pytest tests/flows/test_payments_story.py --snapshot-update` renews it.

Its prose happens too: what it says that people and their banks do is done at the fake of Stripe.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

import pytest

from shared.settings import IngestSettings
from tests.flows.asking import server_environment
from tests.ledger import ledger
from tests.stripe_fake.process import StripeFake, stripe_fake
from tests.stripe_signed import SECRET
from tests.terminal import ROOT, shown

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "pages" / "payments.md"
TITLE = "## A month of payments\n"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (lectern-admin (?:.*\\\n)*.*)\n", re.MULTILINE)
STATEMENT = re.compile(r"^```csv\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOW = re.compile(r"--now (\S+)")
_ORDERS = {"bank_transfers": "ORDER BY amount DESC"}
"""Where several are made at one instant."""
BEFORE = """
    seller set --name 'Lectern SARL' --address '1 quai' --postcode 75001 --city Paris --country FR
      --vat-number FR40303265045 --now 2026-01-01T07:00Z
    user add ada@example.org
    customer set ada@example.org --name 'Ada Lovelace' --address '12 rue' --postcode 75002 --city Paris --country FR
      --now 2026-01-01T07:00Z
    user add bob@example.org
    customer set bob@example.org --name 'Bob Noyce' --address '1 rue' --postcode 69001 --city Lyon --country FR
      --now 2026-01-01T07:00Z
"""


@dataclass
class Story:
    env: dict[str, str]
    fake: StripeFake
    database_url: str
    place: Path
    ids: dict[str, str] = field(default_factory=dict)

    def types(self, command: str) -> str:
        """The command and its screen; ids are made the same in every run."""
        _, *words = shlex.split(self._real(command).replace("\\\n", ""))
        if when := NOW.search(command):
            self.fake.at(datetime.fromisoformat(when[1]))
        screen = shown([sys.executable, "-m", "admin", *words], self.env, 80, self.place).strip("\n")
        assert not re.search("^error", screen, re.MULTILINE), screen
        lines = [line.rstrip() for line in self._told(screen).split("\n")]
        return f"$ {command}\n" + "\n".join(lines) + "\n"

    def happens(self, prose: str) -> None:
        said = " ".join(prose.split())
        if found := STATEMENT.search(prose):
            (self.place / "statement.csv").write_text(found[1])
        if "On that page Ada adds a card. It has no funds yet." in said:
            [page] = self.fake.tell("objects", kind="checkout.session")
            self.fake.tell("add", page["id"], "card", ["insufficient_funds"])
        if "Three days later there are funds" in said:
            [method] = self.fake.tell("objects", kind="payment_method")
            self.fake.tell("outcomes", method["id"], ["ok"])
        if "Bob has no method" in said:
            self._quietly("subscription start bob@example.org premium --now 2026-01-05T11:00Z")
            self._quietly("billing run --now 2026-01-05T12:00Z")
        if "Ada's bank takes her payment back" in said:
            [paid] = [
                one
                for one in self.fake.tell("objects", kind="payment_intent")
                if one["status"] == "succeeded"
            ]
            self.fake.at(datetime.fromisoformat("2026-01-20T09:00Z"))
            self.fake.tell("dispute", paid["id"], 4900)
            self._posts("2026-01-20T09:00Z")
        if "the dispute is won" in said:
            [dispute] = self.fake.tell("objects", kind="dispute")
            self.fake.at(datetime.fromisoformat("2026-01-29T09:00Z"))
            self.fake.tell("turn_dispute", dispute["id"], "won")
            self._posts("2026-01-29T09:00Z")

    def _posts(self, now: str) -> None:
        """The newest message of Stripe comes to the webhook."""
        *_, newest = self.fake.tell("deliveries", now=now)
        header = f"Stripe-Signature: {newest['header']}"
        self._quietly(
            "payment webhook --provider stripe --now " + now, "--header", header, stdin=newest["body"]
        )

    def _quietly(self, words: str, *more: str, stdin: str = "") -> None:
        done = subprocess.run(
            [sys.executable, "-m", "admin", *shlex.split(words), *more],
            cwd=ROOT, env=self.env, input=stdin, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def _real(self, command: str) -> str:
        """PAYMENT-2 is the second one that was made."""
        with ledger(self.database_url) as books:
            rows = books.rows("SELECT id FROM payments ORDER BY created_at, id")
        return re.sub(r"PAYMENT-(\d)", lambda found: str(rows[int(found[1]) - 1]["id"]), command)

    def _told(self, screen: str) -> str:
        with ledger(self.database_url) as books:
            for table in ("payment_methods", "payments", "refunds", "bank_transfers"):
                for row in books.rows(f"SELECT id FROM {table} {_ORDERS.get(table, 'ORDER BY created_at')}"):
                    self.ids.setdefault(str(row["id"]), _made(len(self.ids)))
        for own in ID.findall(screen):
            self.ids.setdefault(own, _made(len(self.ids)))
        for own, made in self.ids.items():
            screen = screen.replace(own, made).replace(own[:8], made[:8])
        return screen


def _made(number: int) -> str:
    return str(uuid5(NAMESPACE_DNS, str(number)))


@pytest.fixture
def story(make_settings: Callable[..., IngestSettings], database_url: str, tmp_path: Path) -> Iterator[Story]:
    with stripe_fake() as fake:
        env = server_environment(make_settings()) | {
            "LANG": "C.UTF-8",
            "LECTERN_STRIPE_URL": fake.url,
            "LECTERN_STRIPE_API_KEY": fake.key,
            "LECTERN_STRIPE_WEBHOOK_SECRET": SECRET,
            "LECTERN_PAYMENT_RETURN_URL": "https://lectern.example/billing",
            "PYTHONPATH": str(ROOT),
        }
        made = Story(env, fake, database_url, tmp_path)
        fake.at(datetime.fromisoformat("2026-01-01T07:00Z"))
        for line in re.split(r"\n {4}(?! )", BEFORE.strip()):
            made._quietly(" ".join(line.split()))
        yield made
        assert fake.tell("faults") == []


def test_the_page_tells_what_the_commands_do(story: Story, pytestconfig: pytest.Config) -> None:
    before, title, rest = PAGE.read_text().partition(TITLE)
    month, end, after = rest.partition("\n## ")
    told, at = "", 0
    for block in BLOCK.finditer(month):
        prose = month[at : block.start()]
        story.happens(prose)
        screens = [story.types(command) for command in COMMAND.findall(block[1])]
        told += prose + "```console\n" + "\n".join(screens) + "```"
        at = block.end()
    page = before + title + told + month[at:] + end + after
    if pytestconfig.option.update_snapshots:
        PAGE.write_text(page)
    assert PAGE.read_text() == page
    checked = subprocess.run(
        [Path(sys.executable).parent / "bean-check", story.place / "january.beancount"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (checked.returncode, checked.stderr) == (0, "")
