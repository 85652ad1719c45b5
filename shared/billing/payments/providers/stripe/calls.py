"""The only place where Stripe is asked: by its official library, one request a call, its errors told apart."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import aiohttp
import stripe

from shared.billing.delivery.outcome import told
from shared.billing.payments.providers.stripe.declines import reason
from shared.billing.payments.providers.unreached import unreached
from shared.errors import LecternError, ProviderRefused, ProviderStopped, ProviderUnclear

VERSION: Final = "2026-10-28.endive"
"""Of the API: requests and answers are those of this day, whatever the account's own is."""
PATIENCE: Final = 40.0
"""Seconds for one request: some cards take Stripe half a minute."""
PAGE: Final = 100
"""Objects in one page of a list, the most that there are."""
_TRIES: Final = 3
"""Of a request that Stripe did nothing about, since there were too many."""
_LONGEST: Final = 4.0
"""Seconds that are waited before such a one is sent again."""

_AGAIN: Final = "try again later: nothing is done twice"
_ADDRESS: Final = "LECTERN_STRIPE_URL"


class Object(dict[str, Any]):
    """An object of Stripe, as JSON has it. What it lacks makes the answer one that nobody understands."""

    def __missing__(self, name: str) -> Any:
        raise ProviderUnclear(f"an answer of Stripe has no {name}", _AGAIN)


Request = Callable[[stripe.StripeClient], Awaitable[Any]]
Listing = Callable[[stripe.StripeClient, Any], Awaitable[Any]]


class Declined(ProviderRefused):
    """Status 402: of a payment it is an answer, and `error` says which; of anything else a refusal."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"Stripe declines it: {reason(error)}")
        self.error = error


class _Web(stripe.HTTPClient):
    """The library's own follows redirects, with what it posts, and reads answers where it minds no failure."""

    name = "aiohttp"

    def __init__(self, session: aiohttp.ClientSession) -> None:
        super().__init__()
        self._session = session

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Raises ProviderStopped, ProviderUnclear."""
        asked = self._session.request(method, url, headers=headers, data=post_data, allow_redirects=False)
        try:
            async with asked as reply:
                content = await reply.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            unclear = ProviderUnclear("Stripe did not answer", _AGAIN)
            raise unreached(error, "Stripe", _ADDRESS) or unclear from None
        if 300 <= reply.status <= 399:
            raise ProviderStopped(
                f"Stripe answers {reply.status}, and no redirect is followed", f"correct {_ADDRESS}"
            )
        return content, reply.status, reply.headers


class Calls:
    """`url` is where Stripe answers; the key never leaves this object but in a request."""

    def __init__(self, url: str, key: str, patience: float = PATIENCE) -> None:
        self._url = url
        self._key = key
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None
        self._client: stripe.StripeClient | None = None

    async def one(self, request: Request) -> Object:
        """The object that Stripe answers with. Raises Declined and ProviderError."""
        for attempt in range(1, _TRIES + 1):
            try:
                found = await request(self._opened())
            except stripe.CardError as error:
                raise Declined(_body(error)) from None
            except stripe.RateLimitError as error:
                pause = _pause(error, attempt)
                if attempt == _TRIES or pause > _LONGEST:
                    raise _too_many(error) from None
                await asyncio.sleep(pause)
            except stripe.StripeError as error:
                raise _told(error) from None
            else:
                return Object(found.to_dict())
        raise AssertionError

    async def each(self, listed: Listing, **params: Any) -> AsyncIterator[Object]:
        """The objects of a list, the newest first, page after page."""
        wanted = {"limit": PAGE, **params}
        while True:
            page = await self.one(partial(_page, listed, dict(wanted)))
            for found in page["data"]:
                yield Object(found)
            if not page["data"] or not page.get("has_more"):
                return
            wanted["starting_after"] = page["data"][-1]["id"]

    async def close(self) -> None:
        if self._session:
            await self._session.close()
        self._session = self._client = None

    def _opened(self) -> stripe.StripeClient:
        if self._client is None:
            stripe.enable_telemetry = False  # else it writes an id into the home, and sends it
            limits = aiohttp.ClientTimeout(total=self._patience)
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=limits)
            self._client = stripe.StripeClient(
                self._key,
                base_addresses={"api": self._url},
                stripe_version=VERSION,
                max_network_retries=0,  # we repeat ourselves, by the same key
                http_client=_Web(self._session),
            )
        return self._client


def _page(listed: Listing, params: Any, client: stripe.StripeClient) -> Awaitable[Any]:
    return listed(client, params)


def _body(error: stripe.StripeError) -> Mapping[str, Any]:
    body: Any = error.json_body
    found = body.get("error") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {"message": str(error.user_message or "")}


def _pause(error: stripe.StripeError, attempt: int) -> float:
    headers: Any = error.headers or {}
    asked = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(asked) if str(asked).isdecimal() else 0.25 * 2**attempt


def _too_many(error: stripe.RateLimitError) -> LecternError:
    if error.code == "lock_timeout":
        return ProviderUnclear("Stripe was busy with the same object", _AGAIN)
    return ProviderStopped("Stripe is asked too often", "the next run goes on; run fewer at once")


def _told(error: stripe.StripeError) -> LecternError:
    said = told(str(error.user_message or error or "")).rstrip(".") or type(error).__name__
    match error:
        case stripe.AuthenticationError():
            return ProviderStopped("Stripe refuses the key", "correct LECTERN_STRIPE_API_KEY")
        case stripe.PermissionError():
            return ProviderStopped(
                f"Stripe refuses this to the key: {said}",
                "give the restricted key that right, or set another in LECTERN_STRIPE_API_KEY",
            )
        case stripe.InvalidRequestError() | stripe.IdempotencyError():
            return ProviderRefused(f"Stripe refuses it: {said}")
        case _ if error.http_status == 200:
            return ProviderUnclear("Stripe's answer is none that can be read", _AGAIN)
        case _:
            return ProviderUnclear(f"Stripe failed ({error.http_status or 'no status'})", _AGAIN)
