"""Chunks of pages that say what they said, taken over from the served generation instead of being cut again."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from shared.model.document import chunk_id, embedding_key
from shared.model.library import NewGeneration
from shared.stores import sql
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.catalogue", "adopt.sql")
PAGE_OF_ROWS = 1000


@dataclass(frozen=True, slots=True)
class PageChunks:
    """All chunks of one page of a generation, in their order."""

    url: str
    rows: Sequence[Row]


async def served_chunks(database: Database, generation: UUID) -> AsyncIterator[list[PageChunks]]:
    """Every chunk of a generation by page, some pages at a time. A page's chunks stand together."""
    after, rest = -1, list[Row]()
    while rows := await database.rows(
        _SQL["adoptable"], {"id": generation, "after": after, "most": PAGE_OF_ROWS}
    ):
        after = rows[-1]["chunk_index"]
        pages = [PageChunks(url, list(chunks)) for url, chunks in groupby([*rest, *rows], key=_page)]
        rest = list(pages.pop().rows)  # it may go on
        yield pages
    if rest:
        yield [PageChunks(_page(rest[0]), rest)]


async def adopt(
    connection: AsyncConnection[Any],
    generation: NewGeneration,
    pages: Sequence[PageChunks],
    *,
    first: int,
    fetched_at: Mapping[str, datetime],
) -> int:
    """Write the chunks of these pages into a generation, numbered from `first`; returns how many there are.

    They keep what a person decided about them. In the caller's transaction.
    """
    ids, olds, keys, times = list[UUID](), list[UUID](), list[bytes](), list[str]()
    for page in pages:
        repeats: dict[tuple[str, str], int] = {}
        for row in page.rows:
            same = (row["source_url"], row["content"])
            repeats[same] = repeats.get(same, -1) + 1
            ids.append(chunk_id(generation.id, *same, repeats[same]))
            olds.append(row["id"])
            keys.append(embedding_key(generation.fingerprint, row["embedded_text"]))
            times.append(fetched_at[page.url].isoformat())
    values = {
        "generation_id": generation.id,
        "ids": ids,
        "olds": olds,
        "indexes": list(range(first, first + len(ids))),
        "keys": keys,
        "times": times,
    }
    await connection.execute(_SQL["adopt"], values)
    return len(ids)


def _page(row: Row) -> str:
    url: str = row["source_url"].partition("#")[0]
    return url
