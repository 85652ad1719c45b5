"""`lectern-admin method` on real stores and a stand-in of a provider: what is added, charged first, and removed."""

import pytest

from shared.billing.payments.providers import configured
from shared.errors import ProviderStopped, ProviderUnclear
from tests.charger import StandIn
from tests.flows.operating import EMAIL, Admin, read, refused

TOKEN = "pm_1PqRsT2eZvKYlo2C"
NOW, LATER = ("--now", "2026-11-30T12:00Z"), ("--now", "2026-11-30T13:00Z")


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch, admin: Admin) -> StandIn:
    """What stands at Stripe's place, for every command of a test."""
    found = StandIn()
    monkeypatch.setitem(configured._MAKERS, "stripe", lambda settings: found)
    monkeypatch.setenv("LECTERN_STRIPE_API_KEY", "sk_test_1")
    monkeypatch.setenv("LECTERN_PAYMENT_RETURN_URL", "https://lectern.example/back")
    return found


def ids(admin: Admin) -> dict[str, str]:
    return {row["last_four"]: row["id"] for row in read(admin("method", "list", "--json"))}


def test_a_method_is_added_by_its_token_shown_and_made_the_default(
    admin: Admin, user: str, stripe: StandIn
) -> None:
    assert "There are no methods." in admin("method", "list").stdout
    stripe.has(TOKEN)
    stripe.has("pm_2", brand="mastercard", last_four="4444", expiry_month=12, expiry_year=2026)
    stripe.has("pm_3", type="sepa", brand=None, last_four="3000", expiry_month=None, expiry_year=None)
    added = admin("method", "add", user, "--token", TOKEN, *NOW).stdout
    assert added == f"added visa ...4242 to {EMAIL}, and charged from now on\n"
    assert admin("method", "add", user, "--token", "-", *LATER, stdin="pm_2\n").stdout.endswith(
        f"4444 to {EMAIL}\n"
    )
    admin("method", "add", user, "--provider", "stripe", "--token", "pm_3", "--default", *LATER)
    found = ids(admin)
    listed = admin("method", "list", *LATER).stdout.splitlines()
    assert [line.split("\t", 1)[1] for line in listed] == [
        "User\tName\tBy\tExpires\tState",
        f"{EMAIL}\tSEPA debit ...3000\tstripe\t-\tdefault",
        f"{EMAIL}\tmastercard ...4444\tstripe\t12/2026\t-",
        f"{EMAIL}\tvisa ...4242\tstripe\t12/2028\t-",
    ]
    changed = admin("method", "default", user, found["4242"][:6], *LATER).stdout
    assert changed == f"changed {EMAIL} pays by visa ...4242\n"
    shown = admin("customer", "show", user, *LATER).stdout
    assert "pays by\tvisa ...4242, expires 12/2028\n" in shown
    assert read(admin("customer", "show", user, "--json"))["method"]["last_four"] == "4242"
    assert "already" in admin("method", "default", user, found["4242"], *LATER).stdout
    late = ("--now", "2027-01-01T00:00Z")
    assert "mastercard ...4444 expired" in refused(
        admin("method", "default", user, found["4444"], *late, code=2)
    )
    rows = read(admin("audit", "--since", "1d", "--json"))
    assert [row["action"] for row in rows][:4] == ["method default", "method add", "method add", "method add"]
    assert TOKEN not in str(rows)
    assert TOKEN not in admin("method", "list", "--json").stdout


def test_a_page_is_printed_alone_through_a_pipe(admin: Admin, user: str, stripe: StandIn) -> None:
    printed = admin("method", "link", user, *NOW)
    assert printed.stdout == "https://pay.example/cs_1\n"
    assert printed.stderr == f"{EMAIL} adds a method on this page of stripe\n"
    assert read(admin("method", "link", user, "--json", *NOW))["url"] == "https://pay.example/cs_1"


def test_a_removed_method_is_detached_and_the_newest_is_charged(
    admin: Admin, user: str, stripe: StandIn
) -> None:
    for at, four in enumerate(("1111", "2222", "3333")):
        stripe.has(f"pm_{four}", last_four=four)
        admin("method", "add", user, "--token", f"pm_{four}", "--now", f"2026-11-30T12:0{at}Z")
    found = ids(admin)
    removed = admin("method", "remove", user, found["1111"], "--now", "2026-11-30T13:00Z").stdout
    assert removed == f"removed visa ...1111 of {EMAIL}\n{EMAIL} pays by visa ...3333 now\n"
    assert stripe.detached == ["pm_1111"]
    stripe.away = ProviderStopped("Stripe takes nothing now", "try again later")
    removed = admin("method", "remove", user, found["3333"], "--now", "2026-11-30T14:00Z").stdout
    assert (
        "stripe did not detach it yet: the next billing run tries again (stripe: Stripe takes nothing now"
        in removed
    )
    stripe.away = None
    removed = admin("method", "remove", user, found["2222"], "--now", "2026-11-30T15:00Z").stdout
    assert f"{EMAIL} has no method any more, and is reminded instead" in removed
    assert stripe.detached == ["pm_1111", "pm_3333", "pm_2222"]
    rows = read(admin("method", "list", user, "--removed", "--json"))
    assert all(row["detached_at"] for row in rows)
    assert admin("method", "list", user).stdout.startswith("There are no methods.")
    again = admin("method", "add", user, "--token", "pm_1111", "--now", "2026-11-30T16:00Z", code=2)
    assert "that method was removed, and stays so" in refused(again)


def test_what_cannot_be_is_refused_in_one_line(
    admin: Admin, user: str, stripe: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.has(TOKEN)
    for words, said in (
        (("add", user, "--token", "4242 4242 4242 4242"), "Lectern takes none"),
        (("add", user, "--token", "pm 1"), "no token of a provider"),
        (("add", user), "no terminal to type a token in"),
        (("add", user, "--token", TOKEN, "--provider", "wise"), "wise"),
        (("add", user, "--token", TOKEN, "--provider", "paypal"), "set LECTERN_PAYPAL_API_KEY"),
        (("default", user, "abc"), f"{EMAIL} has no method abc"),
        (("remove", user, "[red]"), f"{EMAIL} has no method [red]"),
    ):
        printed = admin("method", *words, code=2)
        assert said in refused(printed)
        assert "4242 4242" not in printed.output
    assert "knows no such token" in refused(admin("method", "add", user, "--token", "pm_other", code=1))
    assert "no user bob" in refused(admin("method", "link", "bob@example.org", code=1))
    stripe.away = ProviderUnclear("Stripe did not answer", "try again")
    assert "did not answer" in refused(admin("method", "link", user, code=1))
    admin("user", "add", "bob@example.org")
    stripe.away = None
    admin("method", "add", user, "--token", TOKEN)
    assert "another user's" in refused(admin("method", "add", "bob@example.org", "--token", TOKEN, code=2))
    monkeypatch.delenv("LECTERN_PAYMENT_RETURN_URL")
    assert "set LECTERN_PAYMENT_RETURN_URL" in refused(admin("method", "link", user, code=2))
    monkeypatch.delenv("LECTERN_STRIPE_API_KEY")
    assert "no provider is configured that could charge" in refused(admin("method", "link", user, code=2))


def test_a_user_who_is_removed_leaves_no_method_at_the_provider(
    admin: Admin, user: str, stripe: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.has("pm_1")
    admin("method", "add", user, "--token", "pm_1")
    assert admin("user", "remove", user, "--yes").stdout == f"removed {EMAIL}\n"
    assert stripe.detached == ["pm_1"]
    admin("user", "add", "bob@example.org")
    stripe.has("pm_2")
    admin("method", "add", "bob@example.org", "--token", "pm_2")
    stripe.away = ProviderStopped("Stripe takes nothing now", "try again later")
    removed = admin("user", "remove", "bob@example.org", "--yes").stdout
    assert "1 method of payment is not detached yet: the next billing run tries again" in removed
    assert "stripe: Stripe takes nothing now" in removed
    rows = read(admin("method", "list", "--removed", "--json"))
    assert {row["last_four"] for row in rows} == {None}
    assert sorted(bool(row["detached_at"]) for row in rows) == [False, True]
