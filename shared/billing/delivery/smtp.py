"""The operator's mail server: one connection for many messages, and what its replies mean."""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final, Literal, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from shared.billing.delivery.outcome import DELIVERED, LATER, Outcome, later, refused, told
from shared.errors import DeliveryStopped

E = TypeVar("E", bound=BaseException)
Tls = Literal["starttls", "implicit", "off"]

PATIENCE: Final = 30.0
"""Seconds for each reply."""
_PORTS: Final = {"starttls": 587, "implicit": 465, "off": 25}
_LOG_IN: Final = (530, 535, 538)
"""Replies that ask for a log-in, or for another one."""
_TOO_BIG: Final = 552
_LEAVING: Final = 421
"""The server closes the connection."""


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    tls: Tls
    login: tuple[str, str] | None

    @classmethod
    def at(cls, url: str) -> "Server":
        """Of `smtp://name:password@host:587`, `smtps://host`, or `smtp://host?tls=off`, which settings checked."""
        parts = urlsplit(url)
        off = parse_qs(parts.query).get("tls") == ["off"]
        tls: Tls = "implicit" if parts.scheme == "smtps" else "off" if off else "starttls"
        login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        return cls(parts.hostname or "", parts.port or _PORTS[tls], tls, login)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Mailer:
    """Sends one message at a time. It connects at the first, and anew where the connection was lost."""

    def __init__(self, server: Server, patience: float = PATIENCE) -> None:
        self._server = server
        self._patience = patience
        self._client: SMTP | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Raises DeliveryStopped with one line that says what is wrong."""
        await self._connected()
        try:
            yield
        finally:
            await self._close()

    async def send(self, message: EmailMessage, sender: str, recipient: str) -> Outcome:
        """Raises DeliveryStopped where the server takes nothing of ours, whomever it is for."""
        client = await self._connected()
        try:
            await client.send_message(message, sender=sender, recipients=[recipient])
        except SMTPNotSupported:
            return refused(f"the mail server takes no address such as {recipient} (it lacks SMTPUTF8)")
        except SMTPHeloError as error:
            raise DeliveryStopped(
                f"the mail server {self._server} refuses our greeting: {_reply(error)}", LATER
            ) from error
        except SMTPRecipientsRefused as error:
            return await self._turned_away(error.recipients[0])
        except SMTPSenderRefused as error:
            if error.code < 500 or error.code in (_TOO_BIG, *_LOG_IN):
                return await self._turned_away(error)
            raise DeliveryStopped(
                f"the mail server {self._server} refuses the sender {sender}: {_reply(error)}",
                "correct LECTERN_MAIL_FROM",
            ) from error
        except SMTPResponseException as error:
            return await self._turned_away(error)
        except (SMTPException, OSError, TimeoutError) as error:
            await self._close()
            return later(f"no answer from the mail server: {_why(error)}", unanswered=True)
        except ValueError as error:
            return refused(f"it cannot be written as an e-mail: {error}")
        return DELIVERED

    async def _turned_away(self, error: SMTPResponseException) -> Outcome:
        if error.code in _LOG_IN:
            raise self._stopped_by_login(error) from error
        if error.code == _LEAVING or not 400 <= error.code <= 599:  # what follows may answer anything
            await self._close()
            return later(_reply(error), unanswered=True)
        return refused(_reply(error)) if error.code >= 500 else later(_reply(error))

    async def _connected(self) -> SMTP:
        if self._client and self._client.is_connected:
            return self._client
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls == "implicit",
            start_tls=False,
            tls_context=None if server.tls == "off" else ssl.create_default_context(),
            timeout=self._patience,
        )
        try:
            with self._explained():
                await client.connect()
                if server.tls == "starttls":
                    await self._start_tls(client)
                if server.login:
                    await self._log_in(client, *server.login)
        except BaseException:
            client.close()
            raise
        self._client = client
        return client

    async def _start_tls(self, client: SMTP) -> None:
        await client.ehlo()
        if not client.supports_extension("starttls"):
            raise DeliveryStopped(
                f"the mail server {self._server} offers no STARTTLS",
                "write smtps:// in LECTERN_SMTP_URL for a port with TLS, or add ?tls=off where nobody listens",
            )
        await client.starttls()

    async def _log_in(self, client: SMTP, name: str, password: str) -> None:
        await client.ehlo()
        if not client.supported_auth_methods:
            raise DeliveryStopped(
                f"the mail server {self._server} takes no log-in here",
                "leave name and password out of LECTERN_SMTP_URL, or name another port",
            )
        try:
            await client.login(name, password)
        except SMTPAuthenticationError as error:
            if error.code < 500:
                raise
            raise self._stopped_by_login(error) from error

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Troubles of a connection as one line each, with what to do."""
        try:
            yield
        except (SMTPException, OSError, TimeoutError) as error:
            if found := _cause(error, ssl.SSLCertVerificationError):
                raise DeliveryStopped(
                    f"the certificate of the mail server {self._server} is refused: {told(found.verify_message)}",
                    "correct the host in LECTERN_SMTP_URL, or name your own authority's file in SSL_CERT_FILE",
                ) from error
            if broken := _cause(error, ssl.SSLError):
                raise DeliveryStopped(
                    f"the mail server {self._server} speaks no TLS that suits: {told(broken.reason or str(broken))}",
                    "write smtps:// for a port with TLS, often 465, and smtp:// for one with STARTTLS, often 587",
                ) from error
            raise DeliveryStopped(f"the mail server {self._server} is away: {_why(error)}", LATER) from error

    def _stopped_by_login(self, error: SMTPResponseException) -> DeliveryStopped:
        return DeliveryStopped(
            f"the mail server {self._server} refuses the log-in: {_reply(error)}",
            "correct the name and password in LECTERN_SMTP_URL",
        )

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client and client.is_connected:
            with suppress(SMTPException, OSError, TimeoutError):
                await client.quit()
        if client:
            client.close()


def _cause(error: BaseException | None, kind: type[E]) -> E | None:
    """The error of this kind that led to it."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error


def _reply(error: SMTPResponseException) -> str:
    return told(f"{error.code} {error.message}")


def _why(error: BaseException) -> str:
    if isinstance(error, SMTPResponseException):
        return _reply(error)
    return told(str(error)) or type(error).__name__
