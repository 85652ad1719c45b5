"""What PayPal does with orders, captures, refunds, disputes and vaulted methods, as its documentation says."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Json = dict[str, Any]

MERCHANT = "MERCHANT5TEST"
WHOLE = ("HUF", "JPY", "TWD")
TWO_DIGITS = "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD"
CURRENCIES = {*WHOLE, *TWO_DIGITS.split()}
_LOST = "RESOLVED_BUYER_FAVOUR"
SITE = "https://www.paypal.example"


class Refused(Exception):
    """422, or another status, for such a reason."""

    def __init__(self, issue: str, status: int = 422) -> None:
        super().__init__(issue)
        self.issue, self.status = issue, status


@dataclass
class Account:
    """`declines` are outcomes that a token has in store: an issue, a code of the network, or ACTION or PENDING."""

    url: str
    ahead: timedelta = timedelta()
    behind: timedelta = timedelta()
    """How late transactions come into the report."""
    orders: dict[str, Json] = field(default_factory=dict)
    captures: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, Json] = field(default_factory=dict)
    disputes: dict[str, Json] = field(default_factory=dict)
    setups: dict[str, Json] = field(default_factory=dict)
    tokens: dict[str, Json] = field(default_factory=dict)
    declines: dict[str, list[str]] = field(default_factory=dict)
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)
    transactions: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    made: int = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def create_order(self, asked: Json) -> Json:
        [unit] = asked["purchase_units"]
        money = unit["amount"]
        if money["currency_code"] not in CURRENCIES:
            raise Refused("INVALID_CURRENCY_CODE")
        digits = 0 if money["currency_code"] in WHOLE else 2
        if -Decimal(money["value"]).as_tuple().exponent > digits:  # type: ignore[operator]
            raise Refused("DECIMAL_PRECISION")
        if Decimal(money["value"]) <= 0:
            raise Refused("CANNOT_BE_ZERO_OR_NEGATIVE")
        [(kind, source)] = asked["payment_source"].items()
        made = self._id("O")
        order: Json = {
            "id": made,
            "intent": "CAPTURE",
            "status": "PAYER_ACTION_REQUIRED",
            "create_time": self._stamp(),
            "purchase_units": [{"reference_id": "default", **unit}],
            "payment_source": {kind: {}},
            "links": self._links(
                f"/v2/checkout/orders/{made}", approve="payer-action", page=f"checkout/{made}"
            ),
        }
        if token := source.get("vault_id"):
            self._check(token, kind)
            outcome = self._outcome(token)
            if outcome and "_" in outcome:
                raise Refused(outcome)
            self.orders[made] = order
            self.sources[made] = (kind, token)
            if outcome != "ACTION":
                self._capture(order, outcome)
        self.orders[made] = order
        return order

    def capture_order(self, order_id: str) -> Json:
        order = self.orders.get(order_id)
        if order is None:
            raise Refused("INVALID_RESOURCE_ID", 404)
        if order["status"] == "COMPLETED":
            raise Refused("ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            raise Refused("ORDER_NOT_APPROVED")
        outcome = self._outcome(order_id)
        if outcome and "_" in outcome:
            raise Refused(outcome)
        self._capture(order, outcome)
        return order

    def approve(self, order_id: str) -> None:
        """What a person does on PayPal's page."""
        order = self.orders[order_id]
        if order["status"] != "PAYER_ACTION_REQUIRED":
            return
        order["status"] = "APPROVED"
        order["links"] = self._links(f"/v2/checkout/orders/{order_id}")
        self._tell("CHECKOUT.ORDER.APPROVED", "checkout-order", order)

    def refund(self, capture_id: str, asked: Json) -> Json:
        capture = self.captures.get(capture_id)
        if capture is None:
            raise Refused("INVALID_RESOURCE_ID", 404)
        whole = capture["amount"]
        money = asked.get("amount") or whole
        if money["currency_code"] != whole["currency_code"]:
            raise Refused("REFUND_CAPTURE_CURRENCY_MISMATCH")
        if any(self._holds(one, capture_id) for one in self.disputes.values()):
            raise Refused("TRANSACTION_DISPUTED")
        if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
            raise Refused("PENDING_CAPTURE" if capture["status"] == "PENDING" else "CAPTURE_FULLY_REFUNDED")
        if Decimal(money["value"]) > Decimal(whole["value"]) - self.refunded(capture_id):
            raise Refused("REFUND_AMOUNT_EXCEEDED")
        outcome = self._outcome(capture_id)
        if outcome and "_" in outcome:
            raise Refused(outcome)
        return self._give_back(capture, money, asked.get("custom_id"), pending=outcome == "PENDING")

    def refunded(self, capture_id: str) -> Decimal:
        ours = (r for r in self.refunds.values() if r["links"][1]["href"].endswith(f"/captures/{capture_id}"))
        return sum((Decimal(r["amount"]["value"]) for r in ours if r["status"] == "COMPLETED"), Decimal(0))

    def settle(self, kind: str, named: str, status: str) -> None:
        """What waited comes to an end, by itself: an eCheck, a refund by it."""
        found = (self.captures if kind == "capture" else self.refunds)[named]
        found["status"] = status
        found.pop("status_details", None)
        if kind == "capture":
            self._pay_in(found, status)
            self._tell(
                f"PAYMENT.CAPTURE.{'COMPLETED' if status == 'COMPLETED' else 'DENIED'}", "capture", found
            )
        else:
            self._tell(
                "PAYMENT.REFUND.FAILED" if status == "FAILED" else "PAYMENT.CAPTURE.REFUNDED", "refund", found
            )

    def dispute(self, capture_id: str, value: str | None, stage: str) -> str:
        capture = self.captures[capture_id]
        made = f"PP-R-{self._id('D')}"
        self.disputes[made] = {
            "dispute_id": made,
            "create_time": self._stamp(),
            "update_time": self._stamp(),
            "disputed_transactions": [
                {"seller_transaction_id": capture_id, "custom": capture.get("custom_id", "none")}
            ],
            "reason": "UNAUTHORISED",
            "status": "OPEN",
            "dispute_amount": {**capture["amount"], **({"value": value} if value else {})},
            "dispute_life_cycle_stage": stage,
            "dispute_channel": "EXTERNAL",
            "links": self._links(f"/v1/customer/disputes/{made}"),
        }
        self._hold(made, stage)
        self._tell("CUSTOMER.DISPUTE.CREATED", "dispute", self.disputes[made])
        return made

    def move_dispute(self, dispute_id: str, stage: str | None, outcome: str | None, as_refund: bool) -> None:
        dispute = self.disputes[dispute_id]
        if stage:
            dispute["dispute_life_cycle_stage"] = stage
            self._hold(dispute_id, stage)
        if outcome:
            dispute |= {"status": "RESOLVED", "dispute_outcome": {"outcome_code": outcome}}
            capture = self.captures[dispute["disputed_transactions"][0]["seller_transaction_id"]]
            if dispute["dispute_life_cycle_stage"] != "INQUIRY" and (as_refund or outcome != _LOST):
                self._book("T1111", dispute["dispute_amount"], 1, of=capture["id"])
            if outcome == _LOST:
                dispute["dispute_outcome"]["amount_refunded"] = dispute["dispute_amount"]
            if outcome == _LOST and as_refund:
                self._give_back(capture, dispute["dispute_amount"], None, pending=False, code="T1106")
        dispute["update_time"] = self._stamp()
        resolved = "RESOLVED" if outcome else "UPDATED"
        self._tell(f"CUSTOMER.DISPUTE.{resolved}", "dispute", dispute)

    def create_setup(self, asked: Json) -> Json:
        made = self._id("S")
        self.setups[made] = {
            "id": made,
            "customer": {"id": f"cust_{made}"[:22], **asked.get("customer", {})},
            "status": "PAYER_ACTION_REQUIRED",
            "payment_source": {"paypal": {"usage_type": "MERCHANT"}},
            "links": self._links(
                f"/v3/vault/setup-tokens/{made}", approve="approve", page=f"agreements/{made}"
            ),
        }
        return self.setups[made]

    def create_token(self, asked: Json) -> Json:
        setup = self.setups.get(asked["payment_source"]["token"]["id"])
        if setup is None:
            raise Refused("INVALID_RESOURCE_ID", 404)
        if setup["status"] != "APPROVED":
            raise Refused("TOKEN_NOT_APPROVED")
        setup["status"] = "VAULTED"
        return self.vault("wallet", setup["customer"])

    def vault(self, kind: str, customer: Json, expiry: str = "2031-02") -> Json:
        made = self._id("T").lower()
        card = {"brand": "VISA", "last_digits": "1881", "expiry": expiry}
        self.tokens[made] = {
            "id": made,
            "customer": customer,
            "payment_source": {"card": card} if kind == "card" else {"paypal": {"usage_type": "MERCHANT"}},
            "links": self._links(f"/v3/vault/payment-tokens/{made}"),
        }
        self._tell("VAULT.PAYMENT-TOKEN.CREATED", "payment_token", self.tokens[made])
        return self.tokens[made]

    def pay_out(self, value: str, currency: str) -> None:
        self._book("T0400", {"currency_code": currency, "value": value}, -1)

    def reported(self, start: datetime, end: datetime, all_of_them: bool) -> list[Json]:
        shown = self.now() - self.behind
        found = []
        for one in self.transactions:
            at = datetime.fromisoformat(one["transaction_initiation_date"])
            if start <= at <= min(end, shown) and (all_of_them or one["transaction_status"] in ("S", "V")):
                found.append({"transaction_info": one})
        return found

    def _check(self, token: str, kind: str) -> None:
        known = self.tokens.get(token)
        if known is None:
            raise Refused("PAYMENT_SOURCE_CANNOT_BE_USED")
        if kind not in known["payment_source"]:
            raise Refused("MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE")

    def _outcome(self, named: str) -> str | None:
        left = self.declines.get(named)
        return left.pop(0) if left else None

    def _capture(self, order: Json, outcome: str | None) -> None:
        [unit] = order["purchase_units"]
        if any(
            one["status"] in ("COMPLETED", "PENDING") and one["invoice_id"] == unit["invoice_id"]
            for one in self.captures.values()
        ):
            self.orders.pop(order["id"], None)
            raise Refused("DUPLICATE_INVOICE_ID")
        made = self._id("C")
        capture: Json = {
            "id": made,
            "status": "COMPLETED",
            "amount": unit["amount"],
            "invoice_id": unit["invoice_id"],
            "custom_id": unit["custom_id"],
            "final_capture": True,
            "create_time": self._stamp(),
            "update_time": self._stamp(),
            "links": self._links(f"/v2/payments/captures/{made}", up=f"/v2/checkout/orders/{order['id']}"),
        }
        if outcome == "PENDING":
            capture |= {"status": "PENDING", "status_details": {"reason": "ECHECK"}}
        elif outcome:
            code, _, advice = outcome.partition("/")
            answer = {"response_code": code, **({"payment_advice_code": advice} if advice else {})}
            capture |= {"status": "DECLINED", "processor_response": answer}
        order |= {"status": "COMPLETED", "update_time": self._stamp()}
        unit["payments"] = {"captures": [capture], "refunds": []}
        order["links"] = self._links(f"/v2/checkout/orders/{order['id']}")
        self.captures[made] = capture
        self._pay_in(capture, capture["status"])
        name = {"COMPLETED": "COMPLETED", "PENDING": "PENDING"}.get(capture["status"], "DENIED")
        self._tell(f"PAYMENT.CAPTURE.{name}", "capture", capture)

    def _pay_in(self, capture: Json, status: str) -> None:
        code = {"COMPLETED": "S", "PENDING": "P"}.get(status, "D")
        fee = self._fee(capture["amount"])
        self._book("T0006", capture["amount"], 1, code, fee, capture)

    def _give_back(
        self, capture: Json, money: Json, custom: str | None, *, pending: bool, code: str = "T1107"
    ) -> Json:
        made = self._id("R")
        refund: Json = {
            "id": made,
            "status": "PENDING" if pending else "COMPLETED",
            "amount": money,
            "create_time": self._stamp(),
            "update_time": self._stamp(),
            "links": self._links(f"/v2/payments/refunds/{made}", up=f"/v2/payments/captures/{capture['id']}"),
        }
        if pending:
            refund["status_details"] = {"reason": "ECHECK"}
        if custom:
            refund["custom_id"] = custom
        self.refunds[made] = refund
        order_id = capture["links"][1]["href"].rsplit("/", 1)[1]
        if order_id in self.orders:
            self.orders[order_id]["purchase_units"][0]["payments"]["refunds"].append(refund)
        whole = self.refunded(capture["id"]) >= Decimal(capture["amount"]["value"])
        capture["status"] = "REFUNDED" if whole else "PARTIALLY_REFUNDED"
        self._book(code, money, -1, of=capture["id"], named=made, custom=custom)
        self._tell(
            "PAYMENT.CAPTURE.REFUNDED" if code == "T1107" else "PAYMENT.CAPTURE.REVERSED", "refund", refund
        )
        return refund

    def _holds(self, dispute: Json, capture_id: str) -> bool:
        if dispute["status"] == "RESOLVED" or dispute["dispute_life_cycle_stage"] == "INQUIRY":
            return False
        return bool(dispute["disputed_transactions"][0]["seller_transaction_id"] == capture_id)

    def _hold(self, dispute_id: str, stage: str) -> None:
        if stage != "INQUIRY":
            dispute = self.disputes[dispute_id]
            about = dispute["disputed_transactions"][0]["seller_transaction_id"]
            self._book("T1110", dispute["dispute_amount"], -1, of=about)

    def _book(
        self,
        code: str,
        money: Json,
        sign: int,
        status: str = "S",
        fee: str | None = None,
        capture: Json | None = None,
        *,
        of: str | None = None,
        named: str | None = None,
        custom: str | None = None,
    ) -> None:
        value = f"{sign * Decimal(money['value']):f}"
        booked: Json = {
            "transaction_id": capture["id"] if capture else named or self._id("X"),
            "transaction_event_code": code,
            "transaction_initiation_date": self._stamp(),
            "transaction_updated_date": self._stamp(),
            "transaction_amount": {"currency_code": money["currency_code"], "value": value},
            "transaction_status": status,
        }
        if fee:
            booked["fee_amount"] = {"currency_code": money["currency_code"], "value": f"-{fee}"}
        if capture:
            booked |= {"invoice_id": capture["invoice_id"], "custom_field": capture["custom_id"]}
        if custom:
            booked["custom_field"] = custom
        if of:
            booked |= {"paypal_reference_id": of, "paypal_reference_id_type": "TXN"}
        self.transactions.append(booked)

    def _fee(self, money: Json) -> str:
        digits = Decimal(1) if money["currency_code"] in WHOLE else Decimal("0.01")
        fee = Decimal(money["value"]) * Decimal("0.0249") + (35 if digits == 1 else Decimal("0.35"))
        return f"{fee.quantize(digits, ROUND_HALF_UP):f}"

    def _tell(self, kind: str, resource_type: str, resource: Json) -> None:
        self.events.append(
            {
                "id": f"WH-{self._id('E')}",
                "create_time": self._stamp(),
                "resource_type": resource_type,
                "event_version": "1.0",
                "event_type": kind,
                "summary": f"{kind} of {resource_type}",
                "resource_version": "2.0",
                "resource": {**resource},
                "links": self._links("/v1/notifications/webhooks-events/WH"),
            }
        )

    def _links(self, path: str, *, up: str = "", approve: str = "", page: str = "") -> list[Json]:
        found = [{"href": f"{self.url}{path}", "rel": "self", "method": "GET"}]
        if up:
            found.append({"href": f"{self.url}{up}", "rel": "up", "method": "GET"})
        if approve:
            found.append({"href": f"{SITE}/{page}", "rel": approve, "method": "GET"})
        return found

    def _stamp(self) -> str:
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _id(self, kind: str) -> str:
        self.made += 1
        return f"{self.made:016d}{kind}"
