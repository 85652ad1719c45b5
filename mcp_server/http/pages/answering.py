"""Handlers of pages whose errors are pages too: what is wrong, and what to do next."""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from mcp_server.http.pages.render import told
from shared.errors import Forbidden, LecternError, StoreError

log = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


def answering(handler: Handler) -> Handler:
    """A store's trouble is for the operator: people read that it is not theirs."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except StoreError as error:
            log.warning("%s", error.line)
            return told(
                "Not now", "A store of this service does not answer.", "Try again in a minute.", status=503
            )
        except LecternError as error:
            status = 403 if isinstance(error, Forbidden) else 400
            return told("This does not go on", sentence(str(error)), sentence(error.hint), status=status)

    return answer


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) or not text else '.'}"
