"""What the row of a chunk says about it."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.catalogue.generations import Generations, copy_chunks
from shared.catalogue.store import Catalogue
from shared.model.document import Chunk, ContentType
from shared.model.library import Library, NewGeneration
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLAIN = Chunk("Words.", ContentType.GUIDE, "http://site/b", (), 2, "Words.")
SNIPPET = Chunk(
    "Run:\n\n```sh\nrun\n```",
    ContentType.SNIPPET,
    "http://site/a#b",
    ("Page", "m.run", "Examples"),
    9,
    "Page > m.run > Examples\nRun:\nrun",
    code_language="sh",
    symbol="m.run",
    symbols=("m.run", "m.go"),
    title="Examples",
    description="Run:",
    page_title="Page",
    generator="sphinx",
)


async def test_the_metadata_of_a_chunk_holds_what_is_known_and_nothing_empty(database: Database) -> None:
    await Catalogue(database).put(Library("/a/b", "B"))
    generations, identity = Generations(database), uuid4()
    version = await generations.ensure_version("/a/b", "1.0")
    new = NewGeneration(identity, version, "/a/b", "1.0", "edge", f"i{identity.hex}", "m", "f", 3)
    await generations.begin(new)
    async with database.transaction() as connection:
        await copy_chunks(connection, new, [SNIPPET, PLAIN], first=0, fetched_at=NOW)
    rows = await database.rows(
        "SELECT metadata FROM documentation_chunks WHERE generation_id = %(id)s ORDER BY chunk_index",
        {"id": identity},
    )
    assert [row["metadata"] for row in rows] == [
        {
            "section": ["Page", "m.run", "Examples"],
            "anchor": "b",
            "code_language": "sh",
            "symbol": "m.run",
            "symbols": ["m.run", "m.go"],
            "title": "Examples",
            "description": "Run:",
            "page_title": "Page",
            "generator": "sphinx",
            "fetched_at": NOW.isoformat(),
        },
        {"section": [], "fetched_at": NOW.isoformat()},
    ]
