"""`python -m tests.paypal_fake`: serve until standard input ends; the first line says where."""

import asyncio
import base64
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from aiohttp import web

from tests.paypal_fake import contract
from tests.paypal_fake.account import Account, Json, Refused

CLIENT, SECRET = "a-client", "a-secret"
HOURS = {"/v2/checkout": 6, "/v2/payments": 45 * 24, "/v3/vault": 3}
"""How long a key is known."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Fake:
    """`next` are faults of the next requests: lost_request, lost_reply, silence, html, a status of HTTP, or none."""

    account: Account
    next: list[str] = field(default_factory=list)
    keys_work: bool = True
    allowed: bool = True
    issued: set[str] = field(default_factory=set)
    tokens: int = 0
    lasts: int = 32_400
    most: int = 10_000
    """As many transactions as one range may have."""
    chances: dict[str, float] = field(default_factory=dict)
    """Of faults, by `dice`, where `next` has none."""
    dice: Random = field(default_factory=lambda: Random(0))
    kept: dict[str, tuple[str, int, bytes, datetime]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Where a request or an answer was not as the contract has it."""

    async def token(self, request: web.Request) -> web.StreamResponse:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        form = await request.post()
        if not self.keys_work or request.headers.get("authorization") != f"Basic {basic}":
            refused = {"error": "invalid_client", "error_description": "Client Authentication failed"}
            return web.json_response(refused, status=401)
        if form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        self.tokens += 1
        made = f"A21AA{self.tokens}"
        self.issued.add(made)
        said: Json = {"access_token": made, "token_type": "Bearer", "expires_in": self.lasts, "scope": "all"}
        return web.json_response(said)

    async def api(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        fault = self.next.pop(0) if self.next else self._by_chance()
        if fault == "lost_request":
            return self._lost(request)
        if fault == "silence":
            await asyncio.sleep(3600)
        if fault and fault.isdecimal():
            headers = {"location": "http://127.0.0.1:1/"} if fault.startswith("3") else {}
            return web.Response(status=int(fault), text="<html>", headers=headers)
        status, body = await self._answer(request)
        if fault == "lost_reply":
            return self._lost(request)
        if fault == "odd":
            return web.json_response(
                {"id": [], "amount": 7, "purchase_units": 3, "items": 1, "links": 2}, status=status
            )
        if fault == "html":
            return web.Response(status=status, text="<html>", content_type="text/html")
        if status == 204:
            return web.Response(status=204)
        return web.Response(status=status, body=body, content_type="application/json")

    async def control(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        made = getattr(self, f"do_{asked.pop('do')}")(**asked)
        return web.json_response(made)

    async def _answer(self, request: web.Request) -> tuple[int, bytes]:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.issued:
            return self._said(None, 401, _error("AUTHENTICATION_FAILURE", "INVALID_TOKEN"))
        if not self.allowed:
            return self._said(None, 403, _error("NOT_AUTHORIZED", "PERMISSION_DENIED"))
        found = contract.operation(request.method, request.path)
        raw = await request.read()
        body = json.loads(raw) if raw else None
        if found is None:
            self.faults.append(f"{request.method} {request.path} is no operation of PayPal")
            return self._said(None, 404, _error("RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"))
        wrong = found.faults_of_request(request.path, request.query, request.headers, body)
        if wrong:
            self.faults += [f"{request.method} {request.path}: {one}" for one in wrong]
            return self._said(None, 400, _error("INVALID_REQUEST", "INVALID_PARAMETER_SYNTAX", wrong[0]))
        key = request.headers.get("paypal-request-id")
        if not key or request.method != "POST":
            return self._said(found, *self._do(request, body))
        print_ = hashlib.sha256(f"{request.path} {json.dumps(body, sort_keys=True)}".encode()).hexdigest()
        hours = next(hours for start, hours in HOURS.items() if request.path.startswith(start))
        known = self.kept.get(key)
        if known and self.account.now() - known[3] < timedelta(hours=hours):
            if known[0] != print_:
                return self._said(None, 400, _error("INVALID_REQUEST", "DUPLICATE_REQUEST_ID"))
            return (200 if known[1] == 201 else known[1]), known[2]
        status, answer = self._said(found, *self._do(request, body))
        self.kept[key] = (print_, status, answer, self.account.now())
        return status, answer

    def _do(self, request: web.Request, body: Any) -> tuple[int, Any]:
        parts = request.path.strip("/").split("/")
        try:
            match request.method, parts:
                case "POST", ["v2", "checkout", "orders"]:
                    return 201, self._shown(request, self.account.create_order(body))
                case "POST", ["v2", "checkout", "orders", named, "capture"]:
                    return 201, self._shown(request, self.account.capture_order(named))
                case "POST", ["v2", "payments", "captures", named, "refund"]:
                    return 201, self._shown(request, self.account.refund(named, body))
                case "POST", ["v3", "vault", "setup-tokens"]:
                    return 201, self.account.create_setup(body)
                case "POST", ["v3", "vault", "payment-tokens"]:
                    return 201, self.account.create_token(body)
                case "DELETE", ["v3", "vault", "payment-tokens", named]:
                    self.account.tokens.pop(named, None)
                    return 204, None
                case "GET", ["v1", "customer", "disputes"]:
                    return 200, self._disputes(request.query["disputed_transaction_id"])
                case "GET", ["v1", "reporting", "transactions"]:
                    return self._report(request)
                case "GET", [*_, kind, named]:
                    stores: dict[str, dict[str, Json]] = {
                        "orders": self.account.orders,
                        "captures": self.account.captures,
                        "refunds": self.account.refunds,
                        "setup-tokens": self.account.setups,
                        "payment-tokens": self.account.tokens,
                        "disputes": self.account.disputes,
                    }
                    if named in stores[kind]:
                        return 200, stores[kind][named]
            raise Refused("INVALID_RESOURCE_ID", 404)
        except Refused as refused:
            names = {404: "RESOURCE_NOT_FOUND", 422: "UNPROCESSABLE_ENTITY"}
            return refused.status, _error(names[refused.status], refused.issue)

    def _disputes(self, capture_id: str) -> Json:
        shown = ("dispute_id", "create_time", "update_time", "reason", "status", "dispute_amount")
        found = [
            {name: one[name] for name in shown} | {"links": one["links"]}
            for one in self.account.disputes.values()
            if one["disputed_transactions"][0]["seller_transaction_id"] == capture_id
        ]
        return {"items": found} if found else {}

    def _report(self, request: web.Request) -> tuple[int, Json]:
        start, end = (datetime.fromisoformat(request.query[name]) for name in ("start_date", "end_date"))
        if end - start > timedelta(days=31):
            return 400, _error("INVALID_REQUEST", "INVALID_DATE_RANGE")
        size, page = int(request.query["page_size"]), int(request.query["page"])
        if len(self.account.reported(start, end, True)) > self.most:
            return 400, _error("INVALID_REQUEST", "RESULTSET_TOO_LARGE")
        everything = request.query.get("balance_affecting_records_only") == "N"
        found = self.account.reported(start, end, everything)
        until = (self.account.now() - self.account.behind).isoformat(timespec="seconds")
        shown = found[(page - 1) * size : page * size]
        return 200, {
            **({"transaction_details": shown} if shown else {}),
            "last_refreshed_datetime": until.replace("+00:00", "Z"),
            "page": page,
            "total_items": len(found),
            "total_pages": -(-len(found) // size),
        }

    def _shown(self, request: web.Request, made: Json) -> Json:
        if "return=representation" in request.headers.get("prefer", ""):
            return made
        return {name: made[name] for name in ("id", "status", "links")}

    def _said(self, found: contract.Operation | None, status: int, body: Any) -> tuple[int, bytes]:
        if found and status != 204:
            wrong = found.faults_of_answer(status, _renamed(body) if status >= 400 else body)
            self.faults += [f"{found.method} {found.path}: {one}" for one in wrong]
        return status, json.dumps(body).encode()

    def _by_chance(self) -> str | None:
        drawn = self.dice.random()
        for fault, chance in self.chances.items():
            drawn -= chance
            if drawn < 0:
                return fault
        return None

    def _lost(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    # What tests order.

    def do_restart(self) -> None:
        """An account in which nothing happened, for the next test."""
        vars(self).update(vars(Fake(Account(self.account.url))))

    def do_vault(self, kind: str, user_id: str, declines: list[str], expiry: str = "2031-02") -> str:
        customer = {"id": f"cust_{self.account.made}", "merchant_customer_id": user_id}
        made = str(self.account.vault(kind, customer, expiry)["id"])
        self.account.declines[made] = declines
        return made

    def do_decline(self, named: str, outcomes: list[str]) -> None:
        self.account.declines[named] = outcomes

    def do_approve(self, order: str) -> None:
        self.account.approve(order)

    def do_approve_setup(self, setup: str) -> None:
        self.account.setups[setup]["status"] = "APPROVED"

    def do_settle(self, kind: str, named: str, status: str) -> None:
        self.account.settle(kind, named, status)

    def do_dispute(self, capture: str, value: str | None, stage: str) -> str:
        return self.account.dispute(capture, value, stage)

    def do_move_dispute(self, dispute: str, stage: str | None, outcome: str | None, as_refund: bool) -> None:
        self.account.move_dispute(dispute, stage, outcome, as_refund)

    def do_forget(self, named: str) -> None:
        self.account.orders.pop(named, None)
        self.account.captures.pop(named, None)

    def do_pay_out(self, value: str, currency: str) -> None:
        self.account.pay_out(value, currency)

    def do_set(self, **given: Any) -> None:
        if given.get("withdraw"):
            self.issued.clear()
        if "ahead" in given:
            self.account.ahead = timedelta(hours=given["ahead"])
        if "behind" in given:
            self.account.behind = timedelta(hours=given["behind"])
        if "seed" in given:
            self.dice = Random(given["seed"])
        for name in ("chances", "next", "keys_work", "allowed", "lasts", "most"):
            if name in given:
                setattr(self, name, given[name])

    def do_state(self) -> Json:
        account = self.account
        return {
            "captures": list(account.captures.values()),
            "orders": list(account.orders.values()),
            "refunds": list(account.refunds.values()),
            "tokens": list(account.tokens),
            "events": account.events,
            "requests": self.requests,
            "faults": self.faults + [fault for one in account.events for fault in contract.event_faults(one)],
            "access_tokens": self.tokens,
        }


def _error(name: str, issue: str, described: str = "") -> Json:
    details = [{"issue": issue, **({"description": described} if described else {})}]
    return {
        "name": name,
        "message": _MESSAGES.get(name, name),
        "debug_id": "90957fca61718",
        "details": details,
    }


def _renamed(body: Json) -> Json:
    """PayPal answers `details`, and publishes them as `issues`."""
    return {{"details": "issues"}.get(name, name): value for name, value in body.items()}


_MESSAGES = {
    "INVALID_REQUEST": "Request is not well-formed, syntactically incorrect, or violates schema.",
    "UNPROCESSABLE_ENTITY": "The requested action could not be performed, semantically incorrect, "
    "or failed business validation.",
    "RESOURCE_NOT_FOUND": "The specified resource does not exist.",
}


async def main() -> None:
    fake = Fake(Account(""))
    app = web.Application()
    app.router.add_post("/v1/oauth2/token", fake.token)
    app.router.add_post("/_control", fake.control)
    app.router.add_route("*", "/{path:.*}", fake.api)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    fake.account.url = f"http://127.0.0.1:{port}"
    sys.stdout.write(f"{fake.account.url}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
