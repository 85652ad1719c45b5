"""Real engines for every test: started once a test process, a database cloned for each test that wants one."""

import asyncio
import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from shared import settings
from shared.settings import IngestSettings
from shared.stores import migrate
from shared.stores.embedded import power
from shared.stores.embedded.engines import attach
from shared.stores.open import Stores, open_stores
from shared.stores.postgres import Database
from tests.embedding_model import embedder, embedding_model  # noqa: F401 - fixtures

_MEMORY = Path("/dev/shm")
_ROOM = 2 * 1024**3  # bytes that must be free there: many times what the stores of one test process hold
_UNSAFE = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")

_numbers = itertools.count()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: a third of the time a test waits for processes and stores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + cores // 2


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def interrupts_are_heard() -> None:
    """What a shell ignores for what runs behind it, or nohup, every process that a test starts would inherit."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.name == "posix" and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> None:
    """A developer's own LECTERN_* variables say nothing here."""
    for name in list(os.environ):
        if name.startswith("LECTERN_") and not name.startswith("LECTERN_TEST_"):
            del os.environ[name]


@pytest.fixture(scope="session")
def engines() -> Iterator[tuple[str, str]]:
    """The URLs of an embedded PostgreSQL and Redis that live as long as the test process, and need outlive nothing."""
    home = Path(tempfile.mkdtemp(prefix="lectern-tests-", dir=_in_memory()))
    attachment = asyncio.run(attach(home))
    try:
        for setting in _UNSAFE:
            _execute(attachment.endpoints.database_url, f"ALTER SYSTEM SET {setting} = off")
        _execute(attachment.endpoints.database_url, "SELECT pg_reload_conf()")
        yield attachment.endpoints.database_url, attachment.endpoints.redis_url
    finally:
        attachment.release()
        asyncio.run(power.down(home, force=True))
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def template(engines: tuple[str, str]) -> str:
    """The name of a migrated database to clone."""

    async def locate() -> str:
        return _database(engines[0], "template_lectern")

    async def build() -> None:
        database = Database(locate, "tests")
        await migrate.migrate(database)
        await database.close()

    _execute(engines[0], "CREATE DATABASE template_lectern")
    asyncio.run(build())
    return "template_lectern"


@pytest.fixture
def empty_database_url(engines: tuple[str, str]) -> Iterator[str]:
    """A database without any table."""
    yield from _scratch(engines[0], "template0")


@pytest.fixture
def database_url(engines: tuple[str, str], template: str) -> Iterator[str]:
    """A migrated database of this test's own."""
    yield from _scratch(engines[0], template)


@pytest.fixture(scope="module")
def module_settings(
    engines: tuple[str, str], template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IngestSettings]:
    """Settings of a database and a home that the tests of one file share, which only read what the first one wrote."""
    for url in _scratch(engines[0], template):
        yield settings.load(
            home=tmp_path_factory.mktemp("home"),
            database_url=url,
            redis_url=engines[1],
            require_api_key="off",
        )


@pytest.fixture
def other_database_url(engines: tuple[str, str], template: str) -> Iterator[str]:
    """A second migrated database; as in two installations, its id is its own."""
    for url in _scratch(engines[0], template):
        _execute(url, "UPDATE installation SET id = gen_random_uuid()")
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async def locate() -> str:
        return database_url

    database = Database(locate, "tests")
    yield database
    await database.close()


@pytest.fixture
def make_settings(
    engines: tuple[str, str], database_url: str, tmp_path: Path
) -> Callable[..., IngestSettings]:
    """Settings of a fresh database, a home of the test's own, and whatever a test adds."""

    def make(**more: object) -> IngestSettings:
        return settings.load(
            **{
                "home": tmp_path / "home",
                "database_url": database_url,
                "redis_url": engines[1],
                "require_api_key": "off",
                **more,
            }
        )

    return make


@pytest.fixture
async def stores(make_settings: Callable[..., IngestSettings]) -> AsyncIterator[Stores]:
    """Stores on a fresh database, with vectors in the test's own directory."""
    async with open_stores(make_settings(), "tests") as stores:
        yield stores


def _in_memory() -> Path | None:
    """Where files are cloned in a tenth of the time, if there is such a place."""
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    return _MEMORY if roomy else None


def _scratch(server: str, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield _database(server, name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _database(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
