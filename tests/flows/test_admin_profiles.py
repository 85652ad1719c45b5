"""`lectern-admin customer` and `seller` on real stores: what is kept, shown, audited, and refused in one line."""

from tests.flows.operating import EMAIL, Admin, read, refused

SELLER = (
    "seller", "set", "--name", "Lectern SARL", "--country", "fr", "--postcode", "75001", "--zone", "europe/paris",
    "--vat-number", "FR 40 303 265 045",
)  # fmt: skip


def test_a_seller_is_set_shown_and_taken_back_field_by_field(admin: Admin) -> None:
    at_first = read(admin("seller", "show", "--json"))
    assert (at_first["name"], at_first["zone"], at_first["currency"], at_first["oss"]) == (
        None,
        "UTC",
        "EUR",
        False,
    )
    admin(*SELLER)
    admin("seller", "set", "--iban", "FR76 3000 6000 0112 3456 7890 189", "--oss", "on", "--small-business")
    admin(
        "seller", "set", "--legal-note", "fr_FR", "RCS Paris [bold]1[/]", "--currency", "chf", "--term", "30"
    )
    row = read(admin("seller", "set", "--oss", "off", "--no-small-business", "--json"))
    assert row == read(admin("seller", "show", "--json"))
    assert row == at_first | {
        "name": "Lectern SARL",
        "country": "FR",
        "postcode": "75001",
        "zone": "Europe/Paris",
        "vat_number": "FR40303265045",
        "iban": "FR7630006000011234567890189",
        "currency": "CHF",
        "term_days": 30,
        "legal_notes": {"fr-FR": "RCS Paris [bold]1[/]"},
    }
    shown = admin("seller", "show").stdout
    assert "IBAN\tFR76 3000 6000 0112 3456 7890 189\n" in shown
    assert "note in fr-FR\tRCS Paris [bold]1[/]\n" in shown
    admin(
        "seller",
        "set",
        "--legal-note",
        "fr-FR",
        "",
        "--iban",
        "",
        "--currency",
        "",
        "--term",
        "",
        "--zone",
        "",
    )
    after = read(admin("seller", "show", "--json"))
    assert (after["legal_notes"], after["iban"]) == ({}, None)
    assert (after["currency"], after["term_days"], after["zone"]) == ("EUR", 14, "UTC")


def test_a_customer_shows_what_was_set_what_holds_and_which_tax(admin: Admin, user: str) -> None:
    row = read(admin("customer", "show", user, "--json"))
    assert row["tax"]["reason"] == "the seller has no country: lectern-admin seller set --country CC"
    admin(*SELLER)
    assert "the customer has no country" in admin("customer", "show", user).stdout
    admin("customer", "set", user, "--country", "de", "--postcode", "10115", "--term", "0")
    row = read(admin("customer", "show", user, "--json"))
    assert row["by_default"] == {"invoice_email": EMAIL, "locale": "en", "zone": "Europe/Paris"}
    assert (row["user"], row["country"], row["zone"], row["term_days"]) == (EMAIL, "DE", None, 0)
    assert row["tax"] == {"category": "S", "rate": "20", "note": None, "reason": None}
    assert "tax\t20 % (S)\n" in admin("customer", "show", user).stdout
    changed = admin("customer", "set", user, "--vat-number", "DE 136 695 976").stdout
    assert "tax\t0 % (AE) Reverse charge" in changed
    assert "time zone\tEurope/Paris (the seller's)\n" in admin("customer", "show", user).stdout


def test_tax_is_that_of_the_named_instant_in_the_customers_zone(admin: Admin, user: str) -> None:
    admin("seller", "set", "--country", "EE")
    admin("customer", "set", user, "--country", "EE", "--zone", "Europe/Tallinn")
    for now, rate in (("2025-06-30T20:59:59+00:00", "22"), ("2025-06-30T21:00:00+00:00", "24")):
        assert read(admin("customer", "show", user, "--now", now, "--json"))["tax"]["rate"] == rate


def test_markup_is_text_and_nothing_in_a_name_is_hidden(admin: Admin, user: str) -> None:
    admin("customer", "set", user, "--name", "[red]Ada[/] <b>\x1b[31m\u202e", "--address", "1 rue\n2e")
    shown = admin("customer", "show", user).stdout
    assert "name\t[red]Ada[/] <b>[31m\n" in shown
    assert "address\t1 rue<U+000A>2e\n" in shown


def test_the_audit_log_names_fields_and_no_person(admin: Admin, user: str) -> None:
    admin(
        "customer",
        "set",
        user,
        "--name",
        "Ada Lovelace",
        "--country",
        "IE",
        "--now",
        "2026-01-01T00:00:00+00:00",
    )
    admin("seller", "set", "--name", "Lectern SARL", "--oss", "on")
    rows = {row["action"]: row for row in read(admin("audit", "--since", "1d", "--json"))}
    set_ = rows["customer set"]
    assert (set_["user"], set_["before"]) == (EMAIL, {"country": None})
    assert set_["after"] == {"changed": ["name", "country"], "country": "IE"}
    assert rows["seller set"]["after"] == {"changed": ["name", "oss"], "oss": True}


REFUSED = [
    (("customer", "set", EMAIL), "nothing is to be changed"),
    (("customer", "set", EMAIL, "--country", "XX"), "no country"),
    (("customer", "set", EMAIL, "--country", "ES", "--postcode", "3500"), "no postcode of ES"),
    (("customer", "set", EMAIL, "--vat-number", "DE1"), "no VAT number of DE"),
    (("customer", "set", EMAIL, "--country", "FR", "--vat-number", "DE136695976"), "--vat-number-abroad"),
    (("customer", "set", EMAIL, "--term", "1000"), "no term"),
    (("customer", "set", EMAIL, "--zone", "Mars"), "no time zone"),
    (("customer", "set", EMAIL, "--name", "\ud800"), "half a character"),
    (("customer", "set", EMAIL, "--name", "A", "--now", "tomorrow"), "no instant with an offset"),
    (
        ("customer", "set", EMAIL, "--name", "A", "--now", "0001-01-01T00:00+14:00"),
        "year 0001 are too far away",
    ),
    (("customer", "set", EMAIL, "--name", "A", "--now", "2200-01-01T00:00Z"), "year 2200 are too far away"),
    (("seller", "set"), "nothing is to be changed"),
    (("seller", "set", "--oss", "maybe"), "'on', 'off'"),
    (("seller", "set", "--iban", "FR00"), "no IBAN"),
    (("seller", "set", "--legal-note", "fr"), "2 arguments"),
    (("seller", "set", "--legal-note", "xx-yy-zz", "text"), "no locale"),
]


def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_kept(admin: Admin, user: str) -> None:
    for words, said in REFUSED:
        assert said in refused(admin(*words, code=2)), words
    assert "no user bob" in refused(admin("customer", "show", "bob@example.org", code=1))
    shown = read(admin("customer", "show", user, "--json"))
    assert {shown[name] for name in ("name", "country", "vat_number", "zone")} == {None}
    assert read(admin("seller", "show", "--json"))["iban"] is None
    actions = [row["action"] for row in read(admin("audit", "--since", "1d", "--json"))]
    assert actions == ["user add"]


def test_a_number_of_another_country_is_kept_where_that_is_said(admin: Admin, user: str) -> None:
    admin(*SELLER)
    words = ("customer", "set", user, "--country", "US", "--vat-number", "DE136695976", "--vat-number-abroad")
    assert read(admin(*words, "--json"))["tax"]["category"] == "AE"


def test_a_profile_is_exported_with_its_user_and_removed_with_them(admin: Admin, user: str) -> None:
    admin("customer", "set", user, "--name", "Ada Lovelace")
    [held] = read(admin("user", "export", user))["customers"]
    assert held["name"] == "Ada Lovelace"
    admin("user", "remove", user, "--yes")
    assert "no user" in refused(admin("customer", "show", user, code=1))
    admin("user", "add", user)
    assert read(admin("customer", "show", user, "--json"))["name"] is None
    removed = next(row["email"] for row in read(admin("user", "list", "--json")) if row["removed_at"])
    assert read(admin("user", "export", removed))["customers"] == []
    assert "was removed" in refused(admin("customer", "set", removed, "--name", "Eve", code=1))


def test_a_customer_can_be_spared_the_pause_of_dunning(admin: Admin, user: str) -> None:
    assert "if not paid\tthe subscription is paused\n" in admin("customer", "show", user).stdout
    admin("customer", "set", user, "--no-pause")
    admin("customer", "set", user, "--country", "DE")
    assert "if not paid\tthe subscription goes on\n" in admin("customer", "show", user).stdout
    assert read(admin("customer", "set", user, "--pause", "--json"))["pauses"] is True
    changes = [
        (row["before"], row["after"])
        for row in read(admin("audit", "--json"))
        if row["action"] == "customer set"
    ]
    assert changes[0] == ({"pauses": False}, {"changed": ["pauses"], "pauses": True})
