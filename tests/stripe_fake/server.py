"""HTTP as Stripe has it: keys, parameters as forms, idempotency for 24 hours, errors as JSON."""

import asyncio
import json
from typing import Any

from aiohttp import web

from tests.stripe_fake import contract, form
from tests.stripe_fake.account import Account
from tests.stripe_fake.control import Control
from tests.stripe_fake.deliveries import Deliveries
from tests.stripe_fake.store import Refused
from tests.stripe_fake.troubles import GARBAGE, HTML, LOST_REPLY, LOST_REQUEST, SILENCE, Troubles

KEY = "sk_test_fake"
VERSION = "2026-10-28.endive"
LASTS = 24 * 3600
MANY = 5000
"""Keys, of which those that are forgotten need not be kept."""

Reply = tuple[int, bytes]


class Server:
    account: Account
    troubles: Troubles
    requests: list[str]
    faults: dict[str, None]
    _kept: dict[str, tuple[str, int, Reply]]
    _control: Control

    def restart(self) -> None:
        """An empty account, and nothing that goes wrong."""
        self.account, self.troubles, self.requests, self.faults = Account(), Troubles(), [], {}
        self._kept = {}
        deliveries = Deliveries(self.account.store)
        self._control = Control(self.account, self.troubles, deliveries, self.requests, self.faults)

    def app(self) -> web.Application:
        app = web.Application()
        for method, route in contract.REQUESTS:
            app.router.add_route(method, route, self._handler(method, route))
        self.restart()

        async def ordered(request: web.Request) -> web.Response:
            name = request.match_info["order"]
            order = self.restart if name == "restart" else self._control.orders[name]
            try:
                return web.json_response(
                    order(*await request.json()) if request.query else order(**await request.json())
                )
            except Refused as refused:
                return web.json_response(refused.error, status=409)

        app.router.add_post("/fake/{order}", ordered)
        return app

    def _handler(self, method: str, route: str) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            body = await request.text()
            self.requests.append(f"{method} {request.path}")
            trouble = self.troubles.of_this_one()
            if trouble == SILENCE:
                await asyncio.sleep(3600)
            if trouble == LOST_REQUEST:
                return self._lost(request)
            if trouble == GARBAGE:
                return _json(200, b"{}")
            if trouble == HTML:
                return web.Response(text="<html>", content_type="text/html")
            status, _, more = trouble.partition(":")
            if status.isdecimal() and more != "done":
                headers = {"Retry-After": more} if more else {}
                return _json(int(status), _error(int(status)), headers)
            if request.headers.get("authorization") != f"Bearer {KEY}":
                return _json(401, _error(401))
            asked = form.read(body if method == "POST" else request.query_string)
            if (
                request.headers.get("stripe-version") != VERSION
                or "x-stripe-client-telemetry" in request.headers
            ):
                self.faults[f"{method} {route}: another version of the API, or telemetry"] = None
            reply = self._once(request, body, method, route, asked)
            if trouble == LOST_REPLY:
                return self._lost(request)
            if more == "done":
                return _json(int(status), _error(int(status)))
            return _json(*reply)

        return answer

    def _once(self, request: web.Request, body: str, method: str, route: str, asked: dict[str, Any]) -> Reply:
        """A key makes a repetition give the first answer again; other parameters with it are refused."""
        name, key = request.match_info.get("id", ""), request.headers.get("idempotency-key")
        if method != "POST" or not key:
            return self._done(method, route, name, asked)
        fingerprint, now = f"{request.path} {body}", self.account.store.now
        known = self._kept.get(key)
        if known and now - known[1] < LASTS:
            if known[0] != fingerprint:
                message = (
                    "Keys for idempotent requests can only be used with the parameters of their first use."
                )
                return 400, _body({"error": {"type": "idempotency_error", "message": message}})
            return known[2]
        if len(self._kept) > MANY:
            self._kept = {name: one for name, one in self._kept.items() if now - one[1] < LASTS}
        reply = self._done(method, route, name, asked)
        self._kept[key] = (fingerprint, now, reply)
        return reply

    def _done(self, method: str, route: str, name: str, asked: dict[str, Any]) -> Reply:
        faults = contract.request(method, route, asked)
        self.faults.update(dict.fromkeys(faults))
        if faults:
            return 400, _body(
                {
                    "error": {
                        "type": "invalid_request_error",
                        "code": "parameter_unknown",
                        "message": faults[0],
                    }
                }
            )
        try:
            said = self.account.answer(method, route, name, asked)
        except Refused as refused:
            about = refused.error.get("payment_intent")
            self.faults.update(dict.fromkeys(contract.answer(about) if about else ()))
            return refused.status, _body({"error": refused.error})
        self.faults.update(dict.fromkeys(contract.answer(said)))
        return 200, _body(said)

    def _lost(self, request: web.Request) -> web.StreamResponse:
        if request.transport:
            request.transport.abort()
        return web.Response()


def _error(status: int) -> bytes:
    code = {"code": "rate_limit"} if status == 429 else {}
    kind = "invalid_request_error" if status < 500 else "api_error"
    return _body({"error": {"type": kind, "message": "It is as a test wants it.", **code}})


def _body(said: Any) -> bytes:
    return json.dumps(said).encode()


def _json(status: int, body: bytes, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)
