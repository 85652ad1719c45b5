"""`lectern-admin` on real stores: people and keys, what is printed, what is refused in one line, what is audited."""

import asyncio
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis
from typer.testing import CliRunner, Result

from admin import when
from ingest.cli import app as ingest_app
from shared.accounts.passwords import fits
from shared.errors import InvalidRequest
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests.flows.operating import EMAIL, Admin, read, refused
from tests.redis_server import redis_server

KEY = re.compile(r"lect_[0-9A-Za-z]{49}")
PASSWORD = "correct horse"


def created(admin: Admin, *more: str) -> dict[str, Any]:
    made: dict[str, Any] = read(admin("key", "create", EMAIL, *more, "--json"))
    return made


def test_a_user_is_added_listed_shown_disabled_and_enabled(admin: Admin) -> None:
    assert "no users" in admin("user", "list").output
    row = read(admin("user", "add", "Ada@Example.ORG", "--json"))
    assert (row["email"], row["has_password"], row["disabled_at"]) == ("Ada@example.org", False, None)
    assert "hashed_password" not in row
    assert "Ada@example.org\tactive" in admin("user", "list").stdout
    admin("user", "disable", EMAIL)
    assert "already" in admin("user", "disable", EMAIL).stdout
    assert read(admin("user", "list", "--json"))[0]["disabled_at"]
    admin("user", "enable", EMAIL)
    assert read(admin("user", "show", EMAIL, "--json"))["disabled_at"] is None


TWINS = [
    ("ada@example.org", "ADA@EXAMPLE.ORG"),
    ("ada@exämple.org", "ada@xn--exmple-cua.org"),
    ("ﬁona@example.org", "fiona@example.org"),
    ("straße@example.org", "STRASSE@example.org"),
]


@pytest.mark.parametrize(("first", "second"), TWINS)
def test_another_spelling_of_an_address_is_refused_with_the_one_that_is_here(
    admin: Admin, first: str, second: str
) -> None:
    there = read(admin("user", "add", first, "--json"))["email"]
    assert there in refused(admin("user", "add", second, code=2))
    assert len(read(admin("user", "list", "--json"))) == 1


NO_ADDRESS = [
    "", "ada", "ada@", "@example.org", "a b@example.org", "ada@local", "ada@host.local",
    "x" * 300 + "@example.org", "ada@example.org\nbcc: eve@example.org", "\ud800@example.org",
]  # fmt: skip


@pytest.mark.parametrize("email", NO_ADDRESS, ids=range(len(NO_ADDRESS)))
def test_what_is_no_address_is_refused(admin: Admin, email: str) -> None:
    assert "e-mail address" in refused(admin("user", "add", email, code=2))


@pytest.mark.parametrize(
    ("email", "offered"), [("ada@host.local", True), ("ada@local", True), ("ada", False)]
)
def test_the_option_for_internal_names_is_offered_where_it_helps(
    admin: Admin, email: str, offered: bool
) -> None:
    assert ("--internal-domain" in refused(admin("user", "add", email, code=2))) == offered


def test_names_of_an_internal_network_are_taken_where_that_is_said(admin: Admin) -> None:
    admin("user", "add", "ada@host.local", "--internal-domain")
    assert "--internal-domain" in refused(admin("user", "add", "eve@host.local", code=2))
    admin("key", "create", "ada@host.local")


def test_a_password_comes_from_standard_input_and_is_kept_as_argon2id(
    admin: Admin, database_url: str
) -> None:
    admin("user", "add", EMAIL, "--password-stdin", stdin=f"{PASSWORD}\n")
    with psycopg.connect(database_url) as connection:
        [kept] = connection.execute("SELECT hashed_password FROM users").fetchone() or [""]
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert fits(PASSWORD, kept)
    assert not fits("wrong horse", kept)
    admin("user", "password", EMAIL, "--password-stdin", stdin="another horse")
    assert read(admin("user", "show", EMAIL, "--json"))["has_password"]


NO_PASSWORD = [
    (b"", "less than 8"),
    (b"short", "less than 8"),
    (b"x" * 1025, "1,024 bytes"),
    (b"x" * 10_000_000, "1,024 bytes"),
    (b"\xff\xfe12345678", "UTF-8"),
]


@pytest.mark.parametrize(("given", "told"), NO_PASSWORD, ids=range(len(NO_PASSWORD)))
def test_what_can_be_no_password_is_refused_and_nobody_is_added(
    admin: Admin, given: bytes, told: str
) -> None:
    assert told in refused(admin("user", "add", EMAIL, "--password-stdin", stdin=given, code=2))
    assert read(admin("user", "list", "--json")) == []


def test_a_password_is_not_asked_for_where_there_is_no_terminal(admin: Admin, user: str) -> None:
    assert "--password-stdin" in refused(admin("user", "password", user, code=2))


def test_limits_of_a_user_are_set_one_by_one_and_cleared(admin: Admin, user: str) -> None:
    none = {"month_requests": None, "month_tokens": None, "concurrent": None}
    plans = {f"plan_{name}": None for name in none}
    assert read(admin("user", "limits", user, "--json")) == {"user": user, **none, **plans}
    admin("user", "limits", user, "--month-requests", "1000")
    row = read(admin("user", "limits", user, "--concurrent", "4", "--json"))
    assert (row["month_requests"], row["month_tokens"], row["concurrent"]) == (1000, None, 4)
    row = read(admin("user", "limits", user, "--clear", "--month-tokens", "5", "--json"))
    assert (row["month_requests"], row["month_tokens"], row["concurrent"]) == (None, 5, None)


QUOTAS = [
    ("key", "create", EMAIL, "--per-minute", "0"),
    ("key", "create", EMAIL, "--per-minute", "-1"),
    ("key", "create", EMAIL, "--per-minute", "100001"),
    ("key", "create", EMAIL, "--per-day", "0"),
    ("key", "create", EMAIL, "--per-day", "9999999999"),
    ("key", "create", EMAIL, "--expires", "yesterday"),
    ("key", "create", EMAIL, "--expires", "2020-01-01"),
    ("key", "create", EMAIL, "--name", "x" * 101),
    ("user", "limits", EMAIL, "--month-requests", "0"),
    ("user", "limits", EMAIL, "--month-tokens", "-5"),
    ("user", "limits", EMAIL, "--concurrent", "1.5"),
    ("key", "rotate", "lect_aaaaa", "--overlap", "soon"),
    ("audit", "--since", "whenever"),
]


@pytest.mark.parametrize("words", QUOTAS, ids=lambda words: " ".join(words)[:60])
def test_values_that_cannot_be_are_refused(admin: Admin, user: str, words: tuple[str, ...]) -> None:
    refused(admin(*words, code=2))
    assert read(admin("key", "list", "--json")) == []


def test_a_key_is_printed_once_and_alone_where_nobody_looks(admin: Admin, user: str) -> None:
    result = admin("key", "create", user)
    assert KEY.fullmatch(result.stdout.strip())
    key = result.stdout.strip()
    assert key not in result.stderr
    for words in (["key", "list"], ["key", "list", "--json"], ["user", "export", user], ["audit", "--json"]):
        assert key not in admin(*words).output


def test_a_key_as_json_has_these_fields_and_no_other(admin: Admin, user: str) -> None:
    made = created(
        admin, "--name", "laptop", "--per-minute", "5", "--per-day", "50", "--expires", "2099-01-01"
    )
    assert KEY.fullmatch(made.pop("key"))
    assert made.pop("id")
    assert made.pop("key_prefix").startswith("lect_")
    assert made == {
        "name": "laptop",
        "user": EMAIL,
        "quota_requests_per_minute": 5,
        "quota_requests_per_day": 50,
        "expires_at": "2099-01-01T00:00:00+00:00",
        "libraries": None,
    }


def test_a_key_is_named_by_prefix_or_id_and_an_ambiguous_prefix_is_refused_with_the_ids(
    admin: Admin, user: str, database_url: str
) -> None:
    first, second = created(admin), created(admin)
    assert read(admin("key", "show", first["id"], "--json"))["key_prefix"] == first["key_prefix"]
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE api_keys SET key_prefix = 'lect_AAAAA'")
    told = refused(admin("key", "revoke", "lect_AAAAA", code=1))
    assert first["id"] in told
    assert second["id"] in told
    admin("key", "revoke", second["id"])
    assert "no API key" in refused(admin("key", "show", "lect_zzzzz", code=1))
    assert "no user" in refused(admin("key", "list", "eve@example.org", code=1))


def test_a_whole_key_names_nothing_and_is_not_repeated(admin: Admin, user: str) -> None:
    key = created(admin)["key"]
    for words in (
        ["key", "show", key],
        ["key", "revoke", key],
        ["audit", "--about", key[:20]],
        ["usage", "show", "--key", key],
    ):
        result = admin(*words, code=2)
        assert "first ten characters" in refused(result)
        assert key[:20] not in result.output


def test_what_is_left_of_each_limit_is_shown(admin: Admin, user: str) -> None:
    made = created(admin, "--per-minute", "5")
    admin("user", "limits", user, "--month-requests", "100")
    left = {one["limit"]: one for one in read(admin("key", "show", made["id"], "--json"))["limits"]}
    assert {name: one["left"] for name, one in left.items()} == {
        "minute": 5,
        "day": 10_000,
        "month_requests": 100,
        "month_tokens": None,
        "concurrent": None,
    }
    assert "month_requests\t0\t100\t100" in admin("key", "show", made["id"]).stdout


def test_a_key_without_counters_is_shown_all_the_same(
    admin: Admin, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = created(admin)
    monkeypatch.setenv("LECTERN_LIMITS_REDIS_URL", "unix:///nowhere/redis.sock")
    assert read(admin("key", "show", made["id"], "--json"))["limits"] is None
    assert "is not known" in admin("key", "show", made["id"]).output


def test_a_key_is_changed_and_every_restriction_can_be_taken_back(
    admin: Admin, user: str, lamps: None
) -> None:
    made = created(admin, "--library", "/test/*", "--expires", "90d")
    assert made["libraries"] == ["/test/*"]
    ends = datetime.fromisoformat(made["expires_at"])
    assert timedelta(days=89) < ends - datetime.now(UTC) <= timedelta(days=90)
    row = read(admin("key", "set", made["id"], "--per-minute", "7", "--library", "/TEST/lamps", "--json"))
    assert (row["quota_requests_per_minute"], row["libraries"]) == (7, ["/test/lamps"])
    row = read(admin("key", "set", made["id"], "--expires", "never", "--library", "all", "--json"))
    assert (row["expires_at"], row["libraries"], row["quota_requests_per_minute"]) == (None, None, 7)
    assert "nothing is to be changed" in refused(admin("key", "set", made["id"], code=2))


@pytest.fixture
def lamps(make_settings: Callable[..., IngestSettings]) -> None:
    from shared.catalogue.store import Catalogue

    async def put() -> None:
        async with open_stores(make_settings(), "tests") as stores:
            await Catalogue(await stores.database()).put(Library("/test/lamps", "Lamps"))

    asyncio.run(put())


UNKNOWN = [("/test/lamp", 1), ("/nobody/*", 1), ("lamps", 2), ("/test/lamps/2.2", 2), ("/*", 1), ("*", 2)]


@pytest.mark.parametrize(("library", "code"), UNKNOWN)
def test_an_unknown_library_is_refused(admin: Admin, user: str, lamps: None, library: str, code: int) -> None:
    result = admin("key", "create", user, "--library", library, code=code)
    told = refused(result)
    if library == "/test/lamp":
        assert "/test/lamps" in told
    assert not KEY.search(result.output)
    assert read(admin("key", "list", "--json")) == []


def test_a_rotated_key_has_a_successor_alike_and_never_lives_longer_than_before(
    admin: Admin, user: str
) -> None:
    old = created(admin, "--per-minute", "5", "--expires", "2h")
    new = read(admin("key", "rotate", old["id"], "--overlap", "24h", "--json"))
    assert new["key"] != old["key"]
    assert new["quota_requests_per_minute"] == 5
    rows = {row["id"]: row for row in read(admin("key", "list", "--json"))}
    assert rows[old["id"]]["expires_at"] == old["expires_at"]
    assert rows[old["id"]]["replaced_by"] == new["id"]
    assert new["id"] in refused(admin("key", "rotate", old["id"], code=2))
    last = read(admin("key", "rotate", new["id"], "--overlap", "30m", "--json"))
    ends = datetime.fromisoformat(read(admin("key", "show", new["id"], "--json"))["expires_at"])
    assert ends - datetime.now(UTC) <= timedelta(minutes=30)
    admin("key", "revoke", last["id"])
    assert "no longer valid" in refused(admin("key", "rotate", last["id"], code=2))
    latest = created(admin, "--expires", "9999-12-31")
    admin("key", "rotate", latest["id"], "--overlap", "999999w")


def test_a_user_is_removed_and_only_what_books_need_stays(admin: Admin, user: str, database_url: str) -> None:
    made = created(admin, "--name", "Ada's laptop")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO usage_logs (user_id, api_key_id, tool_name, query)"
            " SELECT user_id, id, 'query-docs', 'my question' FROM api_keys"
        )
        assert "--yes" in refused(admin("user", "remove", user, code=2))
        held = read(admin("user", "export", user))
        assert held["usage_logs"][0]["query"] == "my question"
        assert held["api_keys"][0]["name"] == "Ada's laptop"
        assert "key_hash" not in held["api_keys"][0]
        admin("user", "remove", user, "--yes")
        row = connection.execute("SELECT id, email, hashed_password, oauth_id FROM users").fetchone()
        assert row
        assert row[1:] == (f"removed+{row[0]}@invalid", None, None)
        assert connection.execute("SELECT name, revoked_at IS NOT NULL FROM api_keys").fetchone() == (
            None,
            True,
        )
        assert connection.execute("SELECT query, user_id FROM usage_logs").fetchone() == (None, row[0])
    assert "no user" in refused(admin("user", "show", user, code=1))
    assert read(admin("user", "show", row[1], "--json"))["removed_at"]
    admin("user", "add", user)
    assert made["id"] not in [one["id"] for one in read(admin("key", "list", user, "--json"))]


def test_every_change_is_audited_with_ids_and_without_secrets(
    admin: Admin, user: str, database_url: str
) -> None:
    made = created(admin, "--name", "of Ada")
    admin("key", "set", made["id"], "--per-day", "7")
    admin("user", "limits", user, "--concurrent", "2")
    admin("key", "rotate", made["id"])
    admin("key", "revoke", made["id"])
    admin("user", "disable", user)
    rows = read(admin("audit", "--json"))
    assert [row["action"] for row in rows[::-1]] == [
        "user add", "key create", "key set", "user limits", "key rotate", "key create", "key revoke", "user disable",
    ]  # fmt: skip
    changed = rows[-3]
    assert (changed["before"]["quota_requests_per_day"], changed["after"]["quota_requests_per_day"]) == (
        10_000,
        7,
    )
    with psycopg.connect(database_url) as connection:
        kept = str(connection.execute("SELECT * FROM audit_log").fetchall())
        for secret in (EMAIL, "of Ada", made["key"], made["key_prefix"]):
            assert secret not in kept
        for harm in ("UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
            with pytest.raises(psycopg.errors.IntegrityError, match="append-only"), connection.transaction():
                connection.execute(harm)
    assert {row["role"] for row in rows} == {"postgres"}
    assert read(admin("audit", "--about", made["id"], "--json"))
    assert len(read(admin("audit", "--about", user, "--json"))) == 8
    assert read(admin("audit", "--about", "/test/lamps", "--json")) == []
    assert read(admin("audit", "--since", "2099-01-01", "--json")) == []


def test_a_read_only_database_is_one_line_and_nothing_is_half_done(
    admin: Admin, user: str, database_url: str
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        assert "read-only" in refused(admin("key", "create", user, code=1))
        connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert read(admin("key", "list", "--json")) == []


def test_two_rotations_at_once_make_one_successor(
    make_settings: Callable[..., IngestSettings], admin: Admin, user: str
) -> None:
    import secrets

    from shared.accounts.keys import mint
    from shared.accounts.store import Accounts

    old = created(admin)

    async def both() -> list[Any]:
        async with open_stores(make_settings(), "tests") as stores:
            people = Accounts(await stores.database())
            key = await people.key(old["id"])
            now, day = datetime.now(UTC), timedelta(days=1)
            tries = [people.rotate_key(key["id"], mint(secrets.token_bytes), day, now) for _ in range(2)]
            return await asyncio.gather(*tries, return_exceptions=True)

    said = asyncio.run(both())
    assert sorted(isinstance(one, InvalidRequest) for one in said) == [False, True]
    assert len(read(admin("key", "list", "--json"))) == 2


def test_roles_are_printed_and_applied_and_doctor_tells_what_differs(admin: Admin, database_url: str) -> None:
    assert "CREATE ROLE lectern_server NOLOGIN" in admin("roles").stdout
    assert "are not there" in _line(admin("doctor", "--security", code=1), "PostgreSQL roles")
    admin("roles", "--apply")
    try:
        assert "with their rights" in _line(admin("doctor", "--security", code=1), "PostgreSQL roles")
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("GRANT SELECT ON users TO lectern_server")
            told = _line(admin("doctor", "--security", code=1), "PostgreSQL roles")
            assert "lectern_server may SELECT users" in told
            assert "The roles have their rights" in admin("migrate").stdout
            assert "with their rights" in _line(admin("doctor", "--security", code=1), "PostgreSQL roles")
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY lectern_server, lectern_http, lectern_ingest, lectern_admin")
            connection.execute("DROP ROLE lectern_server, lectern_http, lectern_ingest, lectern_admin")


def _line(result: Result, part: str) -> str:
    [line] = [line for line in result.stdout.splitlines() if part in line]
    return line


def test_security_names_what_is_open(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LECTERN_QDRANT_URL", "http://qdrant.internal:6333")
    told = admin("doctor", "--security", code=1).stdout
    assert "superuser" in told
    assert "not encrypted" in told
    assert "used without a key" in told
    assert os.environ["LECTERN_DATABASE_URL"] not in told


def test_doctor_checks_the_stores_of_accounts(admin: Admin) -> None:
    assert "nothing is evicted" in admin("doctor").stdout


def test_a_redis_that_evicts_is_a_failure_of_accounts_and_a_warning_where_they_are_not_needed(
    admin: Admin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis_server(tmp_path) as url:
        with Redis.from_url(url) as operator:
            operator.config_set("maxmemory-policy", "volatile-lru")
        monkeypatch.setenv("LECTERN_LIMITS_REDIS_URL", url)
        monkeypatch.setenv("LECTERN_EMBEDDING_MODEL_PATH", str(tmp_path))
        assert "✗  limits" in _line(admin("doctor", code=1), "maxmemory-policy is volatile-lru")
        said = CliRunner().invoke(ingest_app, ["doctor"])
        assert "!  limits" in _line(said, "its maxmemory-policy is volatile-lru")


NOW = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
TYPED = [
    ("90d", "back", "2025-12-31T12:30:00+00:00"),
    ("24h", "ahead", "2026-04-01T12:30:00+00:00"),
    ("1mo", "back", "2026-02-28T12:30:00+00:00"),
    ("13mo", "back", "2025-02-28T12:30:00+00:00"),
    ("1y", "ahead", "2027-03-31T12:30:00+00:00"),
    ("2026-12-31", "ahead", "2026-12-31T00:00:00+00:00"),
    ("2026-12-31T18:00+02:00", "ahead", "2026-12-31T16:00:00+00:00"),
]


@pytest.mark.parametrize(("typed", "direction", "meant"), TYPED)
def test_an_instant_is_typed_as_a_date_an_instant_or_a_duration(
    typed: str, direction: when.Direction, meant: str
) -> None:
    assert when.instant(typed, NOW, direction).isoformat() == meant


PAST_ALL = ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"]
"""What no calendar of UTC has."""


@pytest.mark.parametrize(
    "typed", ["", "soon", "-5d", "5", "999999y", "2026-02-30", "1e3d", "90 parsecs", *PAST_ALL]
)
def test_what_is_no_instant_is_refused(typed: str) -> None:
    with pytest.raises(InvalidRequest):
        when.instant(typed, NOW, "ahead")
