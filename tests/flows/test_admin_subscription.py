"""`lectern-admin subscription` and `billing run` on a real database: what is printed, and refused in one line."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.settings import IngestSettings
from tests.flows.asking import server_environment
from tests.flows.operating import EMAIL, Admin, read, refused
from tests.ledger import ledger

NOW = "2026-03-01T12:00+00:00"
AT = ("--now", NOW)
MARKED = "[bold]Set-up[/bold] [link=http://example.org]"

Words = tuple[str, ...]

NOT_STARTED: list[tuple[Words, str]] = [
    (("gold",), "no plan"),
    (("basic", "--at", "2026-02-28"), "2026-02-28 is past in UTC"),
    (("basic", "--at", "2026-02-29"), "no date"),
    (("basic", "--at", "2027-02-30"), "no date"),
    (("basic", "--at", "9999-12-31"), "more than ten years ahead"),
    (("basic", "--trial", "0d"), "1 to 730 whole days"),
    (("basic", "--trial", "731d"), "1 to 730 whole days"),
    (("basic", "--trial", "90m"), "1 to 730 whole days"),
    (("basic", "--trial", "soon"), "no duration"),
    (("basic", "--currency", "DOGE"), "no currency"),
    (("basic", "--currency", "USD"), "no price by the month in USD"),
    (("basic", "--interval", "week"), "week"),
    (("basic", "--interval-count", "0"), "interval-count"),
    (("basic", "--periods", "0"), "periods"),
    (("basic", "--now", "2026-03-01T12:00"), "no instant with an offset"),
    (("basic", "--now", "2026-02-30T12:00Z"), "no instant with an offset"),
    (("basic", "--now", "now"), "no instant with an offset"),
    (("🦄",), "no plan"),
]
NOT_ADJUSTED: list[tuple[Words, str]] = [
    (("0",), "above zero, or below"),
    (("NaN",), "no amount"),
    (("-Infinity",), "no amount"),
    (("1000000000000",), "no amount that anybody pays"),
    (("1.005",), "two decimals"),
    (("five",), "no amount"),
    (("5", "--description", " "), "1 to 500 characters"),
    (("5", "--description", "x" * 501), "1 to 500 characters"),
]


@pytest.fixture
def subscribed(admin: Admin, user: str) -> str:
    """An address that is on `basic` since the first of March, and can be billed."""
    admin("seller", "set", "--name", "Lectern SARL", "--postcode", "75001", "--country", "FR")
    admin("customer", "set", EMAIL, "--name", "Ada Lovelace", "--postcode", "75001", "--country", "FR")
    admin("subscription", "start", EMAIL, "basic", *AT)
    return user


def test_what_cannot_start_is_refused_in_one_line(admin: Admin, user: str) -> None:
    for words, because in NOT_STARTED:
        at = () if "--now" in words else AT
        assert because in refused(admin("subscription", "start", EMAIL, *words, *at, code=2)), words
    for name in ("cancel", "pause", "resume", "show"):
        assert "there is no subscription" in refused(admin("subscription", name, EMAIL, *AT, code=2))
    refused(admin("subscription", "start", "eve@example.org", "basic", *AT, code=1))
    assert read(admin("subscription", "list", "--json")) == []


def test_a_life_is_told_from_start_to_end(admin: Admin, user: str) -> None:
    assert "no subscriptions" in admin("subscription", "list").stdout
    told = admin("subscription", "start", EMAIL, "basic", "--trial", "14d", *AT).stdout
    assert told == (
        f"started the subscription of {EMAIL}\nplan\tbasic, 9.00 EUR a month\n"
        "state\tactive, in its trial\nperiod\t2026-03-01 to 2026-03-14 UTC\n"
    )
    order = ("subscription", "change", EMAIL, "premium", "--at", "now")
    later = ("--now", "2026-03-25T12:00Z")
    preview = admin(*order, "--preview", *later).stdout
    assert preview.startswith("preview: nothing of this is kept\nplan\tpremium")
    assert read(admin("subscription", "show", EMAIL, *later, "--json"))["plan"] == "basic"
    changed = read(admin(*order, *later, "--json"))
    assert (changed["user"], changed["amount"], changed["anchor"]) == (EMAIL, "49.00", "2026-03-15")
    assert changed["next_plan"] is None
    assert [line["amount"] for line in changed["pending"]] == ["-6.10", "33.19"]
    assert changed["credit_notes"] == []
    shown = read(admin("subscription", "show", EMAIL, *later, "--json"))
    assert [line["period"] for line in shown["pending"]] == [
        {"startDate": "2026-03-25", "endDate": "2026-04-14"}
    ] * 2

    assert "state\tactive, ends with its period" in admin("subscription", "cancel", EMAIL, *later).stdout
    told = refused(admin("subscription", "cancel", EMAIL, *later, code=2))
    assert "is to end with its period already → --at now ends it at once" in told
    admin("subscription", "resume", EMAIL, *later)
    assert "nothing to resume" in refused(admin("subscription", "resume", EMAIL, *later, code=2))
    assert "state\tpaused" in admin("subscription", "pause", EMAIL, *later).stdout
    assert "paused already" in refused(admin("subscription", "pause", EMAIL, *later, code=2))
    assert "state\tcancelled" in admin("subscription", "cancel", EMAIL, "--at", "now", *later).stdout
    for name in ("cancel", "pause", "resume"):
        assert "is cancelled already" in refused(admin("subscription", name, EMAIL, *later, code=2))
    [row] = read(admin("subscription", "list", "--json"))
    assert (row["user"], row["status"], row["amount"]) == (EMAIL, "cancelled", "49.00")
    actions = [row["action"] for row in read(admin("audit", "--json"))]
    assert actions[:6] == [
        f"subscription {name}" for name in ("cancel", "pause", "resume", "cancel", "change", "start")
    ]


def test_what_dunning_paused_is_told_and_becomes_the_operators(admin: Admin, subscribed: str) -> None:
    admin("billing", "run", *AT)
    told = admin("billing", "run", "--now", "2026-03-29T12:00Z").stdout
    assert "dun\t1 reminder of an unpaid invoice, 1 subscription paused until what is due is paid\n" in told
    later = ("--now", "2026-03-29T13:00Z")
    assert "state\tpaused, until what is due is paid\n" in admin("subscription", "show", EMAIL, *later).stdout
    assert read(admin("subscription", "show", EMAIL, *later, "--json"))["pause_reason"] == "dunning"
    assert "state\tpaused\n" in admin("subscription", "pause", EMAIL, *later).stdout
    assert "paused already" in refused(admin("subscription", "pause", EMAIL, *later, code=2))
    assert read(admin("subscription", "resume", EMAIL, *later, "--json"))["pause_reason"] is None


def test_a_payment_that_is_recorded_ends_the_pause_of_dunning(admin: Admin, subscribed: str) -> None:
    admin("billing", "run", *AT)
    admin("billing", "run", "--now", "2026-03-29T12:00Z")
    paid = ("payment", "record", "LECT-2026-000001", "--now", "2026-03-29T13:00Z")
    assert admin(*paid, "10.00").stdout.endswith("LECT-2026-000001, 0.80 EUR are still due\n")
    assert admin(*paid, "0.80").stdout.endswith("LECT-2026-000001, and the subscription goes on\n")


def test_what_is_still_to_come_has_its_day(admin: Admin, user: str) -> None:
    told = admin("subscription", "start", EMAIL, "basic", "--at", "2026-04-01", *AT).stdout
    assert "state\tactive, not begun\nperiod\t2026-04-01 to 2026-04-30 UTC\n" in told
    assert f"{EMAIL}\tbasic\tactive, not begun\t" in admin("subscription", "list", *AT).stdout
    told = admin("subscription", "cancel", EMAIL, "--at", "now", *AT).stdout
    assert "state\tcancelled, never begun\nperiod\t-\n" in told
    admin("subscription", "start", EMAIL, "basic", "--at", "2026-04-01", *AT)
    later = ("--now", "2026-04-02T00:00Z")
    told = admin("subscription", "change", EMAIL, "premium", *later).stdout
    assert "state\tactive\n" in told
    assert "then\tpremium a month from 2026-05-01 on\n" in told
    assert read(admin("subscription", "show", EMAIL, *later, "--json"))["next_plan"] == "premium"


def test_what_is_billed_already_is_credited_where_it_is_cancelled(admin: Admin, subscribed: str) -> None:
    admin("billing", "run", *AT)
    admin("invoice", "credit", "LECT-2026-000001", "--amount", "0.01", "--reason", "x", *AT)
    later = ("--at", "now", "--now", "2026-03-11T12:00Z")
    yearly = ("subscription", "change", EMAIL, "basic", "--interval", "year", "--preview", *later)
    assert "credit note\t7.32 EUR of LECT-2026-000001\n" in admin(*yearly).stdout
    preview = {"invoice": "LECT-2026-000001", "total": "7.32", "currency": "EUR", "number": None}
    assert read(admin(*yearly, "--json"))["credit_notes"] == [preview]
    cancelled = read(admin("subscription", "cancel", EMAIL, *later, "--json"))
    assert cancelled["credit_notes"] == [preview | {"number": "LECT-CN-2026-000002"}]
    note = read(admin("invoice", "show", "LECT-CN-2026-000002", "--json"))
    assert (note["subtotal"], note["reason"]) == ("6.10", "Unused time of Basic from 2026-03-11 on")


def test_a_line_of_an_operators_is_an_amount_and_its_text_stays_text(admin: Admin, subscribed: str) -> None:
    for words, because in NOT_ADJUSTED:
        said = () if "--description" in words else ("--description", "Set-up")
        given = ("subscription", "adjust", EMAIL, *words, *said, *AT)
        assert because in refused(admin(*given, code=2)), words
    for plan in ("premium", "basic"):
        told = refused(admin("subscription", "start", EMAIL, plan, *AT, code=2))
        assert "there is a subscription to basic already" in told
    assert "is to basic already" in refused(admin("subscription", "change", EMAIL, "basic", *AT, code=2))
    admin("customer", "set", EMAIL, "--name", MARKED)
    told = admin("subscription", "adjust", EMAIL, "-5.00", "--description", MARKED, *AT).stdout
    assert f"{MARKED}\t2026-03-01\t2026-03-01\t-5.00 EUR\n" in told
    [line] = read(admin("subscription", "show", EMAIL, *AT, "--json"))["pending"]
    assert (line["type"], line["description"], line["amount"]) == ("adjustment", MARKED, "-5.00")
    admin("billing", "run", "--now", "2026-04-01T00:00Z")
    told = admin("invoice", "show", "LECT-2026-000002").stdout
    assert f"to\t{MARKED}, 75001, FR\n" in told
    assert f"{MARKED}\t" in told


def test_a_run_tells_what_it_did_and_what_waits(admin: Admin, subscribed: str) -> None:
    admin("user", "add", "bob@example.org")
    admin("subscription", "start", "bob@example.org", "premium", *AT)
    done = read(admin("billing", "run", "--dry-run", *AT, "--json"))
    assert (done["dry_run"], done["failed"], done["at"]) == (True, [], "2026-03-01T12:00:00+00:00")
    assert list(done["stages"]) == ["renew", "rate", "invoice", "send", "overdue", "dun", "alert", "deliver"]
    assert read(admin("invoice", "list", "--status", "sent", "--json")) == []
    told = admin("billing", "run", *AT).stdout
    assert told == (
        "ran as of 2026-03-01 12:00 UTC\nrenew\t-\nrate\t-\n"
        "invoice\t1 draft, 1 draft that cannot be sent: lectern-admin billing status\n"
        "send\t1 invoice sent\noverdue\t-\ndun\t-\nalert\t-\ndeliver\t-\n"
        "1 message waits: set LECTERN_SMTP_URL and LECTERN_MAIL_FROM to send it\n"
    )
    assert (
        admin("billing", "run", "--only", "send", *AT).stdout == "ran as of 2026-03-01 12:00 UTC\nsend\t-\n"
    )
    assert [row["after"] for row in read(admin("audit", "--json")) if row["action"] == "billing run"] == [
        {"failed": 0, "only": "send"},
        {"failed": 0, "invoice drafts": 1, "invoice waiting": 1, "send sent": 1},
    ]
    refused(admin("billing", "run", "--only", "pay", *AT, code=2))
    admin("billing", "run", "--now", "2026-03-20T00:00Z")  # the month is not over
    assert [row["status"] for row in read(admin("invoice", "list", "--json"))] == ["draft", "overdue"]


def test_a_customer_for_whom_a_run_fails_costs_nobody_else(
    admin: Admin, subscribed: str, database_url: str
) -> None:
    admin("user", "add", "bob@example.org")
    admin("customer", "set", "bob@example.org", "--name", "Bob", "--postcode", "75001", "--country", "FR")
    admin("subscription", "start", "bob@example.org", "premium", *AT)
    admin("billing", "run", *AT)
    with ledger(database_url) as books:
        books.rows("UPDATE subscriptions SET zone = 'Nowhere/Land' WHERE plan = 'basic'")
    done = admin("billing", "run", "--now", "2026-04-01T00:00Z", code=1)
    [line] = done.stderr.splitlines()
    assert line.startswith(f"failed {EMAIL}: ")
    assert "Nowhere/Land" in line
    assert "renew\t1 subscription in a new month" in done.stdout
    sent = read(admin("invoice", "list", "--json"))
    assert [row["user"] for row in sent].count("bob@example.org") == 2
    assert [row["user"] for row in sent].count(EMAIL) == 1
    again = read(admin("billing", "run", "--now", "2026-04-01T00:00Z", "--json", code=1))
    assert [one["user"] for one in again["failed"]] == [EMAIL]


def test_the_books_never_go_back_and_keep_to_the_clock_once_they_went_by_it(
    admin: Admin, subscribed: str
) -> None:
    admin("billing", "run", "--now", "2026-03-20T12:00Z")
    early = ("--now", "2026-03-20T11:59Z")
    for words in (("billing", "run"), ("billing", "status"), ("subscription", "cancel", EMAIL)):
        told = refused(admin(*words, *early, code=2))
        assert "the books are at 2026-03-20T12:00:00+00:00 already" in told
    ahead = ("--now", (datetime.now(UTC) + timedelta(days=40)).isoformat())
    admin("subscription", "show", EMAIL, *ahead)
    admin("billing", "run")
    for words in (("billing", "run"), ("subscription", "cancel", EMAIL)):
        told = refused(admin(*words, *ahead, code=2))
        assert "--now is ahead of it" in told
        assert told.endswith("lectern-admin billing run --dry-run")
    told = admin("billing", "run", "--dry-run", *ahead).stdout
    assert told.startswith("dry run as of ")


def test_of_two_operators_who_change_a_subscription_at_once_one_is_refused(
    subscribed: str, make_settings: Callable[..., IngestSettings]
) -> None:
    env = server_environment(make_settings())
    order = [sys.executable, "-m", "admin", "subscription", "change", EMAIL, "premium", "--at", "now", *AT]
    both = [
        subprocess.Popen(order, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ended = sorted((*one.communicate(timeout=60), one.returncode) for one in both)
    [(nothing, why, refusal), (told, _, done)] = ended
    assert (nothing, refusal, done) == ("", 2, 0)
    assert "the subscription is to premium already" in why
    assert told.startswith(f"changed the subscription of {EMAIL}\n")


def test_json_is_a_list_or_an_object_with_money_as_text(admin: Admin, subscribed: str) -> None:
    admin("credit", "grant", EMAIL, "5", "--type", "refund", "--reason", "x", *AT)
    admin("alert", "set", EMAIL, "--meter", "requests", "--percent", "80", *AT)
    admin("billing", "run", *AT)
    admin("invoice", "credit", "LECT-2026-000001", "--amount", "1.00", "--reason", "x", *AT)
    for group in ("subscription", "invoice", "credit"):
        [row] = read(admin(group, "list", "--json"))
        assert row["user"] == EMAIL
        amount = row.get("amount") or row["total"]
        assert amount == {"subscription": "9.00", "invoice": "10.80", "credit": "5.00"}[group]
    lists: list[Words] = [(group, "list") for group in ("plan", "subscription", "invoice", "credit", "alert")]
    lists += [("invoice", "list", "--credit-notes")]
    objects: list[Words] = [
        ("plan", "show", "basic"),
        ("subscription", "show", EMAIL),
        ("customer", "show", EMAIL),
        ("seller", "show"),
        ("invoice", "show", "LECT-2026-000001"),
        ("invoice", "show", "LECT-CN-2026-000001"),
        ("billing", "status"),
        ("billing", "run"),
    ]
    for words in (*lists, *objects):
        found = read(admin(*words, "--json"))
        assert isinstance(found, list if words in lists else dict), words
        rows = found if isinstance(found, list) else [found]
        assert not {"email", "user_email"} & {name for row in rows for name in row}, words
        for value in _values(found):
            assert not isinstance(value, float), words
    for words in (("subscription", "show", EMAIL), ("invoice", "show", "LECT-2026-000001")):
        assert read(admin(*words, "--json"))["user"] == EMAIL


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _values(one)
    else:
        yield value
