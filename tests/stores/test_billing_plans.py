"""Plans on a real database: what is shipped, versions that stay, and what an edit may not take away."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from psycopg import AsyncConnection

from shared.billing import placing
from shared.billing.plans import plans
from shared.billing.plans.plan import FREE, Charge, PlanLimits, PlanVersion, Price, Tier
from shared.billing.plans.plan_json import Draft, read_draft, written
from shared.billing.subscriptions.subscription import Cadence
from shared.errors import InvalidRequest, PlanUnknown
from shared.stores.postgres import Database, Row
from tests.billing import add_subscription, add_user, lock
from tests.flows.waiting import waiting_session

pytestmark = pytest.mark.anyio

D = Decimal
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CHARGES = (
    Charge("requests", "graduated", 10, (Tier(5, D("0.5")), Tier(None, D("0.25")))),
    Charge("tokens", "flat", 0, amount=D("9.90")),
)
MONTHLY = Price("month", "EUR", D("49.00"), CHARGES, True)
YEARLY = Price("year", "EUR", D("490.00"), (Charge("tokens", "unit", 0, unit_price=D("0.000000000001")),))
TEAM = Draft(
    "team", "Team", (MONTHLY, YEARLY), "For us.", ("mail",), PlanLimits(100, None, 3), {"colour": "blue"}
)


async def newest(connection: AsyncConnection[Row], plan: str) -> PlanVersion:
    return (await plans.versions(connection, plan))[-1]


async def mirrored(connection: AsyncConnection[Row], plan: str) -> Row:
    found = await (await connection.execute("SELECT * FROM plans WHERE id = %(id)s", {"id": plan})).fetchone()
    assert found
    return found


async def test_four_plans_are_shipped_that_any_past_start_finds_with_each_model_and_hard_caps_on_free(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        shipped = await plans.versions(connection)
        rows = await plans.rows(connection)
    assert [row["id"] for row in rows] == ["free", "basic", "premium", "enterprise"]
    assert {(one.plan, one.version) for one in shipped} == {(row["id"], 1) for row in rows}
    assert all(one.created_at == datetime(2020, 1, 1, tzinfo=UTC) for one in shipped)
    charges = [charge for one in shipped for price in one.prices for charge in price.charges]
    assert {one.model for one in charges} == {"graduated", "volume", "unit", "flat"}
    for one in shipped:
        prices = {(price.interval, price.currency): price for price in one.prices}
        month, year = prices.pop(("month", "EUR")), prices.pop(("year", "EUR"))
        assert not prices
        assert year.amount == month.amount * 10
        assert month is one.default
        assert month.charges == year.charges
    free = plans.at(shipped, FREE, NOW)
    assert free
    assert not free.default.charges
    assert not free.default.amount
    assert None not in (free.limits.requests_per_month, free.limits.tokens_per_month)


async def test_what_is_shipped_reads_as_a_file_does(database: Database) -> None:
    async with database.transaction() as connection:
        for row in await plans.rows(connection):
            _, draft = await plans.drafted(connection, row["id"], NOW)
            assert read_draft(json.dumps(written(draft))) == draft
            kept = await mirrored(connection, draft.id)
            told = written(draft)
            assert (kept["features"], kept["limits"]) == (told["features"], told["limits"])
            assert (kept["currency"], kept["interval"]) == (told["currency"], told["interval"])


async def test_a_plan_that_is_added_is_read_again_and_mirrored(database: Database) -> None:
    async with database.transaction() as connection:
        await plans.add(connection, TEAM, NOW)
        row, draft = await plans.drafted(connection, "team", NOW)
        assert draft == replace(TEAM, version=1)
        assert (row["created_at"], row["archived_at"]) == (NOW, None)
        kept = await mirrored(connection, "team")
        assert (kept["amount"], kept["currency"], kept["interval"]) == (49, "EUR", "month")
        with pytest.raises(InvalidRequest, match="there is a plan team already"):
            await plans.add(connection, TEAM, NOW)


async def test_an_edit_is_a_version_of_its_own_and_the_one_before_stays(database: Database) -> None:
    dearer = replace(MONTHLY, amount=D("59.00"), is_default=False)
    edited = replace(
        TEAM, name="Teams", prices=(replace(YEARLY, is_default=True), dearer), limits=PlanLimits(200)
    )
    async with database.transaction() as connection:
        await plans.add(connection, TEAM, NOW)
        await plans.edit(connection, edited, NOW + DAY)
        made = await plans.versions(connection)
        first, second = (plans.at(made, "team", NOW + after) for after in (DAY / 2, DAY))
        assert first
        assert second
        assert (first.version, first.prices, first.limits) == (1, TEAM.prices, TEAM.limits)
        assert (second.version, second.prices, second.limits) == (2, edited.prices, edited.limits)
        assert plans.at(made, "team", NOW - DAY) is None
        kept = await mirrored(connection, "team")
        assert (kept["name"], kept["amount"], kept["interval"], kept["version"]) == ("Teams", 490, "year", 2)
        assert kept["limits"]["requestsPerMonth"] == 200


async def test_an_edit_that_changes_nothing_makes_no_version(database: Database) -> None:
    async with database.transaction() as connection:
        await plans.add(connection, TEAM, NOW)
        assert not await plans.edit(connection, replace(TEAM, prices=(YEARLY, MONTHLY)), NOW + DAY)
        assert (await newest(connection, "team")).version == 1
        assert await plans.edit(connection, replace(TEAM, metadata={"colour": "red"}), NOW + DAY)
        assert (await newest(connection, "team")).version == 2


async def test_of_two_versions_of_one_instant_the_later_one_holds(database: Database) -> None:
    async with database.transaction() as connection:
        await plans.add(connection, TEAM, NOW)
        await plans.edit(connection, replace(TEAM, name="Teams"), NOW)
        held = plans.at(await plans.versions(connection), "team", NOW)
        assert held
        assert held.version == 2


Act = Callable[[AsyncConnection[Row]], Awaitable[object]]
REFUSED: list[tuple[Act, str]] = [
    (lambda books: plans.edit(books, replace(TEAM, version=3), NOW), "at version 1, and the file .* version 3"),
    (lambda books: plans.edit(books, TEAM, NOW - DAY), "version 1 of team holds from 2026-03-01"),
    (lambda books: plans.edit(books, replace(TEAM, id="teem"), NOW), "no plan 'teem'; did you mean team?"),
    (lambda books: plans.archive(books, "nobody", NOW), "no plan 'nobody'$"),
    (lambda books: plans.archive(books, FREE, NOW), "free stays"),
    (lambda books: plans.drafted(books, "team", NOW - DAY), "team begins 2026-03-01"),
    (lambda books: plans.startable(books, "team", NOW - DAY), "^team begins 2026-03-01"),
    (lambda books: plans.startable(books, "temp", NOW), "did you mean team"),
]  # fmt: skip


@pytest.mark.parametrize(("act", "said"), REFUSED, ids=[said for _, said in REFUSED])
async def test_what_cannot_be_is_refused(database: Database, act: Act, said: str) -> None:
    async with database.transaction() as connection:
        await plans.add(connection, TEAM, NOW)
        with pytest.raises(InvalidRequest, match=said):
            await act(connection)


async def test_an_archived_plan_is_started_no_more_and_can_still_be_read_and_edited(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        await plans.add(connection, TEAM, NOW)
        assert await plans.archive(connection, "team", NOW + DAY)
        assert not await plans.archive(connection, "team", NOW + DAY)
        assert (await plans.startable(connection, "team", NOW))["name"] == "Team"
        with pytest.raises(InvalidRequest, match="team is archived"):
            await plans.startable(connection, "team", NOW + DAY)
        assert await plans.edit(connection, replace(TEAM, description="For you."), NOW + DAY)
        row, _ = await plans.drafted(connection, "team", NOW + DAY)
        assert row["archived_at"] == NOW + DAY


@pytest.mark.parametrize(
    "change", [{"interval": "year"}, {"plan": "free", "next_plan": "team", "next_interval": "year"}]
)
async def test_a_price_that_subscriptions_renew_at_stays_until_they_are_over(
    database: Database, change: dict[str, Any]
) -> None:
    waiting = {"next_interval_count": 1} if "next_plan" in change else {}
    async with database.transaction() as connection:
        await plans.add(connection, TEAM, NOW)
        subscription = await add_subscription(
            connection, await add_user(connection), **{"plan": "team"} | change | waiting
        )
        only_monthly = replace(TEAM, prices=(MONTHLY,))
        with pytest.raises(
            InvalidRequest, match="1 subscription to team would have no price by the year in EUR"
        ):
            await plans.edit(connection, only_monthly, NOW)
        await connection.execute(
            "UPDATE subscriptions SET status = 'expired', ended_at = now(), next_boundary = NULL WHERE id = %(id)s",
            {"id": subscription},
        )
        await plans.edit(connection, only_monthly, NOW)
        assert (await newest(connection, "team")).prices == (MONTHLY,)


async def test_two_operators_at_once_make_two_versions_or_are_asked_to_look_again(database: Database) -> None:
    async with database.transaction() as connection:
        await plans.add(connection, TEAM, NOW)

    async def edit(draft: Draft) -> None:
        async with database.transaction() as connection:
            await plans.edit(connection, draft, NOW)

    await asyncio.gather(*(edit(replace(TEAM, name=f"Team {number}")) for number in range(3)))
    from_what_both_read = [replace(TEAM, version=4, name=name) for name in ("Ada's", "Bob's")]
    done = await asyncio.gather(*map(edit, from_what_both_read), return_exceptions=True)
    [refused] = [one for one in done if one is not None]
    assert "team is at version 5, and the file was made from version 4" in str(refused)
    async with database.transaction() as connection:
        assert [one.version for one in await plans.versions(connection, "team")] == [1, 2, 3, 4, 5]


async def test_an_edit_waits_for_who_subscribes_and_keeps_their_price(database: Database) -> None:
    editing = await _while_another_does(database, _subscribe, _drop_the_year)
    with pytest.raises(InvalidRequest, match="1 subscription to team would have no price by the year in EUR"):
        await editing


async def test_who_subscribes_waits_for_an_edit_and_takes_what_it_made(database: Database) -> None:
    starting = await _while_another_does(database, _drop_the_year, _subscribe)
    with pytest.raises(InvalidRequest, match="the plan team has no price by the year in EUR"):
        await starting


async def test_who_subscribes_waits_for_a_plan_that_is_archived(database: Database) -> None:
    async def archive(connection: AsyncConnection[Row]) -> None:
        await plans.archive(connection, "team", NOW)

    starting = await _while_another_does(database, archive, _subscribe)
    with pytest.raises(InvalidRequest, match="the plan team is archived"):
        await starting


async def test_an_unknown_plan_is_bad_input_and_carries_what_is_near(database: Database) -> None:
    async with database.transaction() as connection:
        with pytest.raises(PlanUnknown) as refused:
            await plans.drafted(connection, "premum", NOW)
    assert refused.value.near == ("premium",)


async def _subscribe(connection: AsyncConnection[Row]) -> None:
    user_id = await add_user(connection)
    await lock(connection, user_id)
    await placing.start(connection, user_id, "team", Cadence("year", 1), None, None, NOW)


async def _drop_the_year(connection: AsyncConnection[Row]) -> None:
    await plans.edit(connection, replace(TEAM, prices=(MONTHLY,)), NOW)


async def _while_another_does(database: Database, first: Act, second: Act) -> Awaitable[None]:
    """The second, which waits until the first is committed."""

    async def do() -> None:
        async with database.transaction() as connection:
            await second(connection)

    async with database.transaction() as connection:
        await plans.add(connection, TEAM, NOW)
    async with database.transaction() as connection:
        await first(connection)
        waits = asyncio.create_task(do())
        await waiting_session(database)
    return waits
