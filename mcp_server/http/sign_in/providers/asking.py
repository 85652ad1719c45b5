"""Requests to a provider: in time, of no more than a small answer, and without following it elsewhere."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from mcp_server.http.sign_in.providers.port import Begun
from shared.errors import IssuerUnavailable, SignInRefused
from shared.one_line import one_line

SECONDS: Final = 10.0
_MOST_BYTES: Final = 1 << 20
_LATER: Final = "try again in a minute; if it stays so, tell your operator"


class Asking:
    """Of one provider that people know as `title`."""

    def __init__(self, title: str) -> None:
        self._title = title

    async def json(self, url: str, bearer: str | None = None) -> Any:
        """Raises IssuerUnavailable."""
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        async with self._in_time(), httpx2.AsyncClient(timeout=SECONDS) as client:
            async with client.stream("GET", url, headers=headers) as answer:
                body = b""
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise self.broken("it says more than a megabyte")
            if answer.status_code != 200:
                raise self.broken(f"it answers {answer.status_code}")
            return json.loads(body)

    async def token(
        self, client: AsyncOAuth2Client, endpoint: str, begun: Begun, code: str
    ) -> dict[str, Any]:
        """What the code is exchanged for. Raises IssuerUnavailable, SignInRefused."""
        async with self._in_time():
            try:
                said = await client.fetch_token(
                    endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=begun.verifier,
                    redirect_uri=begun.redirect_uri,
                )
            except AuthlibBaseError as error:
                if error.error in ("invalid_client", "unauthorized_client", "incorrect_client_credentials"):
                    raise self.broken(f"it does not know this service ({error.error})") from error
                raise SignInRefused(
                    f"{self._title} does not take what your browser brought back", "begin again"
                ) from error
            return dict(said)

    def broken(self, why: str) -> IssuerUnavailable:
        return IssuerUnavailable(f"{self._title} does not answer as it should: {one_line(why)[:200]}", _LATER)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(SECONDS):
                yield
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise IssuerUnavailable(f"{self._title} takes too long to answer", _LATER) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise IssuerUnavailable(f"{self._title} cannot be reached", _LATER) from error
        except (ValueError, RecursionError) as error:
            raise self.broken("what it says is no JSON") from error
