"""What is written to PostgreSQL or Redis, by whichever statement, holds nothing that its reader cannot see."""

import pytest
from psycopg.types.json import Jsonb
from redis.asyncio import Redis

from shared.stores.cache import Cache
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

HIDDEN = "a\x00\U000e0041\ud800b\u202e\ufdd0"
"""Of which PostgreSQL would refuse two characters."""
SEEN = "a�b"


async def test_a_text_is_written_without_what_nobody_sees(database: Database) -> None:
    values = {
        "auto": HIDDEN,
        "text": HIDDEN,
        "binary": HIDDEN,
        "json": Jsonb({HIDDEN: [HIDDEN, 1]}),
        "list": [HIDDEN, HIDDEN],
    }

    row = await database.row(
        "SELECT %(auto)s::text AS plain, %(text)t::varchar AS textual, %(binary)b::text AS binary_text,"
        " %(json)s::jsonb AS json, %(list)s::text[] AS list",
        values,
    )

    assert row == {
        **dict.fromkeys(("plain", "textual", "binary_text"), SEEN),
        "json": {SEEN: [SEEN, 1]},
        "list": [SEEN, SEEN],
    }


async def test_a_text_is_copied_without_what_nobody_sees(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("CREATE TEMPORARY TABLE kept (a text, b varchar(9), c jsonb, d text[])")
        async with connection.cursor().copy("COPY kept FROM STDIN") as copy:
            await copy.write_row((HIDDEN, HIDDEN, Jsonb([HIDDEN]), [HIDDEN]))
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO kept VALUES (%s, %s, %s, %s)", [(HIDDEN, HIDDEN, Jsonb([HIDDEN]), [HIDDEN])]
            )
        rows = await (await connection.execute("SELECT * FROM kept")).fetchall()

    assert rows == [{"a": SEEN, "b": SEEN, "c": [SEEN], "d": [SEEN]}] * 2


async def test_an_answer_is_cached_without_what_nobody_sees(engines: tuple[str, str]) -> None:
    async def locate() -> str:
        return engines[1]

    cache = Cache(locate)
    await cache.put("written-text", {"said": HIDDEN, HIDDEN: [HIDDEN]})
    async with Redis.from_url(engines[1], decode_responses=True) as redis:
        kept = str(await redis.get("written-text"))
    await cache.close()

    assert kept == '{"said":"a\\ufffdb","a\\ufffdb":["a\\ufffdb"]}'
