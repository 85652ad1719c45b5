"""Wise: what came to our balances, by their statements. It charges nobody: people pay it from their bank.

Wise's documentation: api-reference/balance and balance-statement. All that is asked here only reads, so where Wise does
not answer nothing was done.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import quote

import aiohttp

from shared.billing.payments.port import BalanceLine, Event, Found, Listed, Transfer
from shared.billing.payments.providers.wise_statement import Entry, balances, entries, odd
from shared.errors import ProviderError, ProviderRefused, ProviderStopped, ProviderUnclear
from shared.one_line import one_line
from shared.visible import visible

URL: Final = "https://api.wise.com"
PATIENCE: Final = 30.0
"""Seconds for one answer."""
MOST_BYTES: Final = 64 << 20
_LONGEST: Final = timedelta(days=400)
"""Of one statement; Wise gives 469 days at most."""
_NEAR: Final = timedelta(days=2)
"""How far in a statement the date of a transaction may be from its event."""
_CONFIRM: Final = (
    "Wise wants the account's holder to confirm that statements are read",
    "open a statement on wise.com, which holds for 90 days, and run it again",
)


@dataclass(slots=True)
class Wise:
    """`clock` tells until when statements are asked for: Wise knows no instant of ours."""

    profile: str
    api_key: str = field(repr=False)
    url: str = URL
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    patience: float = PATIENCE
    name: str = "wise"
    _session: aiohttp.ClientSession | None = field(default=None, init=False, repr=False)

    async def received(self, since: datetime) -> AsyncIterator[Transfer]:
        """What others sent us since then, the oldest first in each balance."""
        async for entry in self._entries(since):
            if entry.is_incoming:
                yield entry.transfer

    async def fetch(self, event: Event) -> Found | None:
        """The credit of an event. Raises ProviderUnclear while the statement does not show it."""
        balance, currency, after = _named(event)
        if not balance or event.happened_at is None or (event.account and event.account != self.profile):
            return None
        begin, end = event.happened_at - _NEAR, event.happened_at + _NEAR
        for entry in await self._statement(balance, currency, begin, end):
            if entry.is_credit and entry.after == after:
                return entry.transfer if entry.is_incoming else None
        raise ProviderUnclear(
            f"Wise's statement of {currency} does not show the credit of event {event.id} yet",
            "a later run asks again",
        )

    async def listed(self, since: datetime) -> AsyncIterator[Listed]:
        async for found in self.received(since):
            yield Listed(found.id, found.amount, Decimal(0), found.currency, "completed", found.at)

    async def balance(self, since: datetime) -> AsyncIterator[BalanceLine]:
        async for entry in self._entries(since):
            yield entry.line

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _entries(self, since: datetime) -> AsyncIterator[Entry]:
        """Of every balance since then."""
        until = self.clock()
        said = await self._get(f"/v4/profiles/{_quoted(self.profile)}/balances", {"types": "STANDARD"})
        for balance, currency in balances(said):
            begin = since
            while begin < until:
                end = min(begin + _LONGEST, until)
                for entry in await self._statement(balance, currency, begin, end):
                    if entry.at < end or end == until:  # what is at an end begins the next one
                        yield entry
                begin = end

    async def _statement(self, balance: str, currency: str, begin: datetime, end: datetime) -> list[Entry]:
        path = f"/v1/profiles/{_quoted(self.profile)}/balance-statements/{_quoted(balance)}/statement.json"
        interval = {"intervalStart": _written(begin), "intervalEnd": _written(end)}
        return entries(await self._get(path, {"currency": currency, **interval, "type": "COMPACT"}))

    async def _get(self, path: str, params: Mapping[str, str]) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self.api_key}", "Accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=self.patience),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        address = self.url.rstrip("/") + path
        try:
            async with self._session.get(address, params=params, allow_redirects=False) as reply:
                text = await reply.content.read(MOST_BYTES + 1)
                while not reply.content.at_eof() and len(text) <= MOST_BYTES:
                    text += await reply.content.read(MOST_BYTES + 1 - len(text))
                if reply.status != 200:
                    raise _refusal(reply.status, reply.headers, text)
        except aiohttp.InvalidURL as error:
            raise ProviderStopped("the address of Wise leads nowhere", "correct LECTERN_WISE_URL") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ProviderStopped(
                f"Wise does not answer: {_told(error)}", "a later run asks again"
            ) from error
        if len(text) > MOST_BYTES:
            raise ProviderStopped(f"Wise answers more than {MOST_BYTES >> 20} MiB", "ask for less time")
        try:
            return json.loads(text, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise odd("what is no JSON") from None


def _refusal(status: int, headers: Mapping[str, str], text: bytes) -> ProviderError:
    said = _reason(text)
    told = f"Wise answers {status}{f': {said}' if said else ''}"
    if status == 403 and headers.get("x-2fa-approval-result", "").upper() == "REJECTED":
        return ProviderStopped(*_CONFIRM)
    if status in (401, 403):
        return ProviderStopped(told, "correct LECTERN_WISE_API_KEY and LECTERN_WISE_PROFILE")
    if status in (408, 425, 429) or status >= 500:
        return ProviderStopped(told, "a later run asks again")
    if 300 <= status <= 399:
        return ProviderStopped(f"{told}, and no redirect is followed", "correct LECTERN_WISE_URL")
    return ProviderRefused(told, "compare LECTERN_WISE_PROFILE and LECTERN_WISE_URL with Wise's")


def _reason(text: bytes) -> str:
    """What an error says in any of Wise's three shapes."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if isinstance(said, dict) and isinstance(said.get("errors"), list) and said["errors"]:
        said = said["errors"][0]
    if not isinstance(said, dict):
        return ""
    found = next(
        (said[name] for name in ("message", "detail", "error") if isinstance(said.get(name), str)), ""
    )
    return one_line(visible(found))[:200]


def _told(error: Exception) -> str:
    return one_line(visible(str(error)))[:200] or type(error).__name__


def _named(event: Event) -> tuple[str, str, Decimal | None]:
    """The balance of an event, its currency and what was in it then; none where it is about no credit."""
    parts = (event.object_id or "").split("/")
    try:
        balance, currency, after = parts
        return balance, currency, Decimal(after)
    except (ValueError, InvalidOperation):
        return "", "", None


def _quoted(part: str) -> str:
    return quote(part, safe="")


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
