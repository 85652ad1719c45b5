"""What calls used as rows of PostgreSQL, and how popular that makes libraries."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from shared.accounts.delivery import Delivery
from shared.accounts.spool import Spool
from shared.accounts.usage import Usage
from shared.catalogue.store import Catalogue
from shared.errors import ValueRefused
from shared.model.account import UsageRecord
from shared.model.library import Library
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

FLASK = Library("/pallets/flask", "Flask")
NOW = datetime.now(UTC)


def call(name: str = "query-docs", created_at: datetime = NOW) -> UsageRecord:
    return UsageRecord(uuid4(), name, FLASK.id, "how do I hide a body?", 100, 5, created_at)


def calls(number: int, created_at: datetime = NOW) -> list[UsageRecord]:
    return [call(created_at=created_at) for _ in range(number)]


async def a_day_later(database: Database) -> None:
    await database.rows("UPDATE popularity_computed SET at = at - interval '1 day'")


async def score(database: Database) -> int:
    return (await Catalogue(database).known(FLASK.id)).popularity_score


async def ids(database: Database) -> list[UUID]:
    return [row["id"] for row in await database.rows("SELECT id FROM usage_logs")]


@pytest.mark.parametrize(
    "name", ["resolve-library-id", "query-docs", "resources/read", "prompts/get", "completion/complete"]
)
async def test_a_call_of_every_kind_is_a_row(database: Database, name: str) -> None:
    one = replace(call(name), repeats=7)
    await Usage(database).record([one])
    [row] = await database.rows("SELECT * FROM usage_logs")
    assert row.pop("recorded_at") >= NOW
    assert row == {
        "id": one.id,
        "user_id": None,
        "api_key_id": None,
        "tool_name": name,
        "library_id": FLASK.id,
        "query": one.query,
        "outcome": "answered",
        "refused_by": None,
        "cached": False,
        "tokens_returned": 100,
        "response_time_ms": 5,
        "repeats": 7,
        "created_at": NOW,
    }


async def test_a_record_that_is_written_again_stays_one_row(database: Database) -> None:
    usage = Usage(database)
    first, second = calls(2)
    await usage.record([first])
    await usage.record([first, second, second])
    assert sorted(await ids(database)) == sorted([first.id, second.id])


async def test_one_bad_record_of_many_is_set_aside_and_named_and_the_others_are_rows(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path, None)
    good, bad = calls(999), call("delete-everything")
    for record in [*good[:400], bad, *good[400:]]:
        spool.append(record)
    await Delivery(spool, Usage(database).record).deliver()

    assert sorted(await ids(database)) == sorted(one.id for one in good)
    [told] = [one.message for one in caplog.records if "set aside" in one.message]
    assert str(bad.id) in told
    assert "usage_logs_tool_name_check" in told
    assert "body" not in told


async def test_records_that_are_written_together_are_all_written_or_none(database: Database) -> None:
    with pytest.raises(ValueRefused):
        await Usage(database).record([*calls(3), call("delete-everything")])
    assert await ids(database) == []


async def test_calls_raise_popularity(database: Database) -> None:
    catalogue, usage = Catalogue(database), Usage(database)
    await catalogue.put(FLASK)
    before = await catalogue.revision()
    await usage.record(calls(100))
    await usage.refresh_popularity()
    assert await score(database) == 46
    assert await catalogue.revision() != before


async def test_popularity_is_computed_once_a_day(database: Database) -> None:
    usage = Usage(database)
    await Catalogue(database).put(FLASK)
    await usage.refresh_popularity()
    await usage.record(calls(100))
    await usage.refresh_popularity()
    assert await score(database) == 0
    await a_day_later(database)
    await usage.refresh_popularity()
    assert await score(database) == 46


async def test_calls_of_more_than_ninety_days_ago_raise_no_popularity(database: Database) -> None:
    usage = Usage(database)
    await Catalogue(database).put(FLASK)
    for days, number in ((91, 1000), (89, 100)):
        await usage.record(calls(number, NOW - timedelta(days=days)))
    await usage.refresh_popularity()
    assert await score(database) == 46


async def test_popularity_begins_with_the_catalogues_figure_and_is_not_fed_back(database: Database) -> None:
    catalogue, usage = Catalogue(database), Usage(database)
    await catalogue.put(replace(FLASK, popularity_score=90))
    await usage.record(calls(100))
    await usage.refresh_popularity()
    assert await score(database) == 136
    await catalogue.put(await catalogue.known(FLASK.id))
    await a_day_later(database)
    await usage.refresh_popularity()
    assert await score(database) == 136
