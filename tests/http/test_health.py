"""Whether the service lives and is ready, and what its metrics say of it, and of nobody."""

import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.model.account import Outcome, Refusal, UsageRecord
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.http_service import Running, serving

pytestmark = pytest.mark.anyio

STORES = ["limits", "postgresql", "qdrant", "redis"]


async def test_a_service_whose_stores_answer_is_ready(make_settings: Callable[..., IngestSettings]) -> None:
    async with serving(make_settings()) as service, service.client() as anybody:
        assert (await anybody.get("/healthz")).text == "ok\n"
        answer = await anybody.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"ready": True, "stores": dict.fromkeys(STORES, "answers")},
    )


async def test_a_store_that_is_away_is_named_and_where_it_is_stays_in_the_log(
    make_settings: Callable[..., IngestSettings], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = make_settings(limits_redis_url=f"unix://{tmp_path}/nobody.sock")
    async with serving(settings) as service, service.client() as anybody:
        answer, again = await anybody.get("/readyz"), await anybody.get("/readyz")
        assert (await anybody.get("/healthz")).status_code == 200
    assert answer.status_code == again.status_code == 503
    assert [store for store, how in answer.json()["stores"].items() if how == "fails"] == ["limits"]
    assert str(tmp_path) not in answer.text
    assert len([record for record in caplog.records if "not ready" in record.message]) == 1


async def test_a_schema_that_lacks_a_migration_is_not_ready(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    await database.rows("DELETE FROM schema_migrations WHERE name = '0001_create_functions'")
    async with serving(make_settings()) as service, service.client() as anybody:
        answer = await anybody.get("/readyz")
    assert (answer.status_code, answer.json()["stores"]["postgresql"]) == (503, "fails")


async def test_a_service_that_is_about_to_end_lives_and_is_not_ready(
    make_settings: Callable[..., IngestSettings],
) -> None:
    async with serving(make_settings()) as service, service.client() as anybody:
        service.app.state.service.draining.set()
        assert (await anybody.get("/readyz")).status_code == 503
        assert (await anybody.get("/healthz")).status_code == 200


async def test_calls_are_answered_by_one_line_while_the_database_is_away(
    make_settings: Callable[..., IngestSettings], database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    key = await make_key(database)
    settings = make_settings(database_url="postgresql://postgres@127.0.0.1:1/nowhere")
    async with serving(settings) as service, service.client(key.key) as bearer:
        answer = await bearer.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
    assert "127.0.0.1:1" not in answer.text
    assert not [record for record in caplog.records if record.exc_info]


async def samples(service: Running) -> dict[tuple[str, ...], float]:
    """By name and the values of labels, which are in the order of their names."""
    async with service.client() as anybody:
        text = (await anybody.get("/metrics")).text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_metrics_count_calls_refusals_hits_and_times_and_name_nobody(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    key = await make_key(database)
    answered: Outcome = "answered"

    def record(
        outcome: Outcome = answered, *, refused_by: Refusal | None = None, cached: bool = False
    ) -> UsageRecord:
        return UsageRecord(
            id=uuid4(),
            tool_name="query-docs",
            library_id="/secret/library",
            query="a secret question",
            tokens_returned=1,
            response_time_ms=30,
            created_at=service.app.state.service.clock(),
            api_key_id=key.id,
            outcome=outcome,
            refused_by=refused_by,
            cached=cached,
        )

    async with serving(make_settings()) as service:
        usage = service.app.state.service.backing.usage
        for one in (record(), record(cached=True), record("refused", refused_by="minute")):
            usage.add(one)
        async with service.client(headers={"Host": "page.example"}) as stranger:
            await stranger.get("/healthz")
        found = await samples(service)
        async with service.client() as anybody:
            text = (await anybody.get("/metrics")).text
    assert found["lectern_calls_total", "answered", "query-docs"] == 2
    assert found["lectern_calls_total", "refused", "query-docs"] == 1
    assert found["lectern_refusals_total", "minute"] == 1
    assert found["lectern_cache_hits_total", "query-docs"] == 1
    assert found["lectern_rejected_requests_total", "misdirected"] == 1
    assert found["lectern_call_seconds_bucket", "0.05", "query-docs"] == 2
    assert found["lectern_call_seconds_bucket", "0.025", "query-docs"] == 0
    assert found[("lectern_model_loaded",)] == 0
    assert "process_open_fds" in text
    for secret in ("secret", str(key.id), str(key.user_id), key.key, "page.example"):
        assert secret not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)


async def test_metrics_tell_of_the_connections_to_the_database(
    make_settings: Callable[..., IngestSettings],
) -> None:
    async with serving(make_settings()) as service, service.client() as anybody:
        await anybody.get("/readyz")
        found = await samples(service)
    assert found["lectern_database_connections", "used"] + found["lectern_database_connections", "idle"] >= 1
    assert found["lectern_database_connections", "waiting"] == 0
