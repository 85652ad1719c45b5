"""The fake in a process of its own, and what a test orders of it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen
from uuid import UUID

Json = dict[str, Any]


@dataclass(frozen=True)
class PaypalFake:
    url: str

    def order(self, do: str, **given: Any) -> Any:
        said = json.dumps({"do": do, **given}).encode()
        with urlopen(Request(f"{self.url}/_control", said, {"content-type": "application/json"})) as reply:
            return json.load(reply)

    def wallet(self, user_id: UUID, *declines: str) -> str:
        """A vaulted wallet that declines so, once for each, and pays then."""
        return str(self.order("vault", kind="wallet", user_id=str(user_id), declines=list(declines)))

    def card(self, user_id: UUID, *declines: str, expiry: str = "2031-02") -> str:
        said = {"kind": "card", "user_id": str(user_id), "declines": list(declines), "expiry": expiry}
        return str(self.order("vault", **said))

    def approve(self, order: str | None) -> None:
        self.order("approve", order=order)

    def set(self, **given: Any) -> None:
        """`next` faults or `chances` of them by a `seed`; hours `ahead` and `behind`; what else the fake has."""
        self.order("set", **given)

    def dispute(self, capture: str | None, stage: str = "CHARGEBACK", value: str | None = None) -> str:
        return str(self.order("dispute", capture=capture, value=value, stage=stage))

    def move(
        self, dispute: str, stage: str | None = None, outcome: str | None = None, *, as_refund: bool = False
    ) -> None:
        self.order("move_dispute", dispute=dispute, stage=stage, outcome=outcome, as_refund=as_refund)

    @property
    def state(self) -> Json:
        found: Json = self.order("state")
        return found

    def taken(self) -> list[str]:
        """The amounts that were captured."""
        return [one["amount"]["value"] for one in self.state["captures"] if one["status"] != "DECLINED"]


@contextmanager
def paypal_fake() -> Iterator[PaypalFake]:
    """At its end nothing was said that the contract does not have."""
    command = [sys.executable, "-m", "tests.paypal_fake"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            fake = PaypalFake(process.stdout.readline().strip())
            yield fake
            assert fake.state["faults"] == []
        finally:
            process.kill()
