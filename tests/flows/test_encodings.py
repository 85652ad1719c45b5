"""A database in any encoding but UTF8 is refused by every door, before anything is written."""

import asyncio
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from typer.testing import Result

from shared.embedding.embedder import Embedder
from shared.settings import IngestSettings
from tests.flows.asking import in_memory, said

DOORS = [
    ("migrate",),
    ("doctor",),
    ("crawl", "/acme/lamps", "https://lamps.example/"),
    ("library", "list"),
    ("ask", "/acme/lamps", "how is a lamp lit"),
]


@pytest.fixture(params=["LATIN1", "SQL_ASCII", "EUC_JP"])
def odd_database(request: pytest.FixtureRequest, engines: tuple[str, str]) -> Iterator[str]:
    name = f"odd_{request.param.lower()}"
    with psycopg.connect(engines[0], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING '{request.param}' LOCALE 'C' TEMPLATE template0")
        yield urlunsplit(urlsplit(engines[0])._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_no_door_writes_to_it(
    odd_database: str,
    ingest: Callable[..., Result],
    make_settings: Callable[..., IngestSettings],
    embedder: Embedder,
) -> None:
    for words in DOORS:
        result = ingest(*words, LECTERN_DATABASE_URL=odd_database)
        assert result.exit_code == 1, words
        told = " ".join((result.stdout + result.stderr).split())
        assert "and Lectern needs UTF8" in told
        assert "ENCODING 'UTF8' TEMPLATE template0" in told
        assert "Traceback" not in told

    async def resolved() -> str:
        chosen = make_settings(database_url=odd_database, embedding_model_path=embedder.model.directory)
        async with in_memory(chosen) as client:
            name = {"libraryName": "lamps", "query": "how is a lamp lit"}
            return said(await client.call_tool("resolve-library-id", name))

    assert "and Lectern needs UTF8" in asyncio.run(resolved())
    with psycopg.connect(odd_database) as connection:
        count = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        assert connection.execute(count).fetchone() == (0,)
