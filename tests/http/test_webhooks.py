"""What providers post is taken where it can be verified, and stored for the billing run by the least of roles."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from mcp_server.http import webhooks
from shared.accounts.roles import HTTP, ROLES, Roles
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.http_service import serving
from tests.stripe_signed import OTHER, SECRET, message, signature

pytestmark = pytest.mark.anyio

STRIPE = "/webhooks/stripe"
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest.fixture
def login(database_url: str) -> Iterator[str]:
    """A database whose login may do what the service may, and no more; the roles are there once they are applied."""
    yield database_url.replace("postgres@", "wendy@", 1)
    with psycopg.connect(database_url, autocommit=True) as operator:
        operator.execute(f"DROP OWNED BY wendy, {', '.join(ROLES)}")
        operator.execute("DROP ROLE wendy")


async def test_a_login_of_the_service_is_ready_answers_and_stores_what_is_genuine_once(
    make_settings: Callable[..., IngestSettings], database: Database, login: str
) -> None:
    await Roles(database).apply()
    await database.rows(f"CREATE ROLE wendy LOGIN IN ROLE {HTTP}")
    key = await make_key(database)
    settings = make_settings(database_url=login)
    async with serving(settings, stripe_webhook_secret=SECRET) as service, service.client(key.key) as client:
        assert (await client.get("/readyz")).json()["ready"]
        accept = {"Accept": "application/json, text/event-stream"}
        assert (await client.post("/mcp", json=LIST, headers=accept)).status_code == 200
        body = message()
        for line in ("stored", "stored before"):
            signed = {"Stripe-Signature": signature(body, datetime.now(UTC))}
            answer = await client.post(STRIPE, content=body, headers=signed)
            assert (answer.status_code, answer.json()) == (200, {"message": line})
    [row] = await database.rows("SELECT provider, event_id, body FROM provider_events")
    assert row == {"provider": "stripe", "event_id": "evt_1", "body": body.decode()}


async def test_what_is_not_genuine_is_refused_and_what_to_set_is_for_the_log_alone(
    make_settings: Callable[..., IngestSettings], database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        serving(make_settings(), stripe_webhook_secret=SECRET) as service,
        service.client() as anybody,
    ):
        body = message()
        signed = {"Stripe-Signature": signature(body, datetime.now(UTC), OTHER)}
        for headers in (signed, {}):
            answer = await anybody.post(STRIPE, content=body, headers=headers)
            assert answer.status_code == 400
            assert "LECTERN_" not in answer.text
        assert (await anybody.post("/webhooks/paypal", content=body)).status_code == 404
        assert (await anybody.post(STRIPE, content=b"x" * 1_000_001)).status_code == 413
        assert (await anybody.get(STRIPE)).status_code == 405
    assert await database.rows("SELECT FROM provider_events") == []
    refused = [one.getMessage() for one in caplog.records if one.name == webhooks.__name__]
    assert [line.partition(":")[0] for line in refused] == ["1 message of stripe refused"]


async def test_without_what_verifies_there_is_no_route(make_settings: Callable[..., IngestSettings]) -> None:
    async with serving(make_settings()) as service, service.client() as anybody:
        assert (await anybody.post(STRIPE)).status_code == 404
    assert not [one for one in service.app.routes if getattr(one, "path", "").startswith("/webhooks")]


async def test_more_messages_than_can_be_looked_at_are_sent_again_later(
    make_settings: Callable[..., IngestSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MOST_WAITING", 0)
    async with (
        serving(make_settings(), stripe_webhook_secret=SECRET) as service,
        service.client() as anybody,
    ):
        answer = await anybody.post(STRIPE, content=message())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
