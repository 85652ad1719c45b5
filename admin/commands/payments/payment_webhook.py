"""`lectern-admin payment webhook`: take in one message of a provider, as the HTTP service does."""

import sys
from enum import StrEnum
from typing import Annotated, BinaryIO

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.people.user import AsJson
from admin.rows import as_json
from shared.billing.payments.webhooks.receive import MOST_BYTES, Reply, receive
from shared.billing.payments.webhooks.verifiers import verifiers
from shared.errors import EventRefused, InvalidRequest
from shared.settings import AdminSettings, load
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact


class Sender(StrEnum):
    STRIPE = "stripe"
    PAYPAL = "paypal"
    WISE = "wise"


def webhook(
    provider: Annotated[Sender, typer.Option(help="Who sent it: stripe, paypal or wise.")],
    header: Annotated[
        list[str] | None, typer.Option(metavar="'NAME: VALUE'", help="As it came; may be repeated.")
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Verify a provider's message, read from standard input, and keep it for the next billing run.

    $ lectern-admin payment webhook --provider stripe --header "Stripe-Signature: $SIGNATURE" < body.json
    $ lectern-admin billing run --only charge
    """
    with ending():
        headers = read_headers(header or [])
        body = read_body(sys.stdin.buffer)
    reply = run(_receive(provider.value, headers, body, now))
    if json:
        shown = {"status": reply.status, "line": reply.line, "hint": reply.hint or None}
        typer.echo(as_json(shown | {"event": reply.event_id}))
    with ending():
        if not reply.is_taken:
            raise EventRefused(f"refused ({reply.status}): {reply.line}", reply.hint)
    if not json:
        output().print(f"[green]{reply.line}[/] {exact(reply.event_id or '')}")


def read_headers(texts: list[str]) -> dict[str, str]:
    """Raises InvalidRequest."""
    found = {}
    for text in texts:
        name, colon, value = text.partition(":")
        if not (colon and name.strip() and name.strip().isascii()):
            raise InvalidRequest(f"{text[:60]!r} is no header", "write it as 'Name: value'")
        found[name.strip().lower()] = value.strip()
    return found


def read_body(stream: BinaryIO) -> bytes:
    """A byte more than is taken at most. Raises InvalidRequest where a person would have to type it."""
    if stream.isatty():
        raise InvalidRequest("there is no message", "give its body on standard input: ... < body.json")
    return stream.read(MOST_BYTES + 1)


async def _receive(provider: str, headers: dict[str, str], body: bytes, now: str | None) -> Reply:
    believed = verifiers(load(AdminSettings))
    async with billing("payment webhook", now) as books:
        return await receive(books.connection, believed, provider, headers, body, books.now)
