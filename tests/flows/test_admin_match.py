"""`lectern-admin payment match` on a real database: files of banks, transfers by hand, and those left aside."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.billing.cycle.cycle import STAGES
from tests import bank_files as bank
from tests.bank_files import Paid, camt, camt_of, details, entry
from tests.billing import NOW, add_invoice
from tests.flows.operating import EMAIL, Admin, read, refused
from tests.flows.test_admin_invoices import Books, books
from tests.wise_fake import KEY, PROFILE, PUBLIC_KEY, WiseFake, credited, signed

__all__ = ["books"]

AT = ("--now", "2026-03-20T12:00:00+00:00")
ON = NOW.date()
MATCH = ("payment", "match")
Filed = Callable[[bytes], tuple[str, ...]]


@pytest.fixture
def numbers(admin: Admin, books: Books[Any]) -> list[str]:
    """Of two invoices of Ada's over 24.00."""
    ada = UUID(read(admin("user", "add", EMAIL, "--json"))["id"])
    return [books(lambda connection: add_invoice(connection, ada))["number"] for _ in range(2)]


@pytest.fixture
def filed(tmp_path: Path) -> Filed:
    """A file, as the options that read it."""

    def write(body: bytes) -> tuple[str, ...]:
        file = tmp_path / "november.xml"
        file.write_bytes(body)
        return (*MATCH, "--statement", str(file), *AT)

    return write


def test_a_statement_pays_what_it_names_and_the_rest_waits(
    admin: Admin, numbers: list[str], filed: Filed
) -> None:
    paid = [
        Paid("24.00", f"Rg. {numbers[0]}", ON, number="1"),
        Paid("30.00", numbers[1], ON, number="2"),
        Paid("7.00", "thanks", ON, number="3", payer="Bob"),
    ]
    told = admin(*filed(camt_of(paid))).stdout.splitlines()
    assert told[:3] == [
        "read november.xml, CAMT.053: 3 transfers, 3 new",
        f"matched 24.00 EUR to {numbers[0]}",
        f"matched 30.00 EUR to {numbers[1]}; 6.00 EUR were too much and are credit",
    ]
    assert told[5].split("\t")[1:] == ["2026-03-01", "7.00", "EUR", "Bob", "thanks", "it names no invoice"]
    assert admin(*filed(camt_of(paid))).stdout.splitlines()[0].endswith("3 transfers, 0 new")
    rows = read(admin("payment", "list", "--json"))
    assert sorted((row["number"], row["amount"], row["origin"]) for row in rows) == [
        (numbers[0], "24.00", "transfer"),
        (numbers[1], "30.00", "transfer"),
    ]
    assert read(admin("invoice", "show", numbers[1], "--json"))["status"] == "paid"


def test_a_statement_as_json_says_all_of_it(admin: Admin, numbers: list[str], filed: Filed) -> None:
    broken = entry(Paid("abc", ""))
    one = Paid("24.00", numbers[0], ON, number="1")
    told = read(
        admin(*filed(camt(broken, entry(one, details(one)), entry(one, side="DBIT"))), "--json", code=1)
    )
    assert (told["file"], told["kind"], told["provider"]) == ("november.xml", "CAMT.053", "manual")
    assert (told["read"], told["new"], told["passed_over"]) == (1, 1, 1)
    assert told["bad"] == [{"line": 2, "why": "entry 1: 'abc' is no amount"}]
    [matched] = told["matched"]
    assert matched["invoices"] == [{"invoice": numbers[0], "amount": "24.00", "credit": "0.00"}]
    assert (matched["amount"], matched["status"], told["unmatched"]) == ("24.00", "matched", [])


def test_a_row_that_cannot_be_read_is_named_by_its_line_and_costs_itself(
    admin: Admin, numbers: list[str], filed: Filed
) -> None:
    body = bank.english([Paid("24.00", numbers[0], ON), Paid("x", numbers[1], ON)])
    result = admin(*filed(body), code=1)
    assert "matched 24.00 EUR" in result.stdout
    assert result.stderr == "line 3 'x' is no amount\n"


def test_what_is_to_come_is_named_and_set_aside(admin: Admin, numbers: list[str], filed: Filed) -> None:
    body = "Date;Amount;Currency;Reference\n2026-03-21;24,00;EUR;{}\n2026-03-22;24,00;EUR;{}\n"
    result = admin(*filed(body.format(*numbers).encode()), code=1)
    assert f"matched 24.00 EUR to {numbers[0]}" in result.stdout
    assert result.stderr == "line 3 2026-03-22 is to come\n"
    assert read(admin("invoice", "show", numbers[1], "--json"))["due"] == "24.00"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "november.xml is no statement: it is empty → export CAMT.053 or CSV"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"<html/>", "it is html, and no CAMT.053"),
        (b"Date;Amount\n2026-11-30;5", "no column says the currency → add --currency EUR"),
    ],
)
def test_a_file_that_is_no_statement_is_refused_in_one_line(
    admin: Admin, filed: Filed, body: bytes, why: str
) -> None:
    assert why in refused(admin(*filed(body), code=2))


def test_a_file_that_is_not_there_is_named(admin: Admin, tmp_path: Path) -> None:
    assert "(nowhere.xml)" in refused(admin(*MATCH, "--statement", "nowhere.xml", code=1))
    assert "is a directory" in refused(admin(*MATCH, "--statement", str(tmp_path), code=2))


def test_the_currency_of_an_account_is_said_where_its_file_does_not(
    admin: Admin, numbers: list[str], filed: Filed
) -> None:
    body = f"Date;Amount;Reference\n{ON};24.00;{numbers[0]}".encode()
    assert f"matched 24.00 EUR to {numbers[0]}" in admin(*filed(body), "--currency", "eur").stdout
    assert "'mark' is no currency" in refused(admin(*filed(body), "--currency", "mark", code=2))


def test_what_waits_is_listed_with_what_it_may_pay(admin: Admin, numbers: list[str], filed: Filed) -> None:
    assert "No transfer waits." in admin(*MATCH).stdout
    admin(*filed(camt_of([Paid("24.00", "thanks", ON, number="1")])))
    [row] = admin(*MATCH).stdout.splitlines()[1:]
    assert row.endswith(f"it names no invoice; {numbers[0]} and {numbers[1]} are of just this amount")
    [told] = read(admin(*MATCH, "--json"))
    assert told["suggestions"] == numbers
    assert (told["reason"], told["payer"], told["booked_at"]) == (
        "it names no invoice",
        "Ada Lovelace",
        "2026-03-01T12:00:00+00:00",
    )


def test_by_hand_a_transfer_pays_what_is_named_oldest_first(
    admin: Admin, numbers: list[str], filed: Filed
) -> None:
    admin(*filed(camt_of([Paid("50.00", "thanks", ON, number="1")])))
    [waiting] = read(admin(*MATCH, "--json"))
    both = ("--invoice", numbers[1], "--invoice", numbers[0].lower())
    told = admin(*MATCH, waiting["id"][:8], *both, *AT).stdout
    assert told == (
        f"matched 50.00 EUR: 24.00 to {numbers[0]}, 26.00 to {numbers[1]}; 2.00 EUR were too much and are credit\n"
    )
    assert "is matched already" in refused(admin(*MATCH, waiting["id"], *both, *AT, code=2))
    actions = [row["action"] for row in read(admin("audit", "--json"))]
    assert actions.count("payment match") == 3


def test_a_transfer_that_pays_nothing_is_left_aside_with_a_reason(
    admin: Admin, numbers: list[str], filed: Filed
) -> None:
    admin(*filed(camt_of([Paid("24.00", "interest", ON, number="1")])))
    [waiting] = read(admin(*MATCH, "--json"))
    aside = (*MATCH, "--ignore", waiting["id"][:8], "--reason", "Interest of the bank")
    assert admin(*aside, *AT).stdout == "ignored 24.00 EUR: Interest of the bank\n"
    assert read(admin(*MATCH, "--json")) == []
    row = read(admin(*MATCH, waiting["id"], "--invoice", numbers[0], "--json", *AT))
    assert (row["status"], row["reason"], row["invoices"][0]["invoice"]) == ("matched", None, numbers[0])


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("0b7a9c1e",), "which invoice does it pay?"),
        (("--invoice", "LECT-2026-000001"), "which transfer pays it?"),
        (("0b7a9c1e", "--statement", "a.xml"), "one thing at a time"),
        (("--reason", "x"), "--reason says why"),
        (("--ignore", "0b7a9c1e"), "a reason is missing"),
        (("0b7a9c1e", "--invoice", "LECT-2026-000001"), "there is no transfer 0b7a9c1e"),
        (("--ignore", "0b7a9c1e", "--reason", "x"), "there is no transfer"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(admin: Admin, given: tuple[str, ...], why: str) -> None:
    assert why in refused(admin(*MATCH, *given, code=2))


def test_text_of_a_bank_draws_nothing_on_a_terminal(admin: Admin, filed: Filed) -> None:
    admin(*filed("Date;Amount;Currency;Reference;Payer\n2026-03-01;5;EUR;\x1b[31m[red]x;\u202eevil".encode()))
    told = admin(*MATCH).stdout
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "[red]x" in told


def test_a_run_asks_wise_what_came_and_matches_all_that_waits(
    admin: Admin, numbers: list[str], filed: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin(*filed(bank.english([Paid("24.00", f"no {numbers[1]} yet"[:9], ON)])))
    fake = WiseFake(balances={111: "EUR"})
    row = fake.add("TRANSFER-1", "24.00", datetime.now(UTC) - timedelta(days=1), numbers[0])
    only = ("billing", "run", "--only")
    headers, body = signed(credited(row) | {"sent_at": datetime.now(UTC).isoformat()})
    monkeypatch.setenv("LECTERN_WISE_PUBLIC_KEY", PUBLIC_KEY)
    given = [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
    admin("payment", "webhook", "--provider", "wise", *given, stdin=body)
    with serving(fake, monkeypatch):
        told = admin(*only, "match", "--dry-run").stdout
        assert "1 transfer not matched" in told
        told = admin(*only, "charge").stdout
        assert "charge\t1 transfer received, 1 transfer matched, 1 event of providers" in told
        shown = read(admin(*only, "match", "--json"))
    assert shown["stages"]["match"] == {"unsure": 1}
    assert read(admin("invoice", "show", numbers[0], "--json"))["status"] == "paid"
    [payment] = read(admin("payment", "list", "--json"))
    assert (payment["provider"], payment["provider_transaction_id"]) == ("wise", "TRANSFER-1")


def test_a_wise_that_refuses_its_key_is_named_once_and_the_rest_of_the_run_goes_on(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(WiseFake(), monkeypatch):
        monkeypatch.setenv("LECTERN_WISE_API_KEY", "another")
        result = admin("billing", "run", code=1)
    assert "wise: Wise answers 401: invalid_token: correct LECTERN_WISE_API_KEY" in result.stderr
    assert result.stderr.count("wise: Wise answers 401") == 1
    assert "another" not in result.output
    assert "deliver" in result.stdout
    assert STAGES.index("match") < STAGES.index("charge"), "nobody is charged for what they paid"


@contextmanager
def serving(fake: WiseFake, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The fake, in a thread of its own while commands run, and the settings that lead to it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = fake.served()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    try:
        monkeypatch.setenv("LECTERN_WISE_URL", fake.url)
        monkeypatch.setenv("LECTERN_WISE_API_KEY", KEY)
        monkeypatch.setenv("LECTERN_WISE_PROFILE", PROFILE)
        yield
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
