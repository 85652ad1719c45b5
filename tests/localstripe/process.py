"""localstripe and its proxy in processes of their own, and the cards and accounts that a test wants there."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.localstripe.proxy import KEY
from tests.served import served

GOOD, DECLINED, CONFIRMED = "4242424242424242", "4000000000000341", "4000002500003155"
NO_ATTACH = "4000000000000002"
IBAN, BAD_IBAN = "DE89370400440532013000", "DE62370400440532013001"


@dataclass
class LocalStripe:
    url: str
    key: str = KEY

    def card(self, number: str = GOOD) -> str:
        """A token of a card with such a number, attached to nobody."""
        told = {
            "type": "card",
            "card[number]": number,
            "card[exp_month]": 12,
            "card[exp_year]": 2040,
            "card[cvc]": "123",
        }
        return str(self.asked("POST", "/v1/payment_methods", told)["id"])

    def account(self, iban: str = IBAN) -> str:
        told = {"type": "sepa_debit", "sepa_debit[iban]": iban}
        return str(self.asked("POST", "/v1/payment_methods", told)["id"])

    def charges(self) -> list[dict[str, Any]]:
        """Every payment that took money: its own record."""
        found = self.asked("GET", "/v1/payment_intents?limit=1000000", {})["data"]
        return [one for one in found if one["status"] == "succeeded"]

    def at(self, now: datetime) -> None:
        """Set the account's clock, until a flush."""
        self.tell("clock", seconds=int(now.timestamp()))

    def tell(self, order: str, *values: Any, **named: Any) -> None:
        """`next`, `losses` of troubles; `flush` forgets everything."""
        self._sent("POST", f"/fake/{order}", json.dumps(values or named), "application/json")

    def asked(self, method: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            self._sent(method, path, urlencode(told), "application/x-www-form-urlencoded")
        )
        return found

    def _sent(self, method: str, path: str, body: str, kind: str) -> bytes:
        parts = urlsplit(self.url)
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        try:
            basic = b64encode(f"{self.key}:".encode()).decode()
            connection.request(method, path, body, {"Content-Type": kind, "Authorization": f"Basic {basic}"})
            reply = connection.getresponse()
            said = reply.read()
            assert reply.status == 200, said
            return said
        finally:
            connection.close()


@contextmanager
def local_stripe() -> Iterator[LocalStripe]:
    with served("tests.localstripe") as url:
        yield LocalStripe(url)
