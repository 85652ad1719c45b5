"""`billing export`: the ledger as CSV and for beancount, whose own checker accepts it."""

import csv
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.flows.operating import Admin, refused
from tests.flows.server_process import ROOT
from tests.ledger import Ledger, Row, at, ledger

NOW = ("--now", "2027-01-15T12:00:00+00:00")
CHECKER = Path(sys.executable).with_name("bean-check")


@pytest.fixture
def firm(database_url: str) -> Iterator[Ledger]:
    """A firm whose money took every way that it can."""
    with ledger(database_url) as books:
        _book(books)
        yield books


def _book(books: Ledger) -> None:
    books.add("seller", name='Lectern "SAS" \\', zone="Europe/Paris", country="FR")
    books.plan()
    ada = books.user()
    row = books.subscribed(ada)
    named: Row = {"metadata": {"customerInfo": {"name": '=HYPERLINK("x")\\'}}}
    first = books.invoice(row, "30.00", number="LECT-2026-000001", status="paid", **named)
    second = books.invoice(row, "100.00", number="LECT-2026-000002", issued=at("2026-11-20"))
    books.invoice(row, "1980", number="LECT-2026-000003", currency="JPY", rate="10", issued=at("2026-11-21"))
    books.invoice(row, "5.500", number="LECT-2026-000004", currency="KWD", issued=at("2026-11-21"))
    books.invoice(row, "999.00")
    gift = books.credit(ada, "25.00", created_at=at("2026-11-01"), expires_at=at("2026-12-24"))
    books.credit(ada, "3.00", created_at=at("2026-11-01"), voided_at=at("2026-11-02"))
    books.burn(gift, second, "20.00", created_at=at("2026-11-20"))
    stripe = _paid(books, first, "36.00", "stripe", "pi_1", "2026-11-02")
    _paid(books, second, "110.00", "wise", "t-1", "2026-11-25")
    books.credit(
        ada, "10.00", type="refund", payment_id=_last(books, "payments"), created_at=at("2026-11-25")
    )
    note = books.credit_note(
        first, "10.00", "2.00", number="LECT-CN-2026-000001", issue_date=at("2026-11-16")
    )
    back = books.credit(ada, "12.00", type="refund", credit_note_id=note["id"], created_at=at("2026-11-16"))
    refund = books.add("refunds", payment_id=stripe, amount="5.00", currency="EUR", status="completed", reason="asked",
                       provider_refund_id="re_1", completed_at=at("2026-11-18"))  # fmt: skip
    books.add("credit_payouts", credit_id=back["id"], currency="EUR", amount="5.00", refund_id=refund["id"])
    books.add("disputes", payment_id=stripe, provider_dispute_id="dp_1", kind="chargeback", state="won",
              amount="31.00", currency="EUR", opened_at=at("2026-12-01"), taken_at=at("2026-12-02"),
              returned_at=at("2027-01-05"))  # fmt: skip
    for number, (kind, amount, fee, day) in enumerate(
        (
            ("payment", "36.00", "0.79", "2026-11-02"),
            ("refund", "-5.00", "0", "2026-11-18"),
            ("dispute", "-31.00", "20.00", "2026-12-02"),
            ("dispute", "31.00", "-20.00", "2027-01-05"),
            ("fee", "-2.00", "0", "2026-12-31"),
            ("adjustment", "1.50", "0", "2026-12-31"),
            ("payout", "-20.00", "0.25", "2027-01-07"),
        )
    ):
        books.add("balance_transactions", provider="stripe", provider_id=f"txn_{number}", kind=kind, amount=amount,
                  fee=fee, currency="EUR", happened_at=at(day))  # fmt: skip


def _paid(books: Ledger, invoice: Any, amount: str, provider: str, transaction: str, day: str) -> Any:
    return books.add("payments", invoice_id=invoice["id"], user_id=invoice["user_id"], amount=amount, currency="EUR",
                     status="completed", provider=provider, provider_transaction_id=transaction, created_at=at(day),
                     processed_at=at(day))["id"]  # fmt: skip


def _last(books: Ledger, table: str) -> Any:
    return books.rows(f"SELECT id FROM {table} ORDER BY created_at DESC LIMIT 1")[0]["id"]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def sums(rows: list[dict[str, str]]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        found[row["account"], row["currency"]] += Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
    return {key: amount for key, amount in found.items() if amount}


def checked(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CHECKER, path], capture_output=True, text=True, check=False, env={})


def exported(admin: Admin, *given: str, code: int = 0) -> Any:
    return admin("billing", "export", "--format", "csv", *given, *NOW, code=code)


def test_accounts_are_what_happened(admin: Admin, firm: Ledger) -> None:
    found = sums(read(exported(admin).stdout))
    assert {" ".join(key): str(amount) for key, amount in found.items()} == {
        "Assets:Receivable JPY": "2178",
        "Assets:Receivable KWD": "6.600",
        "Assets:Bank EUR": "130.00",
        "Assets:Clearing:Stripe EUR": "9.46",
        "Liabilities:Tax EUR": "-24.00",
        "Liabilities:Tax JPY": "-198",
        "Liabilities:Tax KWD": "-1.100",
        "Liabilities:CustomerCredit EUR": "-17.00",
        "Income:Revenue EUR": "-120.00",
        "Income:Revenue JPY": "-1980",
        "Income:Revenue KWD": "-5.500",
        "Expenses:PromotionalExpense EUR": "20.00",
        "Expenses:Fees EUR": "3.04",
        "Assets:Suspense EUR": "-1.50",
    }


def test_each_entry_balances_and_is_the_same_each_time(admin: Admin, firm: Ledger) -> None:
    text = exported(admin).stdout
    rows = read(text)
    for entry in {row["entry"] for row in rows}:
        of_entry = [row for row in rows if row["entry"] == entry]
        assert len({row["day"] for row in of_entry}) == 1
        totals: dict[str, Decimal] = defaultdict(Decimal)
        for (_, code), amount in sums(of_entry).items():
            totals[code] += amount
        assert not any(totals.values()), entry
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)
    assert exported(admin).stdout == text


def test_parts_of_the_books_add_up_to_the_whole(admin: Admin, firm: Ledger) -> None:
    whole = sums(read(exported(admin).stdout))
    for middle, next_day in (("2026-11-15", "2026-11-16"), ("2026-11-30", "2026-12-01")):
        before = read(exported(admin, "--until", middle).stdout)
        after = read(exported(admin, "--since", next_day).stdout)
        assert max(row["day"] for row in before) <= middle < min(row["day"] for row in after)
        assert sums([*before, *after]) == whole


def test_a_spreadsheet_computes_nothing_that_a_customer_wrote(admin: Admin, firm: Ledger) -> None:
    text = exported(admin).stdout
    assert "'=HYPERLINK" in text
    assert not [row for row in read(text) if row["payee"].startswith(("=", "+", "-", "@"))]


def test_the_checker_of_beancount_accepts_the_books_and_no_tenth_of_a_cent_less(
    admin: Admin, firm: Ledger, tmp_path: Path
) -> None:
    file = tmp_path / "books.beancount"
    told = admin("billing", "export", "--format", "beancount", "-o", str(file), *NOW).stdout
    assert told == f"written {file}: 28 entries until 2027-01-15\n"
    assert file.stat().st_mode & 0o777 == 0o600
    accepted = checked(file)
    assert (accepted.returncode, accepted.stdout, accepted.stderr) == (0, "", "")
    text = file.read_text()
    file.write_text(text.replace("36.00 EUR", "36.001 EUR", 1))
    assert "does not balance: (0.001 EUR)" in checked(file).stderr
    file.write_text(text + "\n2027-02-01 balance Assets:Clearing:Stripe 9.46 EUR\n")
    assert checked(file).returncode == 0


def test_books_without_an_entry_are_an_empty_ledger(admin: Admin, database_url: str, tmp_path: Path) -> None:
    assert len(exported(admin).stdout.splitlines()) == 1
    file = tmp_path / "books.beancount"
    file.write_text(admin("billing", "export", "--format", "beancount", *NOW).stdout)
    assert checked(file).returncode == 0


def test_days_that_are_none_are_refused_and_leave_no_file(admin: Admin, firm: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "books.csv"
    for given, said in (
        (("--until", "2027-01-16"), "2027-01-16 is yet to come"),
        (("--since", "2027-01-16"), "2027-01-16 is after 2027-01-15"),
        (("--since", "2026-12-01", "--until", "2026-11-30"), "2026-12-01 is after 2026-11-30"),
        (("--since", "yesterday"), "'yesterday' is no date"),
    ):
        assert said in refused(exported(admin, *given, "-o", str(file), code=2))
        assert not list(tmp_path.iterdir())
    assert "no such file" in refused(exported(admin, "-o", str(tmp_path / "none" / "x"), code=1)).lower()


def test_what_cannot_be_written_is_said_once_and_nothing_where_nobody_reads(
    environment: dict[str, str], firm: Ledger
) -> None:
    command = " ".join([sys.executable, "-m", "admin", "billing", "export", "--format", "csv", *NOW])

    def said(rest: str) -> list[str]:
        ran = subprocess.run(
            ["sh", "-c", f"{command} {rest}"],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 1
        return ran.stderr.splitlines()

    assert [line.partition(" (")[0] for line in said("-o /dev/full")] == ["error No space left on device"]
    assert [line.partition(" (")[0] for line in said("> /dev/full")] == [
        "error standard output cannot be written"
    ]
    # A shell tells what its last command says.
    assert said("| (exec <&-; exit 1)") == []


@pytest.fixture
def troubled(firm: Ledger) -> Ledger:
    """What is on its way, what failed, what nobody could place."""
    [yen] = firm.rows("SELECT * FROM invoices WHERE number = 'LECT-2026-000003'")
    [dinar] = firm.rows("SELECT * FROM invoices WHERE number = 'LECT-2026-000004'")

    def tried(invoice: Row, status: str, **more: Any) -> Row:
        return firm.add("payments", invoice_id=invoice["id"], user_id=invoice["user_id"], amount=invoice["total"],
                        currency=invoice["currency"], status=status, provider="stripe", **more)  # fmt: skip

    tried(yen, "failed", decline="soft", created_at=at("2026-12-01"))
    tried(yen, "processing", created_at=at("2026-12-02"))
    tried(dinar, "failed", decline="hard", created_at=at("2026-12-01"))
    [done] = firm.rows("SELECT * FROM payments WHERE provider_transaction_id = 't-1'")
    firm.add("refunds", payment_id=done["id"], amount="4.00", currency="EUR", reason="asked")
    firm.add("disputes", payment_id=done["id"], provider_dispute_id="dp_2", kind="chargeback", state="inquiry",
             amount="110.00", currency="EUR", opened_at=at("2027-01-01"))  # fmt: skip
    for number, amount in enumerate(("40.00", "2.50")):
        firm.add("bank_transfers", provider="wise", provider_transaction_id=f"u-{number}", amount=amount,
                 currency="EUR", reference="?", booked_at=at("2027-01-01"))  # fmt: skip
    for number, status in enumerate(("waiting", "unmatched", "unmatched")):
        firm.add("provider_events", provider="stripe", event_id=f"evt_{number}", type="charge.refunded", status=status,
                 handled_at=None if status == "waiting" else at("2027-01-02"), body="{}")  # fmt: skip
    firm.add(
        "dunning_steps",
        invoice_id=dinar["id"],
        step=0,
        did="not_attempted",
        reason="stripe takes no KWD below 1.000",
    )
    return firm


def test_status_shows_payments_that_are_on_their_way_or_stuck(
    admin: Admin, troubled: Ledger, tmp_path: Path
) -> None:
    shown = [" ".join(line.split()) for line in admin("billing", "status", *NOW).stdout.splitlines()]
    begins = shown.index("Payments Amount")
    assert shown[begins + 1 : shown.index("", begins)] == [
        "in flight 2,178 JPY 1 payment, asked about by the next run",
        "failed 6.600 KWD 1 invoice: lectern-admin payment list --status failed",
        "refunds 4.00 EUR 1 pending: lectern-admin payment list --refunds",
        "disputes 110.00 EUR 1 to be answered at the provider",
        "transfers 42.50 EUR 2 unmatched: lectern-admin payment match",
        "events 1 waiting for the next run",
        "events 2 unmatched: lectern-admin payment events --unmatched",
    ]
    assert "LECT-2026-000004 ada@example.org 6.600 KWD stripe takes no KWD below 1.000" in shown
    told = json.loads(admin("billing", "status", "--json", *NOW).stdout)["payments"]
    assert told["failed"] == [{"currency": "KWD", "count": 1, "amount": "6.600"}]
    assert told["events"] == {"waiting": 1, "unmatched": 2}
    assert [(one["number"], one["due"]) for one in told["not_attempted"]] == [("LECT-2026-000004", "6.600")]
    page = tmp_path / "status.html"
    admin("billing", "status", "--html", str(page), *NOW)
    assert "<dt>transfers</dt><dd>42.50 EUR</dd>" in page.read_text()
    assert "stripe takes no KWD below 1.000" in page.read_text()


def test_status_says_nothing_of_payments_where_there_is_nothing_to_say(
    admin: Admin, database_url: str
) -> None:
    assert "Payments" not in admin("billing", "status").stdout
