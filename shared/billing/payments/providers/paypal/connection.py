"""Requests to PayPal: an access token that is kept while it lasts, keys against repetition, its failures as ours."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

import aiohttp

from shared.billing.delivery.outcome import told
from shared.billing.payments.providers.unreached import unreached
from shared.errors import ProviderRefused, ProviderStopped, ProviderUnclear

PATIENCE: Final = 30.0
"""Seconds for one request."""
_ACCESS: Final = "/v1/oauth2/token"
_EARLY: Final = 60.0
"""Seconds before its end from which a token is not used."""
_MOST_BYTES: Final = 8_000_000
_KEYS_HINT: Final = "correct LECTERN_PAYPAL_API_KEY and LECTERN_PAYPAL_URL"
_RIGHTS_HINT: Final = "allow the app at PayPal: Vault, Customer Disputes, Transaction Search"
_LATER: Final = "a later run goes on"
_OTHER: Final = "DUPLICATE_REQUEST_ID"
_AGAIN: Final = "try again later: nothing is done twice"

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """What PayPal answered: `issues` are its own words for what it refuses, the one that matters first."""

    status: int
    body: Json

    @property
    def issues(self) -> tuple[str, ...]:
        if self.status < 400:
            return ()
        details = self.body.get("details") or self.body.get("issues") or ()
        named = (detail.get("issue") for detail in details if isinstance(detail, dict))
        return tuple(str(issue) for issue in named if issue) or (str(self.body.get("name") or self.status),)

    @property
    def said(self) -> str:
        """The refusal as a person reads it."""
        details = self.body.get("details") or self.body.get("issues") or ()
        described = next((d.get("description") for d in details if isinstance(d, dict)), None)
        return told(f"{self.issues[0]}: {described or self.body.get('message') or 'it says no more'}")

    def accepted(self, read: Callable[[Json], T]) -> T:
        """The body, read. Raises ProviderRefused, and ProviderUnclear for one that is not as PayPal documents it."""
        if self.status >= 400:
            known = self.body.get("debug_id")
            raise ProviderRefused(
                f"PayPal refuses this: {self.said}",
                f"its support knows it as {told(str(known))}" if known else "its support may know why",
            )
        with understood():
            return read(self.body)

    def found(self, read: Callable[[Json], T]) -> T | None:
        """As `accepted`; None where there is no such object."""
        return None if self.status == 404 else self.accepted(read)


@contextmanager
def understood() -> Iterator[None]:
    """Raises ProviderUnclear where what PayPal said is not as it documents it."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ProviderUnclear("PayPal's answer is not as it documents it", _AGAIN) from error


@dataclass(slots=True)
class Connection:
    """`url` is the interface's, without a path."""

    url: str
    client_id: str
    secret: str = field(repr=False)
    patience: float = PATIENCE
    _session: aiohttp.ClientSession | None = field(default=None, init=False, repr=False)
    _token: str = field(default="", init=False, repr=False)
    _token_ends: float = field(default=0.0, init=False, repr=False)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Reply:
        return await self._ask("GET", path, query=query)

    async def post(self, path: str, key: str, body: Json) -> Reply:
        """`key` makes a repetition give the first answer again."""
        return await self._ask("POST", path, key=key, body=body)

    async def delete(self, path: str) -> Reply:
        return await self._ask("DELETE", path)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: Json | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """Raises ProviderUnclear and ProviderStopped; a refusal of this request is a Reply."""
        for last in (False, True):
            token = await self._access()
            headers = {
                "authorization": f"Bearer {token}",
                "accept": "application/json",
                "content-type": "application/json",  # wanted also where nothing is said
            }
            headers |= {"paypal-request-id": key, "prefer": "return=representation"} if key else {}
            status, content = await self._send(method, path, headers, query, body)
            if status != 401 or last:
                break
            if token == self._token:
                self._token = ""  # it was withdrawn before its time
        return _reply(status, content)

    async def _access(self) -> str:
        async with self._one:
            now = asyncio.get_running_loop().time()
            if not self._token or now >= self._token_ends:
                self._token, lasts = await self._new_token()
                self._token_ends = now + max(lasts - _EARLY, lasts / 2)
            return self._token

    async def _new_token(self) -> tuple[str, float]:
        """Raises ProviderStopped: without a token nothing was asked."""
        try:
            basic = aiohttp.encode_basic_auth(self.client_id, self.secret)
            status, content = await self._send(
                "POST",
                _ACCESS,
                {"authorization": basic, "accept": "application/json"},
                form={"grant_type": "client_credentials"},
            )
            return _reply(status, content).accepted(
                lambda body: (str(body["access_token"]), float(body["expires_in"]))
            )
        except ProviderUnclear as error:
            raise ProviderStopped("PayPal gives no access token now", _LATER) from error
        except ProviderRefused as error:
            raise ProviderStopped(f"PayPal does not take these keys: {error}", _KEYS_HINT) from error

    async def _send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
        form: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self.patience), cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            async with self._session.request(
                method,
                f"{self.url.rstrip('/')}{path}",
                headers=headers,
                params=query,
                json=body,
                data=form,
                allow_redirects=False,
            ) as reply:
                content = await reply.content.read(_MOST_BYTES + 1)
                while not reply.content.at_eof() and len(content) <= _MOST_BYTES:
                    content += await reply.content.read(_MOST_BYTES)
                return reply.status, content
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            unclear = ProviderUnclear(f"no answer from PayPal: {type(error).__name__}", _AGAIN)
            raise unreached(error, "PayPal", "LECTERN_PAYPAL_URL") or unclear from error


def _reply(status: int, content: bytes) -> Reply:
    if status in (401, 403):
        said = _read(content) or {}
        name = told(str(said.get("name") or said.get("error") or status))
        if status == 401:
            raise ProviderStopped(f"PayPal does not take these keys: {name}", _KEYS_HINT)
        raise ProviderStopped(f"PayPal does not let these keys do this: {name}", _RIGHTS_HINT)
    if status == 429:
        raise ProviderStopped("PayPal is asked too often", _LATER)
    if 300 <= status <= 399:
        raise ProviderStopped(
            f"PayPal answers {status}, and no redirect is followed", "correct LECTERN_PAYPAL_URL"
        )
    if status >= 500 or status in (408, 409, 425):
        raise ProviderUnclear(f"PayPal answers {status}", _AGAIN)
    if status == 204:
        return Reply(status, {})
    body = _read(content)
    if body is None and status < 400:
        raise ProviderUnclear("PayPal's answer is none that can be read", _AGAIN)
    reply = Reply(status, body or {})
    if _OTHER in reply.issues:
        raise ProviderUnclear("PayPal knows another request by this key", "a later run looks what came of it")
    return reply


def _read(content: bytes) -> Json | None:
    try:
        read = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None
