"""The objects of the account, in memory: made, listed, expanded; and what happened to them, as events."""

import copy
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

PREFIXES = {
    "balance_transaction": "txn",
    "charge": "ch",
    "checkout.session": "cs_test",
    "customer": "cus",
    "dispute": "dp",
    "payment_intent": "pi",
    "payment_method": "pm",
    "refund": "re",
    "setup_intent": "seti",
}


class Refused(Exception):
    """An error as Stripe answers it: its status, and the `error` of its body."""

    def __init__(self, status: int, message: str, code: str | None = None, **more: Any) -> None:
        super().__init__(message)
        kind = more.pop("type", "invalid_request_error")
        self.status = status
        self.error: Json = {"type": kind, "message": message, **({"code": code} if code else {}), **more}


@dataclass
class Store:
    """`now` is the account's clock, in seconds: a test sets it."""

    now: int = field(default_factory=lambda: int(datetime.now().astimezone().timestamp()))
    objects: dict[str, Json] = field(default_factory=dict)
    kinds: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    of: dict[tuple[str, str, str], list[Json]] = field(default_factory=lambda: defaultdict(list))
    """By kind, field and value: what lists are filtered by."""
    events: list[Json] = field(default_factory=list)
    """Those that were not delivered yet."""
    made: int = 0

    def add(self, kind: str, told: Json, by: Iterable[str] = ()) -> Json:
        """A new object; `by` are the fields that its lists can be filtered by."""
        self.made += 1
        found = {"id": f"{PREFIXES[kind]}_{self.made:08}", "object": kind, "created": self.now, **told}
        if kind not in ("balance_transaction", "refund"):
            found["livemode"] = False
        self.objects[found["id"]] = found
        self.kinds[kind].append(found)
        for name in by:
            if found.get(name):
                self.of[kind, name, found[name]].append(found)
        return found

    def get(self, kind: str, name: str) -> Json:
        found = self.objects.get(name)
        if found is None or found["object"] != kind:
            raise Refused(404, f"No such {kind}: '{name}'", "resource_missing", param="id")
        return found

    def listed(self, kind: str, asked: Json, by: Iterable[str] = ()) -> Json:
        """The newest first, a page at a time."""
        filters = [name for name in by if name in asked]
        rows = self.of[kind, filters[0], asked[filters[0]]] if filters else self.kinds[kind]
        since = int(asked.get("created", {}).get("gte", 0))
        limit = int(asked.get("limit", 10))
        page: list[Json] = []
        skipping = "starting_after" in asked
        for row in reversed(rows):
            if skipping:
                skipping = row["id"] != asked["starting_after"]
            elif row["created"] >= since and all(row.get(name) == asked[name] for name in filters):
                page.append(row)
                if len(page) > limit:
                    break
        return {"object": "list", "url": f"/v1/{kind}", "has_more": len(page) > limit, "data": page[:limit]}

    def shown(self, found: Json, expand: Iterable[str]) -> Json:
        """A copy with the ids of such fields replaced by their objects."""
        shown = copy.deepcopy(found)
        for path in expand:
            self._expand(shown, path.split("."), path)
        return shown

    def tell(self, kind: str, about: Json) -> None:
        """An event, with its object as it is now."""
        self.made += 1
        event = {
            "id": f"evt_{self.made:08}",
            "object": "event",
            "created": self.now,
            "livemode": False,
            "type": kind,
            "api_version": "2026-10-28.endive",
            "data": {"object": copy.deepcopy(about)},
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
        }
        self.events.append(event)

    def move(self, kind: str, amount: int, fee: int, currency: str, source: str, category: str) -> Json:
        """A balance transaction."""
        fees = [
            {
                "amount": fee,
                "application": None,
                "currency": currency,
                "description": None,
                "type": "stripe_fee",
            }
        ]
        told = {
            "amount": amount,
            "available_on": self.now,
            "balance_type": "payments",
            "currency": currency,
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": fees if fee else [],
            "net": amount - fee,
            "reporting_category": category,
            "source": source,
            "status": "available",
            "type": kind,
        }
        return self.add("balance_transaction", told)

    def _expand(self, place: Any, path: list[str], whole: str) -> None:
        if isinstance(place, list):
            for one in place:
                self._expand(one, path, whole)
            return
        name, *rest = path
        if name not in place:
            raise Refused(400, f"This property cannot be expanded ({whole}).", param="expand")
        if isinstance(place[name], str) and place[name] in self.objects:
            place[name] = copy.deepcopy(self.objects[place[name]])
        if rest and place[name] is not None:
            self._expand(place[name], rest, whole)
