"""A Wise for tests, on loopback. It is ours, written from Wise's documentation (api-reference/balance,
api-reference/balance-statement, guides/developer/webhooks): nothing here was ever compared with Wise itself.

It has balances with transactions, answers only for its own profile and key, refuses what the documentation refuses,
and signs events with a key of its own.
"""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PROFILE = "222"
KEY = "a-token-of-wise"
LONGEST = timedelta(days=469)
_KEY = rsa.generate_private_key(65537, 2048)
PUBLIC_KEY = _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

Json = dict[str, Any]


@dataclass
class WiseFake:
    """`asked` are the paths of requests with their parameters; `answers` are given first, in order."""

    url: str = ""
    balances: dict[int, str] = field(default_factory=lambda: {111: "EUR", 112: "USD"})
    transactions: dict[int, list[Json]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)

    def add(
        self,
        number: str,
        value: str,
        at: datetime,
        reference: str | None = "",
        *,
        payer: str | None = "HEIN LAURI",
        kind: str = "DEPOSIT",
        fee: str = "0",
        balance: int = 111,
    ) -> Json:
        """A transaction of a balance, as Wise writes it."""
        currency = self.balances[balance]
        known = self.transactions.setdefault(balance, [])
        after = sum((Decimal(str(one["amount"]["value"])) for one in known), Decimal(value))
        details: Json = {"type": kind, "description": f"{kind.title()} {number}"}
        if kind == "DEPOSIT":
            details |= {"senderName": payer, "senderAccount": "EE76 1700", "paymentReference": reference}
        row: Json = {
            "type": "DEBIT" if Decimal(value) < 0 else "CREDIT",
            "date": stamp(at),
            "amount": {"value": Number(value), "currency": currency, "zero": False},
            "totalFees": {"value": Number(fee), "currency": currency, "zero": True},
            "details": details,
            "exchangeDetails": None,
            "runningBalance": {"value": Number(str(after)), "currency": currency, "zero": False},
            "referenceNumber": number,
        }
        known.append(row)
        return row

    @asynccontextmanager
    async def served(self) -> AsyncIterator["WiseFake"]:
        app = web.Application()
        app.router.add_get("/v4/profiles/{profile}/balances", self._balances)
        app.router.add_get(
            "/v1/profiles/{profile}/balance-statements/{balance}/statement.json", self._statement
        )
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self

    async def _balances(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        if request.query.get("types") != "STANDARD":
            return error(400, "types is missing")
        return answer(
            [{"id": one, "currency": code, "type": "STANDARD"} for one, code in self.balances.items()]
        )

    async def _statement(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        balance = int(request.match_info["balance"])
        if self.balances.get(balance) != request.query.get("currency"):
            return error(404, "no such balance")
        begin, end = (datetime.fromisoformat(request.query[f"interval{at}"]) for at in ("Start", "End"))
        if end - begin > LONGEST:
            return error(400, "The period is too long")
        found = [
            row
            for row in reversed(self.transactions.get(balance, []))
            if begin <= datetime.fromisoformat(row["date"]) <= end
        ]
        return answer({"accountHolder": {}, "transactions": found, "query": dict(request.query)})

    def _refused(self, request: web.Request) -> web.Response | None:
        self.asked.append((request.path, dict(request.query)))
        if self.answers:
            return self.answers.pop(0)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return answer({"error": "invalid_token", "error_description": "945fdc16"}, 401)
        return error(403, "Forbidden") if request.match_info["profile"] != PROFILE else None


class Number(float):
    """JSON writes it as it was typed: Wise's amounts are decimal numbers without quotes."""

    def __new__(cls, text: str) -> "Number":
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str

    def __repr__(self) -> str:
        return self.text


def credited(row: Json, balance: int = 111, *, profile: str = PROFILE, kind: str = "balances#credit") -> Json:
    """The event of a transaction."""
    resource = {"type": "balance-account", "id": balance, "profile_id": int(profile)}
    data: Json = {
        "resource": resource,
        "transaction_type": row["type"].lower(),
        "amount": row["amount"]["value"],
        "currency": row["amount"]["currency"],
        "post_transaction_balance_amount": row["runningBalance"]["value"],
        "occurred_at": row["date"],
    }
    version = "2.0.0"
    if kind == "balances#update":
        resource["id"], version = 9, "3.0.0"
        data |= {"balance_id": balance, "step_id": 1234567, "channel_name": "TRANSFER"}
        data["transfer_reference"] = "BNK-1234567"
    return {
        "data": data,
        "subscription_id": "01234567-89ab-cdef-0123-456789abcdef",
        "event_type": kind,
        "schema_version": version,
        "sent_at": row["date"],
    }


def signed(event: Json | bytes, **more: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of a delivery."""
    body = event if isinstance(event, bytes) else written(event).encode()
    signature = b64encode(_KEY.sign(body, padding.PKCS1v15(), SHA256())).decode()
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"x-signature-sha256": signature, "x-delivery-id": str(uuid4()), **named}, body


def written(value: Any) -> str:
    """As JSON, with the digits of amounts."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{written(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return value.text if isinstance(value, Number) else json.dumps(value)


def answer(said: Any, status: int = 200, **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(text=written(said), status=status, content_type="application/json", headers=named)


def error(status: int, message: str) -> web.Response:
    return answer({"errors": [{"code": "ERROR", "message": message, "path": "", "arguments": []}]}, status)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
