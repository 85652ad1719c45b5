"""Between us and localstripe: keys of requests, parameters that it does not know, and what gets lost."""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import ClientSession, web

from tests.stripe_fake import form
from tests.stripe_fake.troubles import LOST_REPLY, LOST_REQUEST, SILENCE, Troubles

KEY = "sk_test_12345"
UNKNOWN = ("description", "cancellation_reason")
"""Parameters that it refuses."""
CALLED = {"allowed_payment_method_types": "payment_method_types"}
OURS = ("email", "customer", "created", "limit", "starting_after")
"""Filters of lists that the proxy does."""
EVERYTHING = "1000000"

Reply = tuple[int, bytes]


@dataclass
class Proxy:
    session: ClientSession
    url: str
    troubles: Troubles = field(default_factory=Troubles)
    kept: dict[str, tuple[str, Reply]] = field(default_factory=dict)
    locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    now: int | None = None
    """The account's clock, where a test sets it: localstripe knows the machine's alone."""
    made: dict[str, int] = field(default_factory=dict)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/fake/{order}", self.ordered)
        app.router.add_route("*", "/{path:.*}", self.passed_on)
        return app

    async def ordered(self, request: web.Request) -> web.Response:
        said = await request.json()
        match request.match_info["order"]:
            case "next":
                self.troubles.next.extend(*said)
            case "losses":
                self.troubles.seeded(**said)
            case "clock":
                self.now = said["seconds"]
            case "flush":
                self.now = None
                self.made.clear()
                self.kept.clear()
                async with self.session.delete(f"{self.url}/_config/data"):
                    pass
        return web.json_response(None)

    async def passed_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        trouble = self.troubles.of_this_one()
        if trouble in (LOST_REQUEST, SILENCE):
            return self._lost(request)
        key = request.headers.get("idempotency-key", "")
        if request.method == "POST" and key:
            async with self.locks[key]:
                status, answer = await self._once(request, key, body)
        elif request.method == "GET" and request.path.count("/") == 2:
            status, answer = await self._list(request)
        else:
            status, answer = await self._ask(request, body)
        if trouble == LOST_REPLY:
            return self._lost(request)
        return web.Response(status=status, body=answer, content_type="application/json")

    async def _once(self, request: web.Request, key: str, body: str) -> Reply:
        fingerprint = f"{request.path} {body}"
        if key in self.kept:
            before, reply = self.kept[key]
            if before != fingerprint:
                error = {
                    "type": "idempotency_error",
                    "message": "Keys are used with the same parameters only.",
                }
                return 400, json.dumps({"error": error}).encode()
            return reply
        reply = await self._ask(request, body)
        self.kept[key] = (fingerprint, reply)
        return reply

    async def _ask(self, request: web.Request, body: str, query: str | None = None) -> Reply:
        pairs = [(_called(name), value) for name, value in parse_qsl(body) if name not in UNKNOWN]
        async with self.session.request(
            request.method,
            f"{self.url}{request.path}?{request.query_string if query is None else query}",
            headers={
                "authorization": request.headers.get("authorization", ""),
                "content-type": "application/x-www-form-urlencoded",
            },
            data=urlencode(pairs),
        ) as reply:
            said = await reply.read()
        return reply.status, said if self.now is None else json.dumps(self._dated(json.loads(said))).encode()

    def _dated(self, said: Any) -> Any:
        """With the instant at which each object was first seen, by the account's clock."""
        if isinstance(said, list):
            return [self._dated(one) for one in said]
        if not isinstance(said, dict):
            return said
        found = {name: self._dated(one) for name, one in said.items()}
        if isinstance(found.get("id"), str) and "created" in found:
            found["created"] = self.made.setdefault(found["id"], self.now or found["created"])
        return found

    async def _list(self, request: web.Request) -> Reply:
        """All of it, filtered and cut here."""
        asked = form.read(request.query_string)
        theirs = [
            (name, value)
            for name, value in parse_qsl(request.query_string)
            if name.partition("[")[0] not in OURS
        ]
        status, said = await self._ask(request, "", urlencode([*theirs, ("limit", EVERYTHING)]))
        if status != 200:
            return status, said
        found: dict[str, Any] = json.loads(said)
        rows = [
            one
            for one in sorted(found["data"], key=lambda one: one["created"], reverse=True)
            if all(one.get(name) == asked[name] for name in ("email", "customer") if name in asked)
            and one["created"] >= int(asked.get("created", {}).get("gte", 0))
        ]
        if "starting_after" in asked:
            ids = [one["id"] for one in rows]
            rows = rows[ids.index(asked["starting_after"]) + 1 :]
        limit = int(asked.get("limit", 10))
        page = found | {"data": rows[:limit], "has_more": len(rows) > limit}
        return 200, json.dumps(page).encode()

    def _lost(self, request: web.Request) -> web.StreamResponse:
        if request.transport:
            request.transport.abort()
        return web.Response()


def _called(name: str) -> str:
    first, bracket, rest = name.partition("[")
    return CALLED.get(first, first) + bracket + rest
