"""PostgreSQL plans what is asked often as it is meant: by an index, and without a call for each row."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from shared.catalogue.rows import encoded
from shared.model.account import Access
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

PEOPLE = """
INSERT INTO users (email) SELECT 'user' || n || '@example.org' FROM generate_series(1, 200) AS n
"""
CALLS = """
INSERT INTO usage_logs (user_id, tool_name, created_at)
SELECT u.id, 'query-docs', timestamptz '2020-03-01Z' + make_interval(hours => n * 6)
FROM users u, generate_series(1, 150) AS n
"""
"""Of a year whose partition does not depend on today."""
ASKED = "EXPLAIN (FORMAT JSON) EXECUTE asked('hash', '2020-04-08Z', '2020-03-20Z')"


def steps(plan: Any) -> Iterator[dict[str, Any]]:
    """Of a plan, or of a part of one, the outer ones first."""
    if isinstance(plan, list):
        for one in plan:
            yield from steps(one)
    elif isinstance(plan, dict):
        yield plan
        for one in plan.values():
            yield from steps(one)


async def statement(database: Database) -> str:
    """What `own_usage` runs, with numbers for its parameters."""
    [row] = await database.rows("SELECT prosrc FROM pg_proc WHERE proname = 'own_usage'")
    [found] = re.findall(r"RETURN QUERY(.*?);", row["prosrc"], re.DOTALL)
    for number, name in enumerate(("session", "at", "since"), 1):
        found = re.sub(rf"\b{name}\b", f"${number}", found)
    return str(found)


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
async def test_a_persons_use_is_found_by_the_index_on_user_and_time(database: Database, mode: str) -> None:
    for made in (PEOPLE, CALLS, "ANALYZE users, usage_logs"):
        await database.rows(made)
    asked = await statement(database)
    async with database.connection() as connection, connection.transaction():
        await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
        await connection.execute(f"PREPARE asked (text, timestamptz, timestamptz) AS {asked}")
        row = await (await connection.execute(ASKED)).fetchone()
        await connection.execute("DEALLOCATE asked")
    assert row
    reading = [
        one
        for one in steps(row["QUERY PLAN"])
        if one.get("Relation Name", "").startswith("usage_logs")
        and one["Total Cost"]  # not of an empty month
    ]
    assert reading
    for one in reading:
        assert one["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Heap Scan")
        [found] = [inner["Index Cond"] for inner in steps(one) if "Index Cond" in inner]
        assert "user_id" in found
        assert "created_at" in found


async def test_what_may_be_read_is_decided_without_a_call_for_each_library(database: Database) -> None:
    asked = "SELECT FROM libraries WHERE may_read(id, %(access)s::jsonb)"
    rules = Access(allowed=tuple(f"/org{number:04}/*" for number in range(1000)), is_closed=True)
    planned = await database.rows(f"EXPLAIN {asked}", {"access": encoded(rules)})
    [condition] = [row["QUERY PLAN"] for row in planned if "Filter:" in row["QUERY PLAN"]]
    assert "may_read(" not in condition
