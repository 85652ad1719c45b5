"""What goes wrong between us and Stripe, by a seed or as a test says."""

import random
from dataclasses import dataclass, field

LOST_REQUEST, LOST_REPLY, SILENCE = "lost_request", "lost_reply", "silence"
GARBAGE, HTML = "garbage", "html"


@dataclass
class Troubles:
    """`next` are those of the next requests, in order: one of these words, or a status of HTTP.

    `429:2` asks to wait for two seconds; `500:done` is said after it was done. Else each request is lost by the odds.
    """

    next: list[str] = field(default_factory=list)
    lost_requests: float = 0.0
    lost_replies: float = 0.0
    happened: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def seeded(self, seed: int, lost_requests: float, lost_replies: float) -> None:
        self._random = random.Random(seed)
        self.lost_requests, self.lost_replies = lost_requests, lost_replies

    def of_this_one(self) -> str:
        """Nothing, most of the time."""
        if self.next:
            found = self.next.pop(0)
        else:
            drawn = self._random.random() if self.lost_requests or self.lost_replies else 1.0
            found = LOST_REQUEST if drawn < self.lost_requests else ""
            if not found and drawn < self.lost_requests + self.lost_replies:
                found = LOST_REPLY
        self.happened += bool(found)
        return found
