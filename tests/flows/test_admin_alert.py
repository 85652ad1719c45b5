"""`lectern-admin alert`: thresholds are set, alerts are listed and read."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from tests.flows.operating import Admin, read, refused
from tests.ledger import Ledger, Row, at, ledger

ADA, EVE = "ada@example.org", "eve@example.org"
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def admin(admin: Admin) -> Admin:
    return partial(admin, "alert")


@pytest.fixture
def books(database_url: str) -> Iterator[Ledger]:
    with ledger(database_url) as opened:
        yield opened


@pytest.fixture
def told(books: Ledger) -> list[Row]:
    """Two alerts of Ada, one of Eve."""
    ada, eve = books.user(ADA), books.user(EVE)
    usage = {"type": "usage_threshold", "threshold": "80", "current_value": "80.5"}
    overdue = {"type": "invoice_overdue", "current_value": "36", "metadata": {"currency": "EUR"}}
    rows: list[tuple[UUID, str, dict[str, Any]]] = [
        (ada, "80% used", usage),
        (ada, "not paid", overdue),
        (eve, "[red]80%[/] used", usage),
    ]
    return [
        books.add(
            "billing_alerts",
            user_id=user,
            message=message,
            occasion=str(day),
            created_at=at(f"2026-11-0{day}"),
            **more,
        )
        for day, (user, message, more) in enumerate(rows, 1)
    ]


def test_thresholds_are_set_shown_and_cleared_and_the_change_is_audited(admin: Admin, books: Ledger) -> None:
    user = books.user(ADA)
    set_ = ("set", ADA, "--meter", "requests", "--percent")
    assert read(admin(*set_, "100, 50%,80,50", "--json")) == {
        "user": ADA,
        "meter": "requests",
        "percent": [50, 80, 100],
    }
    assert "alerted at 50%, 80% of a month's requests" in admin(*set_, "50,80").stdout
    assert "requests at 50%, 80%" in admin("list", ADA).stdout
    assert "not alerted of requests" in admin(*set_, "none").stdout
    assert books.rows("SELECT * FROM alert_thresholds") == []
    rows = books.rows("SELECT action, user_id, before, after FROM audit_log ORDER BY at")
    assert [(row["action"], row["user_id"]) for row in rows] == [("alert set", user)] * 3
    assert (rows[1]["before"], rows[1]["after"]) == ({"requests": [50, 80, 100]}, {"requests": [50, 80]})


@pytest.mark.parametrize(
    "words",
    [
        ("set", ADA, "--meter", "requests", "--percent", "0"),
        ("set", ADA, "--meter", "requests", "--percent", "-5"),
        ("set", ADA, "--meter", "requests", "--percent", "1001"),
        ("set", ADA, "--meter", "requests", "--percent", "80.5"),
        ("set", ADA, "--meter", "requests", "--percent", "NaN"),
        ("set", ADA, "--meter", "requests", "--percent", "٨٠"),
        ("set", ADA, "--meter", "requests", "--percent", "9" * 5000),
        ("set", ADA, "--meter", "requests", "--percent", ""),
        ("set", ADA, "--meter", "requests", "--percent", ",".join(map(str, range(1, 22)))),
        ("set", ADA, "--meter", "weather", "--percent", "80"),
        ("set", ADA, "--percent", "80"),
        ("set", ADA, "--meter", "requests"),
        ("set", ADA, "--meter", "requests", "--percent", "80", "--now", "today"),
        ("read",),
        ("read", "first"),
        ("read", NOBODY, "--all", ADA),
        ("read", NOBODY),
        ("list", "ada"),
        ("list", "--now", "2026-11-01"),
    ],
    ids=lambda words: " ".join(words)[:60],
)
def test_what_cannot_be_is_refused_in_one_line(admin: Admin, books: Ledger, words: tuple[str, ...]) -> None:
    books.user(ADA)
    refused(admin(*words, code=2))
    assert books.rows("SELECT * FROM alert_thresholds") == books.rows("SELECT * FROM audit_log") == []


def test_an_unknown_user_is_named(admin: Admin) -> None:
    for words in (
        ("set", EVE, "--meter", "tokens", "--percent", "80"),
        ("list", EVE),
        ("read", "--all", EVE),
    ):
        assert EVE in refused(admin(*words, code=1))


def test_alerts_are_listed_the_newest_first_with_their_numbers(admin: Admin, told: list[Row]) -> None:
    first, second, third = told
    rows = read(admin("list", "--json"))
    assert [row["id"] for row in rows] == [str(row["id"]) for row in (third, second, first)]
    assert rows[1] == {
        "id": str(second["id"]), "user": ADA, "type": "invoice_overdue", "threshold": None, "current_value": "36.00",
        "message": "not paid", "is_read": False, "created_at": "2026-11-02T00:00:00+00:00", "read_at": None,
        "metadata": {"currency": "EUR"},
    }  # fmt: skip
    assert (rows[2]["threshold"], rows[2]["current_value"]) == ("80", "80.5")
    assert [row["id"] for row in read(admin("list", EVE, "--json"))] == [str(third["id"])]
    assert "no\t[red]80%[/] used" in admin("list").stdout


def test_alerts_are_read_by_id_or_all_of_a_user_and_stay_as_they_were_read(
    admin: Admin, told: list[Row], books: Ledger
) -> None:
    first, second, third = (str(row["id"]) for row in told)
    [row] = read(admin("read", first, "--now", "2026-11-20T12:00:00+01:00", "--json"))
    assert (row["id"], row["is_read"], row["read_at"]) == (first, True, "2026-11-20T11:00:00+00:00")
    assert "read already" in admin("read", first).stdout
    assert [row["id"] for row in read(admin("list", "--unread", "--json"))] == [third, second]
    assert NOBODY in refused(admin("read", third, NOBODY, code=2))
    assert "read 1 alert" in admin("read", "--all", ADA).stdout
    assert "no unread alerts" in admin("read", "--all", ADA).stdout
    assert [row["id"] for row in read(admin("list", "--unread", "--json"))] == [third]
    assert "no unread alerts" in admin("list", ADA, "--unread").stdout
    changes = books.rows("SELECT after FROM audit_log ORDER BY at")
    assert [row["after"] for row in changes] == [{"alerts": [first]}, {"alerts": [second]}]
