"""The fake in a process of its own, and what a test tells it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.served import served
from tests.stripe_fake.server import KEY


@dataclass
class StripeFake:
    """`tell` gives an order of `control.py`."""

    url: str
    key: str = KEY

    def tell(self, order: str, *values: Any, **named: Any) -> Any:
        """Raises AssertionError where the account refuses it."""
        parts = urlsplit(self.url)
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        try:
            path = f"/fake/{order}" + ("?values" if values else "")
            connection.request(
                "POST", path, json.dumps(values or named), {"Content-Type": "application/json"}
            )
            reply = connection.getresponse()
            said = reply.read()
            assert reply.status == 200, said
            return json.loads(said)
        finally:
            connection.close()

    def at(self, now: datetime) -> None:
        """Set the account's clock."""
        self.tell("clock", now=now.isoformat())


@contextmanager
def stripe_fake() -> Iterator[StripeFake]:
    with served("tests.stripe_fake") as url:
        yield StripeFake(url)
