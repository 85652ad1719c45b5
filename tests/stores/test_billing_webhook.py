"""Alerts are posted to the address that the operator set, signed, and nowhere else."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from shared.billing.alerts import alerts
from shared.billing.alerts.alert import Alert
from shared.billing.delivery import queue
from shared.billing.delivery.deliver import Post, Sent, deliver
from shared.billing.delivery.webhook import Webhook
from shared.stores.postgres import Database
from tests.billing import add_user

pytestmark = pytest.mark.anyio

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def hook(answer: Answer) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook"))


async def alerted(database: Database, *emails: str) -> None:
    async with database.transaction() as connection:
        for email in emails:
            user: UUID = await add_user(connection, email)
            said = Alert(user, "usage_threshold", f"of {email}", f"{email} used much", metadata={"used": 8})
            await alerts.raise_all(connection, [said], NOW)


async def send(database: Database, url: str, now: datetime = NOW, patience: float = 5.0) -> Sent:
    async with database.connection() as connection:
        post = Post((Webhook(url, SECRET, patience),), lambda: now)
        return await deliver(connection, post, now, lambda *_: None)


async def states(database: Database) -> list[tuple[str, int, str | None]]:
    async with database.connection() as connection:
        rows = await queue.listed(connection)
    return [(row["status"], row["attempts"], row["last_error"]) for row in rows]


async def test_an_alert_is_signed_so_that_anybodys_library_verifies_it(database: Database) -> None:
    await alerted(database, "ada@example.org")
    now = datetime.now(UTC)  # the library takes no older ones
    posted: list[tuple[dict[str, str], bytes]] = []
    answers = iter([500, 204])

    async def answer(request: web.Request) -> web.Response:
        posted.append((dict(request.headers), await request.read()))
        return web.Response(status=next(answers))

    async with hook(answer) as url:
        first = await send(database, url, now)
        assert (first.counts["put_off"], first.stopped) == (1, [])
        assert await states(database) == [("waiting", 1, "the webhook answers 500")]
        assert (await send(database, url, now + HOUR)).counts["delivered"] == 1
    (headers, body), (again, same) = posted
    told = Receiver(SECRET).verify(body, headers)
    assert told["type"] == "alert.usage_threshold"
    assert told["data"]["user"]["email"] == "ada@example.org"
    assert told["data"]["message"] == "ada@example.org used much"
    assert (told["data"]["threshold"], told["data"]["metadata"]) == (None, {"used": 8})
    assert (again["webhook-id"], same) == (headers["webhook-id"], body)
    assert again["webhook-timestamp"] != headers["webhook-timestamp"]
    with pytest.raises(WebhookVerificationError):
        Receiver(SECRET).verify(json.dumps(told), headers)


@pytest.mark.parametrize("status", [302, 307, 308, 401, 410])
async def test_an_address_that_is_wrong_stops_all_and_no_redirect_is_followed(
    database: Database, status: int
) -> None:
    await alerted(database, "ada@example.org", "bob@example.org")
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=status, headers={"location": "/elsewhere"})

    async with hook(answer) as url:
        [line] = (await send(database, url)).stopped
    assert line.startswith(f"the webhook answers {status}")
    assert "LECTERN_ALERT_WEBHOOK_URL" in line
    assert asked == ["/hook"]
    assert await states(database) == [("waiting", 0, None)] * 2


async def test_an_address_of_no_machine_stops_all(database: Database) -> None:
    await alerted(database, "ada@example.org")
    [line] = (await send(database, "http://256.1.1.1/hook")).stopped
    assert line == "the address of the webhook leads nowhere: correct LECTERN_ALERT_WEBHOOK_URL"
    assert await states(database) == [("waiting", 0, None)]


async def test_what_it_refuses_for_good_fails_alone(database: Database) -> None:
    statuses = {"ada@example.org": 422, "bob@example.org": 200, "cyd@example.org": 429}
    await alerted(database, *statuses)

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=statuses[(await request.json())["data"]["user"]["email"]])

    async with hook(answer) as url:
        sent = await send(database, url)
    assert sent.counts == {"delivered": 1, "refused": 1, "put_off": 1, "dropped": 0}
    assert sorted(await states(database)) == [
        ("delivered", 1, None),
        ("failed", 1, "the webhook answers 422"),
        ("waiting", 1, "the webhook answers 429"),
    ]


async def test_a_slow_one_is_left_alone_and_one_that_is_away_asked_once(database: Database) -> None:
    await alerted(database, *(f"user{number}@slow.example" for number in range(5)))
    asked = 0

    async def silent(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        await asyncio.sleep(3600)
        raise AssertionError

    async with hook(silent) as url:
        sent = await send(database, url, patience=0.2)
    assert asked == 2
    [line] = sent.stopped
    assert line.startswith("the last 2 messages had no reply: no answer from the webhook: TimeoutError")
    [line] = (await send(database, url, NOW + HOUR)).stopped
    assert line.startswith("the webhook is away: ")
    assert sorted(attempts for _, attempts, _ in await states(database)) == [0, 0, 0, 1, 1]
