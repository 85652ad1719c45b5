"""Wise: what came to our balances, by a fake that is ours and written from Wise's documentation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from shared.billing.payments.port import BalanceLine, Event, Listed, Transfer
from shared.billing.payments.providers.wise import Wise
from shared.billing.payments.webhooks.wise import WiseVerifier
from shared.errors import ProviderError, ProviderRefused, ProviderStopped, ProviderUnclear
from tests.wise_fake import KEY, PROFILE, PUBLIC_KEY, WiseFake, answer, credited, error, signed

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BEGIN = NOW - 30 * DAY


@asynccontextmanager
async def wise(fake: WiseFake | None = None, **more: Any) -> AsyncIterator[tuple[WiseFake, Wise]]:
    async with (fake or WiseFake()).served() as served:
        given: dict[str, Any] = {"profile": PROFILE, "api_key": KEY, "url": served.url, **more}
        provider = Wise(clock=lambda: NOW, **given)
        try:
            yield served, provider
        finally:
            await provider.close()


async def failed(provider: Wise, kind: type[ProviderError]) -> str:
    with pytest.raises(kind) as caught:
        _ = [one async for one in provider.received(BEGIN)]
    assert KEY not in caught.value.line
    assert "\n" not in caught.value.line
    return caught.value.line


async def event_of(row: dict[str, Any], **more: Any) -> Event:
    headers, body = signed(credited(row, **more))
    return await WiseVerifier(PUBLIC_KEY).event(headers, body, datetime.fromisoformat(row["date"]))


async def test_what_others_sent_is_received_with_its_reference_and_nothing_else_is() -> None:
    fake = WiseFake()
    fake.add("TRANSFER-2", "24.00", NOW - DAY, "LECT-2026-000001")
    fake.add("TRANSFER-1", "0.10", NOW - 2 * DAY, "SVWZ+LECT-2026-000002", payer=None)
    fake.add("CARD-249281", "-7.76", NOW - DAY, kind="CARD", fee="0.04")
    fake.add("CONVERSION-1", "9.94", NOW - DAY, kind="CONVERSION")
    fake.add("TRANSFER-3", "30", NOW - DAY, "in dollars", balance=112)
    async with wise(fake) as (_, provider):
        found = [one async for one in provider.received(BEGIN)]
    assert found == [
        Transfer("TRANSFER-1", Decimal("0.10"), "EUR", "SVWZ+LECT-2026-000002", NOW - 2 * DAY),
        Transfer("TRANSFER-2", Decimal("24.00"), "EUR", "LECT-2026-000001", NOW - DAY, payer="HEIN LAURI"),
        Transfer("TRANSFER-3", Decimal(30), "USD", "in dollars", NOW - DAY, payer="HEIN LAURI"),
    ]
    assert str(found[1].amount) == "24.00"


async def test_what_wise_took_of_a_transfer_is_our_cost_and_was_paid_all_the_same() -> None:
    fake = WiseFake()
    fake.add("TRANSFER-1", "23.50", NOW - DAY, "LECT-2026-000001", fee="0.50")
    fake.add("TRANSFER-2", "-10.00", NOW, kind="TRANSFER")
    async with wise(fake) as (_, provider):
        assert [one.amount async for one in provider.received(BEGIN)] == [Decimal(24)]
        lines = [one async for one in provider.balance(BEGIN)]
        listed = [one async for one in provider.listed(BEGIN)]
    cost, none, before = Decimal("0.50"), Decimal(0), NOW - DAY
    assert lines == [
        BalanceLine(
            "TRANSFER-1/credit/EUR", "payment", Decimal(24), cost, "EUR", before, source="TRANSFER-1"
        ),
        BalanceLine("TRANSFER-2/debit/EUR", "adjustment", Decimal(-10), none, "EUR", NOW),
    ]
    assert sum(line.net for line in lines) == Decimal("13.50")
    assert listed == [Listed("TRANSFER-1", Decimal(24), Decimal(0), "EUR", "completed", NOW - DAY)]


async def test_years_are_asked_for_in_parts_that_wise_gives_and_nothing_comes_twice() -> None:
    fake = WiseFake(balances={111: "EUR"})
    begin = NOW - 1000 * DAY
    days = (0, 1, 399, 400, 401, 800, 999, 1000)
    for day in days:
        fake.add(f"TRANSFER-{day}", "1", begin + day * DAY)
    async with wise(fake) as (_, provider):
        found = [one.id async for one in provider.received(begin)]
    assert found == [f"TRANSFER-{day}" for day in days]
    assert len(fake.asked) == 1 + 3


@pytest.mark.parametrize("kind", ["balances#credit", "balances#update"])
async def test_an_event_leads_to_its_transfer_among_equal_ones(kind: str) -> None:
    fake = WiseFake()
    first = fake.add("TRANSFER-1", "24.00", NOW, "LECT-2026-000001")
    second = fake.add("TRANSFER-2", "24.00", NOW, "LECT-2026-000002")
    async with wise(fake) as (_, provider):
        for row, number in ((second, "TRANSFER-2"), (first, "TRANSFER-1")):
            found = await provider.fetch(await event_of(row, kind=kind))
            assert isinstance(found, Transfer)
            assert found.id == number


async def test_what_is_no_transfer_or_of_another_account_is_not_fetched() -> None:
    fake = WiseFake()
    row = fake.add("TRANSFER-1", "24.00", NOW)
    own = fake.add("CONVERSION-1", "5.00", NOW, kind="CONVERSION")
    async with wise(fake) as (_, provider):
        assert await provider.fetch(await event_of(own)) is None
        fake.asked.clear()
        assert await provider.fetch(await event_of(row, profile="333")) is None
        assert await provider.fetch(Event("1", "test", None, NOW)) is None
        assert fake.asked == []


async def test_a_credit_that_no_statement_shows_yet_is_asked_for_again() -> None:
    fake = WiseFake()
    event = await event_of(WiseFake().add("TRANSFER-1", "24.00", NOW))
    async with wise(fake) as (_, provider):
        with pytest.raises(ProviderUnclear, match="does not show"):
            await provider.fetch(event)


@pytest.mark.parametrize(
    ("given", "kind", "why"),
    [
        (
            answer({"error": "invalid_token"}, 401),
            ProviderStopped,
            "401: invalid_token: correct LECTERN_WISE_API",
        ),
        (error(403, "Forbidden"), ProviderStopped, "403: Forbidden"),
        (answer({}, 403, x_2fa_approval_result="REJECTED"), ProviderStopped, "open a statement on wise.com"),
        (error(429, "Too many"), ProviderStopped, "429: Too many: a later run asks again"),
        (web.Response(status=500, text="<html>"), ProviderStopped, "500: a later run"),
        (web.Response(status=302, headers={"Location": "/"}), ProviderStopped, "no redirect"),
        (error(404, "no such profile"), ProviderRefused, "no such profile"),
        (answer({"message": "The\nperiod\x1b is too long"}, 400), ProviderRefused, "The period is too long"),
        (web.Response(text="<html>"), ProviderStopped, "no JSON"),
        (web.Response(text="[" * 100_000), ProviderStopped, "no JSON"),
        (answer({"id": 1}), ProviderStopped, "no list of balances"),
        (answer([{"id": None, "currency": "EUR"}]), ProviderStopped, "without its id"),
        (answer([{"id": 5, "currency": "EUR"}]), ProviderRefused, "no such balance"),
    ],
)
async def test_what_wise_refuses_or_garbles_is_told_in_one_line(
    given: web.Response, kind: type[ProviderError], why: str
) -> None:
    async with wise(WiseFake(answers=[given])) as (_, provider):
        assert why in await failed(provider, kind)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"type": "OTHER"}, "that is OTHER"),
        ({"date": "soon"}, "its date"),
        ({"referenceNumber": None}, "its referenceNumber"),
        ({"amount": {"value": "24", "currency": "EUR"}}, "without amount"),
        ({"amount": {"value": 1e300, "currency": "EUR"}}, "without amount"),
        ({"totalFees": None}, "without totalFees"),
    ],
)
async def test_a_transaction_that_the_documentation_does_not_have_stops_the_reading(
    change: dict[str, Any], why: str
) -> None:
    row = WiseFake().add("TRANSFER-1", "24.00", NOW) | change
    answers = [answer([{"id": 111, "currency": "EUR"}]), answer({"transactions": [row]})]
    async with wise(WiseFake(answers=answers)) as (_, provider):
        assert why in await failed(provider, ProviderStopped)


async def test_a_wise_that_is_away_or_slow_did_nothing() -> None:
    async with wise() as (fake, provider):
        pass
    assert "does not answer" in await failed(provider, ProviderStopped)
    await provider.close()
    async with wise(url="nonsense") as (_, provider):
        assert "LECTERN_WISE_URL" in await failed(provider, ProviderStopped)
    assert fake.asked == []


async def test_the_key_is_in_no_words_about_it() -> None:
    async with wise() as (_, provider):
        assert KEY not in repr(provider)
