"""`lectern-admin access` and `group`: what is ruled, what decides, what is refused, what is kept and audited."""

import asyncio

import psycopg

from shared.model.library import Library
from shared.settings import AdminSettings, load
from shared.stores.open import open_stores
from tests.flows.operating import EMAIL, Admin, read, refused


def put(*library_ids: str) -> None:
    from shared.catalogue.store import Catalogue

    async def put_all() -> None:
        async with open_stores(load(AdminSettings), "tests") as stores:
            for library_id in library_ids:
                await Catalogue(await stores.database()).put(Library(library_id, library_id.split("/")[2]))

    asyncio.run(put_all())


def test_rules_are_made_changed_listed_explained_and_cleared(admin: Admin, user: str) -> None:
    put("/Acme/Handbook", "/pallets/flask")
    assert "no rules" in admin("access", "list").stdout
    assert "posture open" in admin("access", "check", user, "/acme/handbook").stdout

    told = admin("access", "deny", "/acme/*", "--everyone")
    assert told.stdout == "denied /acme/* for everyone\n"
    assert told.stderr == ""
    assert "denied already" in admin("access", "deny", "/ACME", "--everyone").stdout
    assert "nobody is in makers yet" in admin("access", "allow", "/acme/*", "--group", "makers").stderr
    admin("access", "deny", "/acme/handbook", "--user", user)
    assert "did you mean /pallets/flask?" in admin("access", "deny", "/pallets/flaskk", "--everyone").stderr
    assert "the rule waits" in admin("access", "allow", "/nobody/*", "--everyone").stderr
    assert [line.split("\t")[:3] for line in admin("access", "list").stdout.splitlines()[1:]] == [
        ["/acme/*", "group makers", "allow"],
        ["/acme/*", "everyone", "deny"],
        ["/acme/handbook", user, "deny"],
        ["/nobody/*", "everyone", "allow"],
        ["/pallets/flaskk", "everyone", "deny"],
    ]

    told_why = admin("access", "check", user, "/acme/handbook").stdout
    assert told_why.splitlines() == [
        f"{user} may not read /Acme/Handbook",
        f"decided by\tdeny /acme/handbook for {user}",
    ]
    admin("access", "clear", "/acme/handbook", "--user", user)
    assert "no rule about /acme/handbook" in admin("access", "clear", "/acme/handbook", "--user", user).stdout
    assert "deny /acme/* for everyone" in admin("access", "check", user, "/acme/handbook").stdout
    admin("group", "add", "makers", user)
    checked = read(admin("access", "check", user, "/acme/handbook/2.0", "--json"))
    assert checked["is_allowed"]
    assert checked["rule"] == {"target": "/acme/*", "for": "group", "group": "makers", "is_allowed": True}
    admin("access", "allow", "/pallets/flaskk", "--everyone")
    listed = read(admin("access", "list", "--json"))
    assert listed["posture"] == "open"
    assert {rule["target"]: rule["is_here"] for rule in listed["rules"]} == {
        "/acme/*": True, "/nobody/*": False, "/pallets/flaskk": False,
    }  # fmt: skip

    audited = read(admin("audit", "--json"))
    assert [row["action"] for row in audited if row["action"].split()[0] in ("access", "group")][::-1] == [
        "access deny", "access allow", "access deny", "access deny", "access allow", "access clear", "group add",
        "access allow",
    ]  # fmt: skip
    assert audited[0]["before"] == {"is_allowed": False}
    assert audited[0]["after"] == {"is_allowed": True, "for": "everyone"}
    assert read(admin("audit", "--about", "/Acme/Handbook", "--json"))[0]["action"] == "access clear"


def test_a_posture_is_shown_and_chosen_and_decides_what_no_rule_names(admin: Admin, user: str) -> None:
    put("/pallets/flask")
    assert "open" in admin("access", "posture").stdout
    closed = admin("access", "posture", "closed").stdout
    assert closed.startswith("closed: ")
    assert "nobody reads anything" in closed
    assert "posture closed" in admin("access", "check", user, "/pallets/flask").stdout
    assert "closed already" in admin("access", "posture", "closed").stdout
    admin("access", "allow", "/pallets/*", "--everyone")
    assert "nobody" not in admin("access", "posture").stdout
    assert "may read" in admin("access", "check", user, "/pallets/flask").stdout
    assert read(admin("access", "posture", "open", "--json")) == {"posture": "open"}
    assert [row["after"] for row in read(admin("audit", "--json")) if row["action"] == "access posture"] == [
        {"is_closed": False},
        {"is_closed": True},
    ]


def test_a_key_that_reads_only_some_libraries_is_told_where_a_library_is_checked(
    admin: Admin, user: str
) -> None:
    put("/pallets/flask", "/acme/handbook")
    prefix = read(admin("key", "create", user, "--library", "/pallets/*", "--json"))["key_prefix"]
    admin("key", "create", user)
    told = admin("access", "check", user, "/acme/handbook").stdout
    assert f"{user} may read" in told
    assert f"{prefix}\treads only /pallets/*: not this one" in told
    assert read(admin("access", "check", user, "/pallets/flask", "--json"))["keys"] == [
        {"key_prefix": prefix, "is_allowed": True}
    ]


def test_a_check_of_everyone_is_of_whoever_calls_without_a_key(admin: Admin, user: str) -> None:
    put("/acme/handbook")
    admin("access", "allow", "/acme/handbook", "--user", user)
    admin("access", "deny", "/acme/*", "--everyone")
    told = admin("access", "check", "--everyone", "/acme/handbook").stdout
    assert told.splitlines() == [
        "whoever calls without a key may not read /acme/handbook",
        "decided by\tdeny /acme/* for everyone",
    ]
    checked = read(admin("access", "check", "/acme/handbook", "--everyone", "--json"))
    assert (checked["user"], checked["is_allowed"], checked["keys"]) == (None, False, [])
    for words in (("/acme/handbook",), (user, "/acme/handbook", "--everyone")):
        assert "--everyone and LIBRARY" in refused(admin("access", "check", *words, code=2)), words


def test_a_user_is_shown_with_the_groups_of_the_provider_and_of_operators_apart(
    admin: Admin, user: str, database_url: str
) -> None:
    admin("group", "add", "makers", user)
    user_id = read(admin("user", "show", user, "--json"))["id"]
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT set_claimed_groups(%s, %s)", [user_id, ["makers", "/eng"]])
    told = admin("user", "show", user).stdout.splitlines()
    assert "groups by an operator\tmakers" in told
    assert "groups by the provider\t/eng, makers" in told
    shown = read(admin("user", "show", user, "--json"))["groups"]
    assert [(row["group"], row["source"]) for row in shown] == [
        ("/eng", "claim"),
        ("makers", "claim"),
        ("makers", "operator"),
    ]


NOT_ONE = [
    ("access", "deny", "/acme/*"),
    ("access", "deny", "/acme/*", "--everyone", "--group", "makers"),
    ("access", "clear", "/acme/*", "--user", EMAIL, "--group", "makers"),
]
NO_RULE = [
    (("access", "deny", "flask", "--everyone"), "no library and no namespace"),
    (("access", "deny", "*", "--everyone"), "no library and no namespace"),
    (("access", "deny", "/*", "--everyone"), "no library and no namespace"),
    (("access", "deny", "/acme/hand*", "--everyone"), "no library and no namespace"),
    (("access", "deny", f"/{'a' * 99}/*", "--everyone"), "no library and no namespace"),
    (("access", "deny", "/acme/handbook/2.0", "--everyone"), "names a version"),
    (("access", "deny", "/acme/*", "--group", " "), "visible characters"),
    (("access", "deny", "/acme/*", "--group", "ma\u200bkers"), "visible characters"),
    (("access", "deny", "/acme/*", "--group", "x" * 256), "visible characters"),
]

TO_NOBODY = [
    ("access", "deny", "/acme/*", "--user", "nobody@example.org"),
    ("access", "check", "nobody@example.org", "/acme/handbook"),
    ("group", "add", "makers", "nobody@example.org"),
]


def test_what_can_be_no_rule_is_refused_in_one_line_and_nothing_is_kept(admin: Admin, user: str) -> None:
    for words in NOT_ONE:
        assert "name one" in refused(admin(*words, code=2)), words
    for words, told in NO_RULE:
        assert told in refused(admin(*words, code=2)), words
    for words in TO_NOBODY:
        assert "no user nobody@example.org" in refused(admin(*words, code=1)), words
    assert read(admin("access", "list", "--json"))["rules"] == []
    assert read(admin("group", "list", "--json")) == []


def test_groups_are_listed_with_who_says_so_and_removing_a_claim_says_that_it_may_come_back(
    admin: Admin, user: str, database_url: str
) -> None:
    assert "no groups" in admin("group", "list").stdout
    admin("group", "add", "makers", user)
    assert "in makers already" in admin("group", "add", "makers", user).stdout
    admin("access", "allow", "/acme/*", "--group", "sellers")
    user_id = read(admin("user", "show", user, "--json"))["id"]
    claimed = (["/eng/makers", "makers", "gone"], ["makers", "/eng/makers", "makers", None, "", "x" * 256])
    with psycopg.connect(database_url) as connection:
        for groups in (*claimed, claimed[-1]):
            connection.execute("SELECT set_claimed_groups(%s, %s)", [user_id, groups])
    assert admin("group", "list").stdout.splitlines()[1:] == [
        "/eng/makers\t1\t0",
        "makers\t1\t0",
        "sellers\t0\t1",
    ]
    told = [line.split("\t")[:2] for line in admin("group", "list", "makers").stdout.splitlines()[1:]]
    assert told == [[user, "the provider"], [user, "an operator"]]
    assert "the provider claimed it" in admin("group", "remove", "makers", user).stderr
    assert "is not in makers" in admin("group", "remove", "makers", user).stdout
    assert "Nobody is in makers" in admin("group", "list", "makers").stdout
    claims = [row for row in read(admin("audit", "--json")) if row["action"] == "group claim"]
    assert [row["after"]["groups"] for row in claims] == [
        ["/eng/makers", "makers"],
        ["/eng/makers", "gone", "makers"],
    ]
    assert {row["os_user"] for row in claims} == {"sign-in"}


def test_rules_and_groups_of_somebody_are_exported_and_go_with_them(admin: Admin, user: str) -> None:
    admin("group", "add", "makers", user)
    admin("access", "allow", "/acme/*", "--user", user)
    held = read(admin("user", "export", user))
    assert [(row["target"], row["is_allowed"]) for row in held["access_rules"]] == [("/acme/*", True)]
    assert [(row["group_name"], row["source"]) for row in held["user_groups"]] == [("makers", "operator")]
    removed = read(admin("user", "show", user, "--json"))["id"]
    admin("user", "remove", user, "--yes")
    assert read(admin("access", "list", "--json"))["rules"] == []
    assert read(admin("group", "list", "--json")) == []
    assert "was removed" in refused(admin("group", "add", "makers", f"removed+{removed}@invalid", code=1))
