"""What waits in the outbox is sent: each message leased, made, sent outside of any transaction, and recorded."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import psycopg

from shared.billing.delivery import queue
from shared.billing.delivery.channel import Channel
from shared.billing.delivery.outcome import LATER, Outcome, later
from shared.billing.delivery.queue import Connection
from shared.counted import counted
from shared.errors import DeliveryStopped, in_words
from shared.stores.postgres import Row
from shared.stores.refusals import is_lost

MOST_UNANSWERED: Final = 2
"""In a row; then nobody is there, and the rest is not tried."""
_LACKING: Final = "set LECTERN_SMTP_URL and LECTERN_MAIL_FROM to send {}"

Tell = Callable[[int, int], None]
"""How many were tried, of how many."""


@dataclass(frozen=True, slots=True)
class Post:
    """`instant` says when it is, while the run goes on: leases last from then."""

    channels: Sequence[Channel]
    instant: Callable[[], datetime]


@dataclass(slots=True)
class Sent:
    """Counts of `delivered`, `put_off`, `refused`, `dropped`, `due`; what stopped channels; what else is to be said."""

    counts: Counter[str] = field(default_factory=Counter)
    stopped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return sum(self.counts[name] for name in _COUNTED.values())


async def deliver(
    connection: Connection, post: Post, now: datetime, tell: Tell, *, rehearsed: bool = False
) -> Sent:
    """Everything that is due at `now`, on a connection in autocommit; a rehearsal counts it, and sends nothing.

    A message is tried once a run. Killed anywhere it loses none, and sends none twice but the one whose reply was not
    recorded: that one again, with the same id, once its lease is over.
    """
    sent = Sent()
    if not rehearsed:
        sent.counts["dropped"] = await queue.drop_removed(connection, now)
    due = [await queue.due(connection, channel.topics, now) for channel in post.channels]
    tell(0, sum(due))
    if rehearsed:
        sent.counts["due"] = sum(due)
    else:
        for channel, messages in zip(post.channels, due, strict=True):
            if messages:
                await _through(channel, connection, post, now, sent, lambda: tell(sent.tried, sum(due)))
    carried = [topic for channel in post.channels for topic in channel.topics]
    if left := await queue.uncarried(connection, carried):
        waits, them = ("wait", "them") if left > 1 else ("waits", "it")
        sent.notes.append(f"{counted(left, 'message')} {waits}: {_LACKING.format(them)}")
    return sent


async def _through(
    channel: Channel,
    connection: Connection,
    post: Post,
    now: datetime,
    sent: Sent,
    tell: Callable[[], None],
) -> None:
    unanswered = 0
    try:
        async with channel.opened():
            while row := await queue.claim(connection, channel.topics, channel.named, now, post.instant()):
                outcome = await _attempt(channel, connection, row, post, now)
                sent.counts[_COUNTED[outcome.status]] += 1
                tell()
                unanswered = unanswered + 1 if outcome.unanswered else 0
                if unanswered == MOST_UNANSWERED:
                    raise DeliveryStopped(
                        f"the last {counted(unanswered, 'message')} had no reply: {outcome.reason}", LATER
                    )
    except DeliveryStopped as stop:
        sent.stopped.append(stop.line)


_COUNTED: Final = {"delivered": "delivered", "waiting": "put_off", "failed": "refused"}


async def _attempt(channel: Channel, connection: Connection, row: Row, post: Post, now: datetime) -> Outcome:
    """Raises DeliveryStopped; then the row waits as it did."""
    recipient: str | None = None
    try:
        parcel = await channel.parcel(connection, row, post.instant())
        recipient = parcel.recipient
    except Exception as error:
        if isinstance(error, psycopg.Error) and is_lost(error):
            raise
        outcome = later(f"it could not be made: {in_words(error)}", endless=True)
    else:
        try:
            outcome = await parcel.send(post.instant())
        except DeliveryStopped:
            await queue.release(connection, row, now)
            raise
    return await queue.record(connection, row, outcome, recipient, post.instant())
