"""Every route as everybody sees it: a list that is made from the routes, so that a new one cannot be forgotten."""

import re
import secrets
from collections.abc import Callable
from uuid import UUID

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from syrupy.assertion import SnapshotAssertion

from mcp_server.http.service import Service
from mcp_server.http.sign_in.sessions import begin
from shared.accounts.keys import mint
from shared.accounts.store import Accounts
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.http_service import Running, serving
from tests.stripe_signed import SECRET

pytestmark = pytest.mark.anyio


QUERY = "libraryName=lamps&libraryId=/test/lamps&query=How+is+it+lit"


async def test_each_route_answers_each_identity_so(
    make_settings: Callable[..., IngestSettings], database: Database, snapshot: SnapshotAssertion
) -> None:
    """The right one owns the key in the path; each bears a key and has a session, where there is one."""
    right, other, revoked, disabled = [await make_key(database) for _ in range(4)]
    await Accounts(database).revoke_key(revoked.id)
    told: dict[str, str] = {}
    async with serving(make_settings(), stripe_webhook_secret=SECRET) as running:
        service = running.app.state.service
        cookies = {one.user_id: await session(service, one.user_id) for one in (right, other, disabled)}
        await Accounts(database).set_disabled(disabled.user_id, disabled=True)
        identities = (
            (None, None),
            (mint(secrets.token_bytes).key, "x" * 43),
            (revoked.key, None),
            (disabled.key, cookies[disabled.user_id]),
            (other.key, cookies[other.user_id]),
            (right.key, cookies[right.user_id]),
        )
        for route in running.app.routes:
            assert isinstance(route, Route), "a mounted application hides its routes from this list"
            path = re.sub(
                r"\{[^}]*\}", lambda found: str(right.id) if "uuid" in found[0] else "x", route.path
            )
            for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
                seen = [await status(running, method, path, *identity) for identity in identities]
                told[f"{method} {route.path}"] = " ".join(map(str, seen))
    assert {"": "none bad revoked disabled other right", **told} == snapshot
    assert not [route for route, seen in told.items() if "500" in seen]


async def session(service: Service, user_id: UUID) -> str:
    """The cookie of somebody who signed in."""
    response = Response()
    assert await begin(service, Request({"type": "http", "headers": []}), response, user_id, "password")
    return response.headers["set-cookie"].partition("=")[2].partition(";")[0]


async def status(service: Running, method: str, path: str, key: str | None, cookie: str | None) -> int:
    headers = {"Cookie": f"__Host-lectern={cookie}"} if cookie else {}
    async with service.client(key, headers=headers) as client:
        return (await client.request(method, f"{path}?{QUERY}")).status_code
