"""A mail server on loopback, in a thread of its own, that answers as a test wants it to."""

import asyncio
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

NAME, PASSWORD = "lectern", "p@ss word"


@dataclass
class Received:
    """`replied`: the client was told so."""

    sender: str
    recipient: str
    content: bytes
    replied: bool

    @property
    def message(self) -> EmailMessage:
        read = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(self.content)
        assert isinstance(read, EmailMessage)
        return read

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class MailServer:
    """Replies by recipient: once each where a list has several, then the last of them stays.

    `data` may be `lost` (the connection breaks before the reply), `silent` (there is none) or `held` (it comes once
    that is let go), once for each such word.
    """

    port: int = 0
    greeting_reply: str = ""
    sender_reply: str = ""
    replies: dict[str, list[str]] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    pause: float = 0.0
    """Seconds between a message and its reply."""
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    """A message was received that is not replied to."""
    go: threading.Event = field(default_factory=threading.Event)
    knocked: Counter[str] = field(default_factory=Counter)
    """How often each recipient was named."""

    def let_go(self) -> None:
        self.go.set()

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.received]

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [self.greeting_reply] if self.greeting_reply else responses

    async def handle_HELO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str) -> str:
        session.host_name = hostname
        return self.greeting_reply or "250 mail.test"

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_reply:
            return self.sender_reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.knocked[address] += 1
        replies = self.replies.get(address, ["250 OK"])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fate = self.data.pop(0) if self.data else ""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.received.append(
            Received(str(envelope.mail_from), envelope.rcpt_tos[0], content, replied=not fate)
        )
        if fate == "lost":
            transport: Any = server.transport
            transport.abort()
        if fate:
            self.reached.set()
        if fate == "held":
            await asyncio.to_thread(self.go.wait, 60)
        elif fate:
            await asyncio.sleep(3600)
        await asyncio.sleep(self.pause)
        return "250 taken"


class _Mute(asyncio.Protocol):
    pass


@contextmanager
def mail_server(
    *,
    starttls: ssl.SSLContext | None = None,
    implicit: ssl.SSLContext | None = None,
    log_in: bool = False,
    smtputf8: bool = True,
    mute: bool = False,
    port: int = 0,
) -> Iterator[MailServer]:
    """Until the end of the block, at `.port`; one that is `mute` says nothing, not even a greeting."""
    made = MailServer()
    loop = asyncio.new_event_loop()

    def authenticate(*given: Any) -> AuthResult:
        data = given[-1]
        known = isinstance(data, LoginPassword) and data == LoginPassword(NAME.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=known)

    def serve() -> asyncio.BaseProtocol:
        made.connections += 1
        if mute:
            return _Mute()
        return SMTP(
            made,
            loop=loop,
            hostname="mail.test",
            enable_SMTPUTF8=smtputf8,
            tls_context=starttls,
            require_starttls=bool(starttls),
            auth_required=log_in,
            auth_require_tls=bool(starttls),
            authenticator=authenticate if log_in else None,
            auth_exclude_mechanism=() if log_in else ("LOGIN", "PLAIN"),
        )

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    begun = loop.create_server(serve, "127.0.0.1", port, ssl=implicit)
    server = asyncio.run_coroutine_threadsafe(begun, loop).result(10)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _ended(server: asyncio.AbstractServer) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)
