"""`lectern-admin plan` on a real database: what is printed is what is read, and bad input is one line."""

import json
from datetime import UTC, datetime
from functools import partial
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from admin.commands.plans.plan_screen import show_plan
from shared.billing.plans.plan_json import read_draft
from tests.flows.operating import Admin, read, refused


@pytest.fixture
def admin(admin: Admin) -> Admin:
    return partial(admin, "plan")


def test_a_shipped_plan_shows_fees_what_they_include_and_what_more_costs(admin: Admin) -> None:
    shown = admin("show", "premium").stdout
    for line in (
        "requests\tat most 1,000,000 a month",
        "49.00 EUR a month\tthe default",
        "490.00 EUR a year\t",
        "requests\t50,000\tthe first 200,000\t0.80 EUR per 1,000",
        "requests\t50,000\tany more\t0.50 EUR per 1,000",
        "tokens\t100,000,000\tall, if up to 400,000,000\t0.40 EUR per 1,000,000",
        "tokens\t100,000,000\tall, if over 400,000,000\t0.30 EUR per 1,000,000",
    ):
        assert line in shown.splitlines()
    assert "Nothing is charged beyond the fee." in admin("show", "free").stdout
    assert "all, at one price\t390.00 EUR" in admin("show", "enterprise").stdout
    listed = admin("list").stdout.splitlines()
    assert "basic\t9.00 EUR a month\t10,000\t20,000,000\t5\t" in listed
    assert "free\t0.00 EUR a month\t1,000\t2,000,000\t2\t" in listed


@pytest.mark.parametrize("plan", ["free", "basic", "premium", "enterprise"])
def test_a_plan_fits_a_terminal_of_80_columns(admin: Admin, plan: str) -> None:
    console = Console(width=80, force_terminal=True, file=StringIO(), highlight=False, color_system=None)
    told = admin("show", plan, "--json").stdout
    show_plan(console, {"archived_at": datetime(2026, 1, 1, tzinfo=UTC)}, read_draft(told))
    screen = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(map(len, screen.splitlines())) <= 80
    assert "version 1  archived 2026-01-01" in screen


def test_what_show_prints_is_added_under_another_name_and_edited_by_file(
    admin: Admin, tmp_path: Path, database_url: str
) -> None:
    basic = read(admin("show", "basic", "--json"))
    assert (basic["amount"], basic["prices"][0]["charges"][0]["unit_price"]) == ("9.00", "0.001")
    team = read(admin("add", "team", "--file", "-", "--name", "Team", "--json", stdin=json.dumps(basic)))
    same = {"prices", "limits", "features", "amount", "description"}
    assert {name: team[name] for name in same} == {name: basic[name] for name in same}
    assert (team["id"], team["name"], team["version"]) == ("team", "Team", 1)

    team["prices"][0]["amount"] = "12.50"
    file = tmp_path / "team.json"
    file.write_text(json.dumps(team))
    assert "differs from the default price" in refused(admin("edit", "team", "--file", str(file), code=2))
    del team["amount"]
    file.write_text(json.dumps(team))
    assert "version 2" in admin("edit", "team", "--file", str(file)).stdout
    assert "made from version 1" in refused(admin("edit", "team", "--file", str(file), code=2))
    assert read(admin("edit", "team", "--amount", "13", "--json"))["prices"][0]["amount"] == "13.00"
    assert admin("edit", "team", "--amount", "13").stdout == "team is so already, in version 3.\n"
    assert "12.50" not in admin("list").stdout
    assert "team\t13.00 EUR a month" in admin("list").stdout

    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT action, before, after FROM audit_log ORDER BY at").fetchall()
    numbers = {"plan": "team", "currency": "EUR", "interval": "month"}
    assert [action for action, _, _ in rows] == ["plan add", "plan edit", "plan edit"]
    assert rows[2][1:] == (
        numbers | {"version": 2, "amount": "12.50"},
        numbers | {"version": 3, "amount": "13.00"},
    )


def test_a_plan_of_options_alone_is_a_fee_without_limits(admin: Admin) -> None:
    added = read(admin("add", "gold", "--amount", "7", "--currency", "kwd", "--interval", "year", "--json"))
    assert (added["name"], added["amount"], added["currency"], added["interval"]) == (
        "Gold",
        "7.000",
        "KWD",
        "year",
    )
    assert added["limits"] == {"requestsPerMonth": None, "tokensPerMonth": None, "concurrentRequests": None}
    assert added["prices"] == [
        {"interval": "year", "currency": "KWD", "amount": "7.000", "is_default": True, "charges": []}
    ]


def test_prices_that_charge_differently_are_told_apart(admin: Admin) -> None:
    plan = read(admin("show", "premium", "--json"))
    plan["prices"][1]["charges"] = [
        {"meter": "tokens", "model": "volume", "tiers": [{"unit_price": "0.0123"}]}
    ]
    shown = admin("edit", "premium", "--file", "-", stdin=json.dumps(plan)) and admin("show", "premium")
    parts = shown.stdout.partition("With a fee of 490.00 EUR a year\n")
    assert "With a fee of 49.00 EUR a month\n" in parts[0]
    assert parts[2].splitlines()[1:] == ["tokens\t0\teach\t12.30 EUR per 1,000"]
    plan["prices"][1]["charges"], plan["version"] = [], 2
    admin("edit", "premium", "--file", "-", stdin=json.dumps(plan))
    assert admin("show", "premium").stdout.endswith("a year\nNothing is charged beyond the fee.\n")


def test_a_plan_is_shown_and_listed_as_of_an_instant(admin: Admin) -> None:
    admin("edit", "basic", "--amount", "10", "--now", "2030-01-01T00:00:00+01:00")
    admin("archive", "basic", "--now", "2031-01-01T00:00:00Z")
    before, between, after = "2029-12-31T22:59:59Z", "2029-12-31T23:00:00Z", "2031-01-01T00:00:00+00:00"
    for now, amount, archived in (
        (before, "9.00", None),
        (between, "10.00", None),
        (after, "10.00", "2031-01-01T00:00:00+00:00"),
    ):
        shown = read(admin("show", "basic", "--now", now, "--json"))
        [listed] = [one for one in read(admin("list", "--now", now, "--json")) if one["id"] == "basic"]
        assert listed == shown
        assert (shown["amount"], shown["archived_at"]) == (amount, archived)
    assert "holds from 2029-12-31T23:00:00" in refused(
        admin("edit", "basic", "--amount", "1", "--now", before, code=2)
    )
    assert "basic\t10.00 EUR a month\t10,000\t20,000,000\t5\tarchived" in admin("list", "--now", after).stdout


def test_an_archived_plan_is_archived_once_and_free_never(admin: Admin) -> None:
    assert "archived" in admin("archive", "premium").stdout
    assert "already" in admin("archive", "premium").stdout
    assert read(admin("archive", "premium", "--json"))["archived_at"]
    assert "free stays" in refused(admin("archive", "free", code=2))


BAD = [
    (("show", "premum"), "no plan 'premum'; did you mean premium?"),
    (("show", "basic", "--now", "yesterday"), "no instant with an offset"),
    (("show", "basic", "--now", "2026-01-01T00:00:00"), "no instant with an offset"),
    (("show", "basic", "--now", "2019-01-01T00:00:00Z"), "basic begins 2020-01-01"),
    (("add",), "a plan needs an id and a fee"),
    (("add", "team"), "a plan needs an id and a fee"),
    (("add", "Team", "--amount", "1"), "id: must be a small letter"),
    (("add", "-", "--amount", "1"), "id: must be a small letter"),
    (("add", "basic", "--amount", "1"), "there is a plan basic already"),
    (("add", "team", "--amount", "-1"), "--amount: must be from 0"),
    (("add", "team", "--amount", "NaN"), "--amount: must be a number"),
    (("add", "team", "--amount", "1e30"), "--amount: must be a number"),
    (("add", "team", "--amount", "1.001"), "EUR has two decimals"),
    (("add", "team", "--amount", "1", "--currency", "XYZ"), "'XYZ' is no currency"),
    (("add", "team", "--amount", "1", "--interval", "week"), "--interval: must be one of month, year"),
    (("add", "team", "--amount", "1", "--name", "half \udcff"), "name: has characters that nobody sees"),
    (("add", "--file", "/nowhere/team.json"), "/nowhere/team.json cannot be read: No such file"),
    (("add", "--file", "/"), "/ cannot be read: Is a directory"),
    (("add", "--file", "nul\0"), "cannot be read"),
    (("add", "--file", "/dev/zero"), "the file is too large"),
    (("add", "--file", "-", "--currency", "EUR"), "a file says currency and interval itself"),
    (("edit", "basic"), "nothing is to be changed"),
    (("edit", "basic", "--amount", "1.001"), "EUR has two decimals"),
    (("edit", "nobody", "--amount", "1"), "no plan 'nobody'"),
    (("archive", "nobody"), "no plan 'nobody'"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), BAD, ids=range(len(BAD)))
def test_bad_input_is_one_line(admin: Admin, words: tuple[str, ...], said: str) -> None:
    assert said in refused(admin(*words, code=2))


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        ("", "the file is no JSON"),
        (b"\xff\xfe", "- is no UTF-8"),
        ('{"id": "basic"}', "the file needs name"),
        ('{"id": "basic", "name": "[red]x[/]", "prices": 3, "fee": "[bold]"}', "no key 'fee'"),
        (
            '{"id": "other", "name": "x", "prices": [{"interval": "month", "currency": "EUR", "amount": 1}]}',
            "of other, not of basic",
        ),
    ],
)
def test_a_bad_file_is_one_line_and_changes_nothing(admin: Admin, stdin: str | bytes, said: str) -> None:
    assert said in refused(admin("edit", "basic", "--file", "-", stdin=stdin, code=2))
    assert read(admin("show", "basic", "--json"))["version"] == 1


def test_markup_in_a_name_is_shown_as_it_was_typed(admin: Admin) -> None:
    admin("add", "odd", "--amount", "1", "--name", "[red]Odd[/red] ‹ plan", "--now", "2026-01-01T00:00:00Z")
    assert admin("show", "odd").stdout.startswith("[red]Odd[/red] ‹ plan  version 1")
    assert datetime.fromisoformat(read(admin("show", "odd", "--json"))["created_at"]) == datetime(
        2026, 1, 1, tzinfo=UTC
    )
