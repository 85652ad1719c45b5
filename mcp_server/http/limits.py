"""How much a request may be: bytes of its head and body, and seconds for each of them and for what it waits for."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from shared.billing.payments.webhooks.receive import MOST_BYTES as MOST_OF_WEBHOOKS

HEAD_BYTES: Final = 16 * 1024
MCP_BYTES: Final = 1024 * 1024
OTHER_BYTES: Final = 64 * 1024
HEAD_SECONDS: Final = 10.0
"""From a request's first byte to the end of its head."""
BODY_SECONDS: Final = 30.0
"""From there to the end of its body."""
WRITE_SECONDS: Final = 30.0
"""How long a client may read nothing of its answer."""
IDLE_SECONDS: Final = 75
"""Between requests; longer than nginx keeps an idle connection, which so never asks on one that is closing."""
GONE_MS: Final = 60_000
"""How long what was sent may stay unconfirmed by the client's machine."""
MOST_CONNECTIONS: Final = 800
DATABASE_SECONDS: Final = 5.0
"""How long PostgreSQL may take to give a connection, and each answer on it."""

_BODIES: Final = (("/mcp", MCP_BYTES), ("/webhooks/", MOST_OF_WEBHOOKS))


def most_bytes(path: str) -> int:
    """Of the body of a request to this path."""
    return next((most for start, most in _BODIES if path.startswith(start)), OTHER_BYTES)


def limited(scope: Scope, receive: Receive) -> Receive:
    """The body, up to its most; what is beyond raises HTTPException 413, read or not."""
    most, read = most_bytes(scope["path"]), 0

    async def within() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise too_large(most)
        return message

    return within


def too_large(most: int) -> HTTPException:
    return HTTPException(413, f"the body is larger than {most:,} bytes: send less")
