"""Three people with a login each, of which each can do the work of its role and is refused that of the others."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from shared.embedding.model import EmbeddingModel
from shared.stores.embedded import power
from shared.stores.embedded.engines import attach
from tests.flows.asking import ask, said
from tests.flows.server_process import COMMAND, environment
from tests.site import Site, html

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

OWNER, SERVER, INGEST, ADMIN = "lectern", "sue", "ivy", "ann"
LOGINS = {SERVER: "lectern_server", INGEST: "lectern_ingest", ADMIN: "lectern_admin"}
EMAIL = "ada@example.org"
PAGES = {"/": html(title="Lamps", text="A lamp is lit with a match, and put out by turning the wheel down.")}

Typed = Callable[..., str]
"""Runs a line as the person named first, and gives what stands on standard output."""


@pytest.fixture
def team(embedding_model: EmbeddingModel, tmp_path: Path) -> Iterator[Callable[[str], dict[str, str]]]:
    """The environment of each person: a PostgreSQL by its URL, whose owner is no superuser."""
    engines = asyncio.run(attach(tmp_path / "s"))
    url = engines.endpoints.database_url

    def address(login: str, database: str = "team") -> str:
        return url.replace("postgres@", f"{login}@", 1).replace("/lectern?", f"/{database}?", 1)

    def of(login: str) -> dict[str, str]:
        return environment(
            tmp_path / "home",
            database_url=address(login),
            redis_url=engines.endpoints.redis_url,
            embedding_model_path=str(embedding_model.directory),
            require_api_key="auto",
        )

    def run(*statements: str, database: str) -> None:
        with psycopg.connect(address("postgres", database), autocommit=True) as superuser:
            for statement in statements:
                superuser.execute(statement)

    try:
        run(
            f"CREATE ROLE {OWNER} LOGIN CREATEROLE",
            f"CREATE DATABASE team OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0",
            database="lectern",
        )
        run("CREATE EXTENSION pg_trgm", database="team")
        yield of
    finally:
        engines.release()
        asyncio.run(power.down(tmp_path / "s", force=True))


@pytest.fixture
def typed(team: Callable[[str], dict[str, str]]) -> Typed:
    def run(login: str, line: str, *, refused: str = "", stdin: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", *line.split()],
            env=team(login),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        told = f"{login}: {line}: {done.stdout}{done.stderr}"
        assert done.returncode == bool(refused), told
        if refused:
            [error] = done.stderr.strip().splitlines()
            assert error.startswith(f"error {refused}"), told
        else:
            assert not {"Traceback", "destroyed", "never"} & set(done.stderr.split()), told
        return done.stdout

    return run


DENIED = "PostgreSQL denies a privilege (permission denied "
PEOPLE = [
    f"{DENIED}for table users",
    "admin user list",
    "admin user add eve@example.org",
    f"admin user limits {EMAIL} --concurrent 4",
    f"admin user export {EMAIL}",
    f"admin user remove {EMAIL} --yes",
    f"admin key create {EMAIL}",
]
KEYS = [
    f"{DENIED}for table api_keys",
    "admin key list",
    "admin key show {key}",
    "admin key set {key} --per-day 5",
    "admin key rotate {key}",
    "admin key revoke {key}",
]
RULES = [
    f"{DENIED}for table ",
    "admin access list",
    "admin access deny /test/lamps --everyone",
    "admin access posture closed",
    "admin group list",
]
MONEY = [
    f"{DENIED}for table ",
    "admin seller set --country IE",
    f"admin customer show {EMAIL}",
    "admin billing status",
    "admin billing run",
    f"admin subscription start {EMAIL} free",
    "admin invoice list",
    "admin alert list",
    f"admin alert set {EMAIL} --meter requests --percent 80",
    "admin usage prune --older-than 13mo",
]
USAGE = [f"{DENIED}for table usage_logs", "admin usage show"]
AUDIT = [f"{DENIED}for table ", "admin audit"]
SCHEMA = [f"{DENIED}for schema public", "ingest migrate", "admin migrate"]
ROLES = [f"{DENIED}to create role", "admin roles --apply"]
CRAWLS = [f"{DENIED}for table ", "ingest crawl /test/lamps {site}/ --allow-private"]
LIBRARIES = [f"{DENIED}for table ", "ingest refresh /test/lamps", "ingest library remove /test/lamps --yes"]
BUILDS = [f"{DENIED}for table ", "ingest reindex /test/lamps", "ingest quarantine list"]
OTHERS = {
    SERVER: (PEOPLE, KEYS, RULES, MONEY, USAGE, AUDIT, SCHEMA, ROLES, CRAWLS, LIBRARIES, BUILDS),
    INGEST: (PEOPLE, KEYS, RULES, MONEY, USAGE, AUDIT, SCHEMA, ROLES),
    ADMIN: (SCHEMA, ROLES, CRAWLS, LIBRARIES, BUILDS),
}
"""What is refused to whom: how the line begins, then what was typed."""


async def test_each_login_does_the_work_of_its_role_and_no_other(
    team: Callable[[str], dict[str, str]], typed: Typed
) -> None:
    typed(OWNER, "ingest migrate")
    typed(OWNER, "admin roles --apply")
    with psycopg.connect(team(OWNER)["LECTERN_DATABASE_URL"], autocommit=True) as owner:
        for login, role in LOGINS.items():
            owner.execute(f"CREATE ROLE {login} LOGIN IN ROLE {role}")

        with Site(PAGES) as site:
            typed(INGEST, f"ingest crawl /test/lamps {site.url}/ --allow-private")
            typed(INGEST, "ingest refresh /test/lamps")
            for line in (
                "library list",
                "report /test/lamps",
                "reindex /test/lamps",
                "quarantine list",
                "doctor",
            ):
                typed(INGEST, f"ingest {line}")

            typed(ADMIN, f"admin user add {EMAIL} --password-stdin", stdin="correct horse")
            key = typed(ADMIN, f"admin key create {EMAIL} --library /test/lamps").strip()
            name = key[:10]
            await _answered(team(SERVER), key)
            written = owner.execute("SELECT count(*) FROM usage_logs WHERE api_key_id IS NOT NULL").fetchone()
            assert written == (1,)

            for line in (
                f"user show {EMAIL}", "user list", f"user limits {EMAIL} --concurrent 4", f"user export {EMAIL}",
                f"user disable {EMAIL}", f"user enable {EMAIL}", "key list", f"key show {name}",
                f"key set {name} --per-day 500", "usage show --by key", "usage prune --older-than 13mo", "doctor",
                "doctor --security", "seller set --country IE", f"customer set {EMAIL} --country IE", "billing status",
                f"alert set {EMAIL} --meter requests --percent 80", f"alert list {EMAIL}", f"alert read --all {EMAIL}",
                f"group add makers {EMAIL}", "access allow /test/lamps --group makers", "access posture open",
                "access list", f"access check {EMAIL} /test/lamps", "group list", f"group remove makers {EMAIL}",
                "access clear /test/lamps --group makers",
            ):  # fmt: skip
                typed(ADMIN, f"admin {line}")
            months = [f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%MZ}" for days in (40, 41, 60)]
            for line, now in (
                (f"subscription start {EMAIL} free", None),
                ("billing run", months[0]),
                (f"subscription cancel {EMAIL} --at now", months[1]),
                ("billing run", months[2]),
            ):
                typed(ADMIN, f"admin {line}" + (f" --now {now}" if now else ""))
            audited = typed(ADMIN, "admin audit")
            for what in ("library publish", "user add", "key create", "usage prune"):
                assert what in audited

            before = _counts(owner)
            for login, groups in OTHERS.items():
                for refused, *lines in groups:
                    for line in lines:
                        typed(login, line.format(key=name, site=site.url), refused=refused)
            assert _counts(owner) == before

        typed(ADMIN, f"admin key rotate {name}")
        typed(ADMIN, f"admin user remove {EMAIL} --yes")


async def _answered(env: dict[str, str], key: str) -> None:
    server = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=env | {"LECTERN_API_KEY": key})
    async with Client(server) as client:
        answer = await ask(client, "/test/lamps", "how do I put out a lamp")
    assert "turning the wheel" in said(answer)


def _counts(owner: psycopg.Connection[tuple[object, ...]]) -> list[object]:
    """What a refused command may not have changed."""
    tables = (
        "users",
        "api_keys",
        "user_limits",
        "libraries",
        "generations",
        "documentation_chunks",
        "audit_log",
    )
    return [
        owner.execute(f"SELECT md5(array_agg(t ORDER BY t)::text) FROM {name} t").fetchone()
        for name in tables
    ]
