"""A way to people: what e-mail and the webhook have in common."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from psycopg import AsyncConnection

from shared.billing.delivery.outcome import Outcome
from shared.stores.postgres import Row


class Parcel(Protocol):
    """A message that is made and can be sent, to `recipient`."""

    @property
    def recipient(self) -> str: ...

    async def send(self, instant: datetime) -> Outcome:
        """Raises DeliveryStopped where nothing is taken, whatever it is; then this was not sent."""
        ...


class Channel(Protocol):
    """`topics` are those of the outbox that it carries; `named` is a message's id, with the row's id for `%s`."""

    @property
    def topics(self) -> Sequence[str]: ...

    @property
    def named(self) -> str: ...

    def opened(self) -> AbstractAsyncContextManager[None]:
        """Raises DeliveryStopped where nobody is there."""
        ...

    async def parcel(self, connection: AsyncConnection[Row], row: Row, now: datetime) -> Parcel:
        """Made of a row of the outbox; what it raises is why this one cannot be made."""
        ...
