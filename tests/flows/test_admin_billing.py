"""`lectern-admin billing status`, and `usage prune`, which keeps what may still be billed."""

import json
import stat
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from tests.flows.operating import Admin, refused
from tests.ledger import Ledger, at, ledger
from tests.terminal import ROOT, shown

NOW = "2026-11-16T12:00:00+00:00"


@pytest.fixture
def books(database_url: str) -> Iterator[Ledger]:
    with ledger(database_url) as opened:
        opened.plan()
        yield opened


@pytest.fixture
def booked(books: Ledger) -> None:
    """An invoice of Ada's that is open, one that is overdue, a credit, two drafts, and usage that came late."""
    user = books.user()
    row = books.subscribed(user)
    books.invoice(row, "1200.00", number="LECT-2026-000001", issued=at("2026-11-03"))
    books.invoice(row, "30.00", number="LECT-2026-000002", issued=at("2026-10-01"), status="overdue")
    books.credit(user, "25.00")
    books.invoice(
        row,
        draft_reason="[b]<i>no country</i>[/b]: lectern-admin customer set --country CC",
    )
    books.invoice(row, closes_at=at("2026-11-02"))
    books.rows("UPDATE billing_periods SET late_rows = 1200")


def test_status_as_json_has_every_figure_as_text(admin: Admin, booked: None) -> None:
    found: Any = json.loads(admin("billing", "status", "--now", NOW, "--json").stdout)
    names = [
        "at",
        "zone",
        "last_run",
        "currencies",
        "drafts",
        "consumers_abroad",
        "late",
        "messages",
        "payments",
    ]
    assert list(found) == names
    assert (found["at"], found["zone"], found["last_run"]) == (NOW, "UTC", None)
    [euro] = found["currencies"]
    months = euro.pop("revenue")
    assert [month["month"] for month in months[:2]] == ["2025-12", "2026-01"]
    assert [month["amount"] for month in months[-3:]] == ["0.00", "30.00", "1200.00"]
    assert euro.pop("receivables") == [
        {"days": "not due", "invoices": 1, "due": "1440.00"},
        {"days": "1-30", "invoices": 0, "due": "0.00"},
        {"days": "31-60", "invoices": 1, "due": "36.00"},
        {"days": "61-90", "invoices": 0, "due": "0.00"},
        {"days": "over 90", "invoices": 0, "due": "0.00"},
    ]
    assert euro == {
        "currency": "EUR",
        "revenue_this_month": "1200.00",
        "revenue_last_month": "30.00",
        "open": "1476.00",
        "overdue": "36.00",
        "credits": {"promotional": "25.00"},
        "deferred_revenue": "615.00",
    }
    first, second = found["drafts"]
    assert (first["user"], first["total"], first["currency"]) == ("ada@example.org", "36.00", "EUR")
    assert second["draft_reason"] is None
    assert found["late"] == [
        {"user": "ada@example.org", "startDate": "2026-11-01", "endDate": "2026-11-30", "late_rows": 1200}
    ]


def test_status_fits_a_terminal_of_80_columns(environment: dict[str, str], booked: None) -> None:
    command = [sys.executable, "-m", "admin", "billing", "status", "--now", NOW]
    screen = shown(command, {**environment, "PYTHONPATH": str(ROOT)}, 80)
    lines = screen.splitlines()
    assert max(map(len, lines)) <= 80, screen
    for line in (
        "EUR                    Amount",
        "revenue this month   1,200.00  without tax, less credit notes",
        "open                 1,476.00  2 invoices",
        "overdue                 36.00  1 invoice",
        "credits outstanding     25.00  promotional",
        "deferred revenue       615.00  fees of days to come",
        "2026-10     30.00  █▎",
        f"2026-11  1,200.00  {'█' * 48}",
        f"not due         1,440.00  {'█' * 48}",
        "2 drafts",
        "  [b]<i>no country</i>[/b]: lectern-admin customer set --country CC",
        "  the next run sends it",
        "Not billed: 1,200 calls recorded after the grace",
    ):
        assert line in lines, screen


def test_status_through_a_pipe_has_a_line_a_row(admin: Admin, booked: None) -> None:
    lines = admin("billing", "status", "--now", NOW).stdout.splitlines()
    assert "overdue\t36.00\t1 invoice" in lines
    assert "31-60\t36.00\t█▎" in lines
    assert any(line.endswith("\tada@example.org\t36.00 EUR\tthe next run sends it") for line in lines)


def test_sales_to_consumers_abroad_are_held_against_the_threshold(
    admin: Admin, books: Ledger, tmp_path: Path
) -> None:
    books.add("seller", country="FR")
    row = books.subscribed(books.user())
    for issued, net in (("2025-11-03", "10000.00"), ("2026-11-03", "10000.01")):
        documents: Any = {"seller": {"country": "FR"}, "metadata": {"customerInfo": {"country": "DE"}}}
        books.invoice(row, net, number=issued, issued=at(issued), **documents)
    lines = admin("billing", "status", "--now", NOW).stdout.splitlines()
    assert "2025\t10,000.00 EUR\t" in lines
    assert "2026\t10,000.01 EUR\tover 10,000: lectern-admin seller set --oss on" in lines
    found = json.loads(admin("billing", "status", "--now", NOW, "--json").stdout)["consumers_abroad"]
    assert found == [
        {"year": 2025, "amount": "10000.00", "currency": "EUR"},
        {"year": 2026, "amount": "10000.01", "currency": "EUR"},
    ]
    [user] = books.rows("SELECT id FROM users")
    books.add("outbox", topic="invoice.sent", user_id=user["id"], subject=user["id"])
    admin("billing", "status", "--now", NOW, "--html", str(tmp_path / "a.html"))
    page = html.fromstring((tmp_path / "a.html").read_text())
    assert "messages 1 waiting" in page.xpath("string(//header)")
    assert [
        [cell.text_content() for cell in row] for row in page.xpath("//table[@class='list']/tbody/tr")
    ] == [
        ["2025", "", "10,000.00 EUR"],
        ["2026", "over 10,000: lectern-admin seller set --oss on", "10,000.01 EUR"],
    ]


def test_empty_books_say_so(admin: Admin, tmp_path: Path) -> None:
    assert "Nothing was invoiced yet." in admin("billing", "status").stdout
    page = ("--html", str(tmp_path / "a.html"))
    assert "exclude each other" in refused(admin("billing", "status", *page, "--json", code=2))
    admin("billing", "status", *page)
    assert "Nothing was invoiced yet." in (tmp_path / "a.html").read_text()


def test_the_page_says_what_the_terminal_says_and_needs_nothing_else(
    admin: Admin, booked: None, tmp_path: Path
) -> None:
    file = tmp_path / "status.html"
    file.write_text("an older one")
    file.chmod(0o644)
    written = admin("billing", "status", "--now", NOW, "--html", str(file)).stdout
    assert written == f"written {file}\n"
    assert [path.name for path in tmp_path.iterdir() if path.suffix] == ["status.html"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    page = file.read_text()
    said = " ".join(html.fromstring(page).text_content().split())
    for cells in map(str.split, admin("billing", "status", "--now", NOW).stdout.splitlines()):
        for word in cells:
            if any(sign.isdigit() for sign in word):
                assert word in said, word
    assert "[b]<i>no country</i>[/b]: lectern-admin" in said
    assert not html.fromstring(page).xpath("//i")
    svgs = html.fromstring(page).xpath("//svg[@role='img'][title and desc]")
    assert len(svgs) == len(html.fromstring(page).xpath("//svg")) == 2
    assert "2026-10: 30.00 EUR; 2026-11: 1,200.00 EUR" in svgs[0].xpath("string(desc)")
    assert not html.fromstring(page).xpath("//script | //link | //img | //iframe | //@src | //@onload")
    assert html.fromstring(page).xpath("//dl[contains(@class, 'bad')]/dt/text()") == ["overdue"]
    assert "url(" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_page_that_cannot_be_written_leaves_nothing_behind(admin: Admin, tmp_path: Path) -> None:
    before = list(tmp_path.iterdir())
    for file, because, code in (
        (f"{tmp_path}", "is a directory", 2),
        (f"{tmp_path}/absent/a.html", f"({tmp_path}/absent/a.html) → name a path that is there", 1),
        ("/dev/full/a.html", "Not a directory (/dev/full/a.html) → name a path that is there", 1),
        ("/dev/full", "No space left on device (/dev/full)", 1),
    ):
        assert because in refused(admin("billing", "status", "--html", file, code=code))
    assert list(tmp_path.iterdir()) == before
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_usage_that_may_still_be_billed_is_not_pruned(admin: Admin, books: Ledger) -> None:
    user = books.user()
    row = books.subscription(user, start=date(2026, 1, 15), ended_at=at("2026-02-15"), status="expired")
    books.period(row)
    for when in ("2025-12-31", "2026-01-20", "2026-02-10"):
        books.usage(user, at(when))
    words = ("usage", "prune", "--older-than")
    told = admin(*words, "2026-03-01", code=2).stderr
    assert "usage of 2026-01 to 2026-02 may still be billed" in told
    assert "lectern-admin billing run" in told
    assert "usage of 2026-01 may still be billed" in admin(*words, "2026-02-28", code=2).stderr
    assert books.rows("SELECT FROM audit_log") == []
    assert "removed 1 usage row " in admin(*words, "2026-01-31").stdout
    books.rows("UPDATE billing_periods SET frozen_at = now()")
    assert "removed 2 usage rows" in admin(*words, "2026-03-01").stdout
