"""The body of a request to `/mcp`, read whole: the SDK takes some of what is no message for one without an answer."""

from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from mcp_server.wire.malformed import refusal


async def read(scope: Scope, receive: Receive) -> tuple[Receive, str | None]:
    """The body to be received once more, and the error for its sender where it is no message.

    Raises HTTPException for a body that is too large, ClientDisconnect.
    """
    body = await Request(scope, receive).body()
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again, refusal(body.decode("utf-8", "replace"))
