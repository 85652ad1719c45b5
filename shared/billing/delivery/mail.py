"""E-mail as a way to people: letters of the outbox through the operator's mail server."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

from psycopg import AsyncConnection

from shared.billing.delivery.letter import mail, name_and_address, on_the_wire
from shared.billing.delivery.letters import letter
from shared.billing.delivery.outcome import Outcome
from shared.billing.delivery.smtp import Mailer
from shared.billing.documents.validation import Validator
from shared.stores.postgres import Row


@dataclass(frozen=True, slots=True)
class Mail:
    """`sender` is `billing@example.org` or `Name <billing@example.org>`."""

    mailer: Mailer
    sender: str
    topics: Sequence[str]
    validator: Validator = field(default_factory=Validator)

    @property
    def address(self) -> str:
        return on_the_wire(name_and_address(self.sender)[1])

    @property
    def named(self) -> str:
        return f"<%s@{self.address.rpartition('@')[2]}>"

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Raises DeliveryStopped where the mail server cannot be used."""
        with self.validator:
            async with self.mailer.opened():
                yield

    async def parcel(self, connection: AsyncConnection[Row], row: Row, now: datetime) -> "Mailed":
        made = await letter(connection, row, now, self.validator)
        message = mail(made, self.sender, row["message_id"], now)
        return Mailed(self, message, on_the_wire(made.recipient))


@dataclass(frozen=True, slots=True)
class Mailed:
    mail: Mail
    message: EmailMessage
    recipient: str

    async def send(self, instant: datetime) -> Outcome:
        return await self.mail.mailer.send(self.message, self.mail.address, self.recipient)
