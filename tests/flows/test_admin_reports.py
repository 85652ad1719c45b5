"""`billing report` and `customer statement`: what was issued, in days of the seller, in a table, JSON or CSV.

`pytest tests/flows/test_admin_reports.py --snapshot-update` renews the screens of docs/pages/reports.md.
"""

import csv
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest

from shared.settings import IngestSettings
from tests.flows.asking import server_environment
from tests.flows.operating import EMAIL, Admin, read, refused
from tests.ledger import Ledger, at, ledger
from tests.terminal import ROOT, shown

PAGE = ROOT / "docs" / "pages" / "reports.md"
BLOCK = re.compile(r"^```console\n\$ (lectern-admin .*)\n(?:.*\n)*?```$", re.MULTILINE)
NOW = ("--now", "2027-01-15T12:00:00+00:00")
SELLER = {"country": "FR", "vatNumber": "FR40303265045", "zone": "Europe/Paris", "oss": True}
BERLIN = {"customerInfo": {"country": "DE", "postcode": "10115"}}
BUSINESS = {"customerInfo": {"country": "DE", "vatNumber": "DE136695976"}}


@pytest.fixture(scope="module")
def environment(module_settings: IngestSettings) -> dict[str, str]:
    return {**server_environment(module_settings), "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def firm(module_settings: IngestSettings) -> Iterator[Ledger]:
    """Documents of a quarter and just beside it, which the tests of this file read."""
    assert module_settings.database_url
    with ledger(module_settings.database_url.get_secret_value()) as books:
        books.add("seller", zone="Europe/Paris", country="FR")
        _book(books)
        yield books


def _book(books: Ledger) -> None:
    books.plan()
    books.plan("large")
    ada, bob = books.user(), books.user("bob@example.org")
    row, other = books.subscribed(ada), books.subscribed(bob)
    larger = books.span(row, plan="large", starts_at=at("2026-12-01"))["starts_at"]

    def sent(number: str, net: str, issued: str, rate: str = "19", **more: Any) -> Any:
        given = {"seller": SELLER, "metadata": BERLIN, "subscription": row, **more}
        return books.invoice(
            given.pop("subscription"), net, number=number, issued=at(issued), rate=rate, **given
        )

    def noted(invoice: Any, number: str, net: str, tax: str, issued: str, rate: str = "19") -> Any:
        group = {"category": "S", "rate": rate, "base": net, "tax": tax, "note": None}
        metadata = {"seller": SELLER, **BERLIN}
        return books.credit_note(
            invoice, net, tax, number=number, issue_date=at(issued), tax_groups=[group], metadata=metadata
        )

    sent("LECT-2026-000040", "7.00", "2026-09-30 21:59")
    first = sent("LECT-2026-000041", "10000.00", "2026-09-30 22:00", status="paid")
    second = sent("LECT-2026-000045", "50.00", "2026-12-31 22:59", period_start=larger)
    sent("LECT-2027-000001", "9.00", "2026-12-31 23:00")
    sent("LECT-2026-000042", "1980", "2026-11-02", rate="10", currency="JPY")
    sent("LECT-2026-000043", "5.500", "2026-11-03", rate="20", currency="KWD", subscription=other)
    reverse = [{"category": "AE", "rate": "0", "base": "80.00", "tax": "0.00", "note": "reverse_charge"}]
    sent(
        "LECT-2026-000044",
        "80.00",
        "2026-11-04",
        rate="0",
        tax_groups=reverse,
        metadata=BUSINESS,
        subscription=other,
    )
    books.invoice(row, "500.00", issued=at("2026-11-05"))
    books.invoice(row, "600.00", issued=at("2026-11-05"), status="cancelled")
    note = noted(first, "LECT-CN-2026-000003", "100.00", "19.00", "2026-11-06")
    noted(second, "LECT-CN-2027-000001", "10.00", "1.90", "2027-01-02")
    credit = books.credit(ada, "20.00", created_at=at("2026-09-01"))
    books.burn(credit, first, "20.00", created_at=at("2026-09-30 22:00"))
    books.burn(credit, first, "-5.00", created_at=at("2026-11-06"), credit_note_id=note["id"])
    books.credit(ada, "114.00", type="refund", credit_note_id=note["id"], created_at=at("2026-11-06"))
    for amount, status, refunded in (
        ("11880.00", "completed", "30.00"),
        ("10.00", "refunded", "10.00"),
        ("1.00", "failed", "0"),
    ):
        decline = "soft" if status == "failed" else None
        paid = books.add(
            "payments", invoice_id=first["id"], user_id=ada, amount=amount, status=status, provider="wise",
            refunded_amount=refunded, processed_at=at("2026-10-02"), decline=decline,
        )  # fmt: skip
        if refunded != "0":
            books.add(
                "refunds", payment_id=paid["id"], amount=refunded, currency="EUR", status="completed",
                reason="Agreed", completed_at=at("2026-10-02"),
            )  # fmt: skip


@pytest.fixture
def admin(admin: Admin, firm: Ledger) -> Admin:
    """Where the firm is."""
    return admin


@pytest.fixture
def vat(admin: Admin) -> Callable[..., Any]:
    return lambda *words: read(admin("billing", "report", "vat", *words, *NOW, "--json"))


AMOUNTS = ("country", "category", "rate", "currency", "kind", "documents", "base", "tax", "gross")


def test_vat_of_a_quarter_is_that_of_the_documents_with_a_day_in_it_in_the_sellers_zone(
    vat: Callable[..., Any],
) -> None:
    found = vat("--period", "2026Q4")
    assert (found["first"], found["last"], found["zone"], found["over"]) == (
        "2026-10-01", "2026-12-31", "Europe/Paris", True,
    )  # fmt: skip
    assert [tuple(row[name] for name in AMOUNTS) for row in found["rows"]] == [
        ("DE", "AE", "0", "EUR", "invoice", 1, "80.00", "0.00", "80.00"),
        ("DE", "S", "19", "EUR", "invoice", 2, "10050.00", "1909.50", "11959.50"),
        ("DE", "S", "19", "EUR", "credit_note", 1, "-100.00", "-19.00", "-119.00"),
        ("DE", "S", "10", "JPY", "invoice", 1, "1980", "198", "2178"),
        ("DE", "S", "20", "KWD", "invoice", 1, "5.500", "1.100", "6.600"),
    ]
    assert all(row["converted_base"] is None for row in found["rows"])
    [before] = vat("--period", "2026-09")["rows"]
    assert before["base"] == "7.00"
    after = vat("--period", "2027")
    assert not after["over"]
    assert [row["base"] for row in after["rows"]] == ["9.00", "-10.00"]
    assert vat("--period", "2025")["rows"] == []


def test_rates_bring_sums_into_the_sellers_currency(vat: Callable[..., Any]) -> None:
    found = vat("--period", "2026Q4", "--rate", "jpy=165", "--rate", "USD=1.08")
    told = {
        row["currency"]: (row["converted_currency"], row["converted_base"], row["converted_gross"])
        for row in found["rows"][2:]
    }
    assert told == {
        "EUR": ("EUR", "-100.00", "-119.00"),
        "JPY": ("EUR", "12.00", "13.20"),
        "KWD": (None, None, None),
    }
    assert found["rates"] == {"JPY": "165", "USD": "1.08"}


def test_vat_as_csv_is_what_json_says(admin: Admin, vat: Callable[..., Any]) -> None:
    words = ("--period", "2026Q4", "--rate", "JPY=165")
    text = admin("billing", "report", "vat", *words, *NOW, "--csv").stdout_bytes.decode()
    assert text.count("\r\n") == 6
    rows = list(csv.DictReader(StringIO(text, newline="")))
    wanted = [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in vat(*words)["rows"]
    ]
    assert rows == wanted


def test_the_page_shows_what_the_commands_show(
    environment: dict[str, str], firm: Ledger, pytestconfig: pytest.Config
) -> None:
    def typed(found: re.Match[str]) -> str:
        words = shlex.split(found[1])
        screen = shown([sys.executable, "-m", "admin", *words[1:], *NOW], environment, 80).strip("\n")
        lines = [line.rstrip() for line in screen.split("\n")]
        assert max(map(len, lines)) <= 80, screen
        return "\n".join(["```console", f"$ {found[1]}", *lines, "```"])

    page = PAGE.read_text()
    told = BLOCK.sub(typed, page)
    if pytestconfig.option.update_snapshots:
        PAGE.write_text(told)
    assert PAGE.read_text() == told
    assert told.count("```console") == 3


def test_a_period_without_a_document_says_so(admin: Admin) -> None:
    assert "No document was issued" in admin("billing", "report", "vat", "--period", "2025", *NOW).stdout
    assert "No document" in admin("billing", "report", "revenue", "--since", "2027-01-10", *NOW).stdout
    head = admin("billing", "report", "vat", "--period", "2025", *NOW, "--csv").stdout
    assert head.startswith("country,category,rate,")
    assert head.count("\n") == 1


REFUSED = [
    (("vat", "--period", "2026Q5"), "no period"),
    (("vat", "--period", "2027-02"), "yet to come"),
    (("vat", "--period", "2026", "--rate", "USD"), "no rate"),
    (("vat", "--period", "2026", "--rate", "USD=-1"), "no rate of USD"),
    (("vat", "--period", "2026", "--rate", "USD=0"), "no rate of USD"),
    (("vat", "--period", "2026", "--rate", "USD=NaN"), "no rate of USD"),
    (("vat", "--period", "2026", "--rate", "USD=1e400"), "no rate of USD"),
    (("vat", "--period", "2026", "--rate", "USD=one"), "no rate of USD"),
    (("vat", "--period", "2026", "--rate", "DOGE=1"), "no currency"),
    (("vat", "--period", "2026", "--rate", "EUR=1"), "the seller's own"),
    (("vat", "--period", "2026", "--rate", "USD=1", "--rate", "usd=2"), "two rates"),
    (("vat", "--period", "2026", "--json", "--csv"), "exclude each other"),
    (("revenue", "--since", "soon"), "no date"),
    (("revenue", "--since", "2027-01-16"), "yet to come"),
]


@pytest.mark.parametrize(("words", "because"), REFUSED, ids=[" ".join(words) for words, _ in REFUSED])
def test_a_report_that_cannot_be_is_refused_in_one_line(
    admin: Admin, words: tuple[str, ...], because: str
) -> None:
    assert because in refused(admin("billing", "report", *words, *NOW, code=2))


def test_revenue_by_month_is_what_the_status_says(admin: Admin) -> None:
    told = read(admin("billing", "report", "revenue", *NOW, "--json"))
    months = {(row["currency"], row["month"]): row["revenue"] for row in told["rows"]}
    assert months == {
        ("EUR", "2026-09"): "7.00",
        ("EUR", "2026-10"): "10000.00",
        ("EUR", "2026-11"): "-20.00",
        ("EUR", "2026-12"): "50.00",
        ("EUR", "2027-01"): "-1.00",
        ("JPY", "2026-11"): "1980",
        ("KWD", "2026-11"): "5.500",
    }
    status = read(admin("billing", "status", *NOW, "--json"))
    said = {
        (books["currency"], one["month"]): one["amount"]
        for books in status["currencies"]
        for one in books["revenue"]
        if (books["currency"], one["month"]) in months
    }
    assert said == months
    assert told["first"] == "2026-02-01"


def test_revenue_by_plan_is_of_the_plan_that_the_invoices_month_began_with(admin: Admin) -> None:
    words = ("billing", "report", "revenue", "--by", "plan", "--since", "2026-10-01", *NOW)
    rows = list(csv.DictReader(StringIO(admin(*words, "--csv").stdout)))
    assert [tuple(row.values()) for row in rows] == [
        ("large", "EUR", "50.00", "10.00", "40.00"),
        ("small", "EUR", "10089.00", "100.00", "9989.00"),
        ("small", "JPY", "1980", "0", "1980"),
        ("small", "KWD", "5.500", "0.000", "5.500"),
    ]
    [line] = [line for line in admin(*words).stdout.splitlines() if line.startswith("large")]
    assert line.split("\t")[:4] == ["large", "50.00", "10.00", "40.00"]


def test_a_statement_opens_moves_and_closes_with_what_is_due(admin: Admin) -> None:
    told = read(admin("customer", "statement", EMAIL, "--since", "2026-10-01", *NOW, "--json"))
    euro, yen = told["currencies"]
    moved = [
        (one["day"], one["type"], one["document"], one["amount"], one["balance"]) for one in euro["movements"]
    ]
    assert euro["opening"] == "8.33"
    assert moved == [
        ("2026-10-01", "invoice", "LECT-2026-000041", "11900.00", "11908.33"),
        ("2026-10-01", "burn", "LECT-2026-000041", "-20.00", "11888.33"),
        ("2026-10-02", "payment", "LECT-2026-000041", "-11880.00", "8.33"),
        ("2026-10-02", "payment", "LECT-2026-000041", "-10.00", "-1.67"),
        ("2026-10-02", "refund", "LECT-2026-000041", "10.00", "8.33"),
        ("2026-10-02", "refund", "LECT-2026-000041", "30.00", "38.33"),
        ("2026-11-06", "credit_note", "LECT-CN-2026-000003", "-119.00", "-80.67"),
        ("2026-11-06", "refund_credit", "LECT-CN-2026-000003", "114.00", "33.33"),
        ("2026-11-06", "burn_returned", "LECT-CN-2026-000003", "5.00", "38.33"),
        ("2026-12-31", "invoice", "LECT-2026-000045", "59.50", "97.83"),
        ("2027-01-01", "invoice", "LECT-2027-000001", "10.71", "108.54"),
        ("2027-01-02", "credit_note", "LECT-CN-2027-000001", "-11.90", "96.64"),
    ]
    assert (euro["closing"], yen["currency"], yen["closing"]) == ("96.64", "JPY", "2178")


def test_a_statement_that_cannot_be_is_refused(admin: Admin) -> None:
    words = ("customer", "statement")
    assert "no date" in refused(admin(*words, EMAIL, "--since", "30d", *NOW, code=2))
    assert "yet to come" in refused(admin(*words, EMAIL, "--since", "2028-01-01", *NOW, code=2))
    refused(admin(*words, "eve@example.org", "--since", "2026-01-01", *NOW, code=1))
    told = admin(*words, "bob@example.org", "--since", "2027-01-10", *NOW).stdout
    assert "opening" in told
