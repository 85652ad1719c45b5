"""Events on their way to the webhook: signed, some of them again, some of them late, by a seed."""

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.stripe_fake.store import Store
from tests.stripe_signed import SECRET, signature


@dataclass
class Deliveries:
    """`again` are the odds that an event comes once more, `late` that it waits for a later delivery."""

    store: Store
    again: float = 0.0
    late: float = 0.0
    _random: random.Random = field(default_factory=lambda: random.Random(0))
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _delivered: list[dict[str, Any]] = field(default_factory=list)

    def seeded(self, seed: int, again: float, late: float) -> None:
        self._random = random.Random(seed)
        self.again, self.late = again, late

    def due(self, now: str | None, secret: str = SECRET) -> list[dict[str, str]]:
        """Header and body of each message that comes now; its signature is of now."""
        coming = [*self._waiting, *self.store.events]
        self.store.events.clear()
        self._waiting = [one for one in coming if self._random.random() < self.late]
        late = {one["id"] for one in self._waiting}
        sent = [one for one in coming if one["id"] not in late]
        sent += [one for one in (*sent, *self._delivered[-200:]) if self._random.random() < self.again]
        if self.late:
            self._random.shuffle(sent)
        self._delivered = (self._delivered + sent)[-200:]
        at = datetime.fromisoformat(now) if now else datetime.now(UTC)
        return [_message(one, at, secret) for one in sent]


def _message(event: dict[str, Any], at: datetime, secret: str) -> dict[str, str]:
    body = json.dumps(event, indent=2)
    return {"header": signature(body.encode(), at, secret), "body": body, "id": event["id"]}
