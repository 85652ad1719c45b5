"""Who presents what nobody knows is looked up ever less, and keeps nobody out whose key is good."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from mcp_server.http import together
from mcp_server.http.oauth.metadata import DEVICE_GRANT
from mcp_server.http.sign_in.attempts import MOST_OF_A_NETWORK
from shared.accounts.keys import mint
from shared.accounts.store import Accounts
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.http_service import Running, serving
from tests.oauth import letting_in, redeeming, signed_in_client

pytestmark = pytest.mark.anyio

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
async def service(
    make_settings: Callable[..., IngestSettings], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    monkeypatch.setattr(together, "SECONDS", 0.01)
    async with serving(make_settings()) as running:
        yield running


def strange() -> dict[str, str]:
    return bearing(mint(secrets.token_bytes).key)


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def presented(client: httpx2.AsyncClient, path: str, times: int = MOST_OF_A_NETWORK) -> list[int]:
    return [(await client.get(path, headers=strange())).status_code for _ in range(times)]


@pytest.mark.parametrize("path", ["/api/whoami", "/api/v2/context?libraryId=/a/b&query=q"])
async def test_after_fifty_unknown_keys_a_network_waits_and_a_good_key_of_it_does_not(
    service: Running, database: Database, path: str
) -> None:
    async with service.client() as client:
        assert set(await presented(client, path)) == {401}
        refused = await client.get(path, headers=strange())
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
        assert refused.json()["message"].startswith("too many unknown keys came from your network")
        never_used = (await make_key(database)).key
        assert (await client.get("/api/whoami", headers=bearing(never_used))).status_code == 200
        revoked = await make_key(database)
        await Accounts(database).revoke_key(revoked.id)
        assert (await client.get(path, headers=bearing(revoked.key))).status_code == 429


@pytest.mark.parametrize("key", ["lect_none", "anything", f"lat_{'a' * 43}"])
async def test_one_that_is_sent_again_and_again_counts_each_time(service: Running, key: str) -> None:
    async with service.client(key) as client:
        statuses = [(await client.get("/api/whoami")).status_code for _ in range(MOST_OF_A_NETWORK + 1)]
    assert statuses == [401] * MOST_OF_A_NETWORK + [429]


async def test_what_carries_no_key_counts_for_nothing(service: Running) -> None:
    async with service.client() as client:
        for _ in range(MOST_OF_A_NETWORK + 1):
            assert (await client.post("/mcp", json=LIST)).status_code == 401
        assert (await client.get("/api/whoami", headers=strange())).status_code == 401


async def test_mcp_goes_on_saying_401_without_asking_the_database_for_each(
    service: Running, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    authenticate = Accounts.authenticate

    async def heard(self: Accounts, hashed: str, now: object) -> object:
        asked.append(hashed)
        return await authenticate(self, hashed, now)  # type: ignore[arg-type]

    monkeypatch.setattr(Accounts, "authenticate", heard)
    good = (await make_key(database)).key
    async with service.client(headers=ACCEPT) as client:
        await presented(client, "/api/whoami")
        assert len(asked) == MOST_OF_A_NETWORK
        sent = [client.post("/mcp", json=LIST, headers=strange()) for _ in range(20)]
        answers = await asyncio.gather(*sent, client.post("/mcp", json=LIST, headers=bearing(good)))
        assert [one.status_code for one in answers] == [401] * 20 + [200]
        assert len(asked) == MOST_OF_A_NETWORK + 1


async def test_clients_that_fail_at_the_token_endpoint_wait_and_good_ones_do_not(
    make_settings: Callable[..., IngestSettings], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "SECONDS", 0.01)
    person = (await make_key(database)).user_id
    async with letting_in(make_settings()) as letting:
        browser, client = await letting.signed_in(person), letting.browser()
        got = await signed_in_client(letting, browser)
        bad = (
            redeeming("lac_0"),
            {"grant_type": "refresh_token"},
            {"grant_type": DEVICE_GRANT, "device_code": "none", "client_id": "lectern-mcp"},
        )
        for number in range(MOST_OF_A_NETWORK):
            answer = await client.post("/oauth/token", data=bad[number % len(bad)])
            assert answer.status_code in (400, 401)
        refused = await client.post("/oauth/token", data=redeeming("lac_x"))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
        assert refused.json()["error"] == "temporarily_unavailable"
        renewed = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
        answer = await client.post("/oauth/token", data=renewed | {"client_id": "lectern-mcp"})
        assert answer.status_code == 200, answer.text
        assert (await signed_in_client(letting, browser))["token_type"] == "Bearer"
        assert await letting.who(answer.json()["access_token"])


async def test_while_redis_is_away_keys_are_looked_up_as_ever(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    key = (await make_key(database)).key
    away = "redis://127.0.0.1:1/0"
    async with serving(make_settings(limits_redis_url=away)) as service, service.client() as client:
        assert set(await presented(client, "/api/whoami", MOST_OF_A_NETWORK + 1)) == {401}
        assert (await client.get("/api/whoami", headers=bearing(key))).status_code == 200
