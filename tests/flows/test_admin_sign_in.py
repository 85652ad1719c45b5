"""An operator invites people to sign in, and takes an identity away."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.flows.operating import EMAIL, Admin
from tests.mail_server import mail_server

Rows = Callable[[str], list[dict[str, Any]]]

SERVER = ("--server", "https://lectern.example.org")


@pytest.fixture
def rows(database_url: str) -> Iterator[Rows]:
    """What a statement finds."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as owner:

        def ask(statement: str) -> list[dict[str, Any]]:
            found = owner.execute(statement)
            return found.fetchall() if found.description else []

        yield ask


def test_an_invitation_is_a_link_and_the_next_one_takes_its_place(admin: Admin, rows: Rows) -> None:
    first = admin("user", "invite", EMAIL, *SERVER).stdout
    assert re.match(r"https://lectern\.example\.org/invite/[\w-]{43}\ngive it to ", first)
    second = json.loads(admin("user", "invite", EMAIL, *SERVER, "--json").stdout)
    assert (second["user"], second["mailed"]) == (EMAIL, False)
    [row] = rows("SELECT token_hash, expires_at - created_at AS lasts FROM invitations")
    assert row["lasts"].days == 7
    assert row["token_hash"] not in second["url"]
    actions = [row["action"] for row in rows("SELECT action FROM audit_log ORDER BY at")]
    assert actions == ["user add", "user invite", "user invite"]


def test_where_the_service_is_must_be_known(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "name it: --server" in admin("user", "invite", EMAIL, code=2).stderr
    assert (
        "must start with https://" in admin("user", "invite", EMAIL, "--server", "http://a.b", code=2).stderr
    )
    monkeypatch.setenv("LECTERN_SERVER", "https://lectern.example.org/")
    assert "https://lectern.example.org/invite/" in admin("user", "invite", EMAIL).stdout


def test_who_is_disabled_is_not_invited(admin: Admin, user: str) -> None:
    admin("user", "disable", user)
    assert f"lectern-admin user enable {user}" in admin("user", "invite", user, *SERVER, code=2).stderr


def test_an_invitation_is_mailed_and_printed_where_mail_is_away(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LECTERN_MAIL_FROM", "Lectern <lectern@example.org>")
    with mail_server() as server:
        monkeypatch.setenv("LECTERN_SMTP_URL", f"smtp://127.0.0.1:{server.port}?tls=off")
        said = admin("user", "invite", EMAIL, *SERVER).stdout
    [mail] = server.received
    assert mail.recipient == EMAIL
    assert said.splitlines()[0] in mail.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"mailed to {EMAIL}" in said
    away = admin("user", "invite", EMAIL, *SERVER)
    assert "https://lectern.example.org/invite/" in away.stdout
    assert "warning: the mail server" in away.stderr


def test_an_invitation_is_mailed_in_the_language_of_who_is_invited(
    admin: Admin, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin("seller", "set", "--locale", "fr")
    admin("customer", "set", user, "--locale", "en-GB")
    monkeypatch.setenv("LECTERN_MAIL_FROM", "Lectern <lectern@example.org>")
    with mail_server() as server:
        monkeypatch.setenv("LECTERN_SMTP_URL", f"smtp://127.0.0.1:{server.port}?tls=off")
        admin("user", "invite", "somebody@example.org", *SERVER)
        admin("user", "invite", user, *SERVER)
    subjects = [str(mail.message["Subject"]) for mail in server.received]
    assert subjects == ["Votre invitation à Lectern", "Your invitation to Lectern"]
    assert [mail.message["Content-Language"] for mail in server.received] == ["fr", "en"]


def test_an_identity_is_taken_away_and_its_sessions_end(admin: Admin, user: str, rows: Rows) -> None:
    assert "signs in by no provider" in admin("user", "disconnect", user).stdout
    rows("UPDATE users SET oauth_provider = 'google', oauth_id = '1'")
    rows(
        "INSERT INTO web_sessions (token_hash, user_id, expires_at) SELECT 'a', id, now() + interval '1 h' FROM users"
    )
    assert f"disconnected {user}" in admin("user", "disconnect", user).stdout
    assert rows("SELECT user_id FROM web_sessions") == []
    [row] = rows("SELECT oauth_provider, oauth_id FROM users")
    assert row == {"oauth_provider": None, "oauth_id": None}


def test_what_signs_somebody_in_goes_with_them_and_is_printed_without_its_secrets(
    admin: Admin, user: str, rows: Rows
) -> None:
    admin("user", "invite", user, *SERVER)
    rows(
        "INSERT INTO web_sessions (token_hash, user_id, expires_at) SELECT 'a', id, now() + interval '1 h' FROM users"
    )
    held = json.loads(admin("user", "export", user).stdout)
    assert [set(held[name][0]) for name in ("web_sessions", "invitations")] == [
        {"created_at", "expires_at"},
        {"created_at", "expires_at", "used_at"},
    ]
    admin("user", "remove", user, "--yes")
    for table in ("web_sessions", "invitations"):
        assert rows(f"SELECT user_id FROM {table}") == []
