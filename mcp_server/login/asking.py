"""One request of a login, and its answer as JSON; what the service says in words is made safe to show."""

from typing import Any, Final

import httpx2

from mcp_server import reach
from shared.errors import SignInRefused
from shared.one_line import one_line
from shared.visible import visible

MOST_BYTES: Final = 1 << 20
_MOST_SAID: Final = 300


async def asked(
    client: httpx2.AsyncClient,
    server: str,
    method: str,
    address: str,
    form: dict[str, str] | None = None,
    key: str | None = None,
) -> tuple[int, dict[str, Any]]:
    """Status and document; an answer of 404 may have none. Raises ServiceError."""
    headers = {"accept": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    try:
        async with client.stream(method, address, data=form, headers=headers) as answer:
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise reach.unusable(server, answer)
            if answer.status_code == 404:
                return 404, {}
            told = _document(server, answer, body)
            if key and answer.status_code != 200:
                raise reach.unusable(server, answer, told)
            return answer.status_code, told
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise reach.unreachable(server, error) from error


def refused(said: dict[str, Any]) -> SignInRefused:
    """What the service says against it."""
    words = said.get("error_description") or said.get("error") or "the service does not say why"
    return SignInRefused(shown(words), "run `lectern-mcp login` again")


def shown(words: object) -> str:
    """In one line, without what a terminal obeys."""
    return one_line(visible(str(words)))[:_MOST_SAID]


def _document(server: str, answer: httpx2.Response, body: bytes) -> dict[str, Any]:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        told = httpx2.Response(200, content=body).json() if kind == "application/json" else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or answer.status_code >= 500:
        raise reach.unusable(server, answer, told)
    return told
