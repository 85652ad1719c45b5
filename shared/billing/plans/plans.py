"""Plans as rows: each edit is a version, and a version stays as it was made.

Every function takes a connection in a transaction, and commits nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shared.billing.plans.plan import FREE, PlanVersion, Price
from shared.billing.plans.plan_json import Draft, read_version, written
from shared.counted import counted
from shared.errors import InvalidRequest, PlanUnknown
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.plans", "plans.sql")


async def rows(connection: AsyncConnection[Row]) -> list[Row]:
    """What is said of each plan beside its versions; archived ones too."""
    return await fetched(connection, _SQL["plans"])


async def versions(connection: AsyncConnection[Row], plan: str | None = None) -> list[PlanVersion]:
    """Every version of a plan, or of all, each plan's oldest first."""
    found = await fetched(connection, _SQL["versions"], {"plan": plan})
    return [read_version(row) for row in found]


def at(versions: Sequence[PlanVersion], plan: str, instant: datetime) -> PlanVersion | None:
    """The newest version of a plan by an instant."""
    made = (one for one in versions if one.plan == plan and one.created_at <= instant)
    return max(made, key=lambda one: one.version, default=None)


async def startable(connection: AsyncConnection[Row], plan: str, now: datetime) -> Row:
    """A plan to which somebody may subscribe, kept from edits until the transaction ends.

    Raises PlanUnknown, and InvalidRequest for one that is archived, or before it begins.
    """
    await connection.execute(_SQL["hold"], {"plan": plan})
    row, _ = await drafted(connection, plan, now)
    if row["archived_at"] and row["archived_at"] <= now:
        raise InvalidRequest(f"the plan {plan} is archived", "`lectern-admin plan list` shows the others")
    return row


async def drafted(connection: AsyncConnection[Row], plan: str, instant: datetime) -> tuple[Row, Draft]:
    """A plan at an instant, and as what it is written. Raises PlanUnknown, and InvalidRequest before it begins."""
    row = await _known(connection, plan)
    version = at(await versions(connection, plan), plan, instant)
    if version is None:
        raise InvalidRequest(f"{plan} begins {row['created_at'].isoformat()}", "name a later instant")
    return row, draft_of(row, version)


def draft_of(row: Row, version: PlanVersion) -> Draft:
    return Draft(
        row["id"],
        row["name"],
        version.prices,
        row["description"],
        version.features,
        version.limits,
        row["metadata"],
        version.version,
    )


async def add(connection: AsyncConnection[Row], draft: Draft, now: datetime) -> None:
    """Version 1. Raises InvalidRequest where there is such a plan already."""
    given = _given(draft, 1, now)
    if await (await connection.execute(_SQL["add_plan"], given)).fetchone() is None:
        raise InvalidRequest(
            f"there is a plan {draft.id} already",
            f"lectern-admin plan edit {draft.id} changes it; or name another",
        )
    await _add_version(connection, given)


async def edit(connection: AsyncConnection[Row], draft: Draft, now: datetime) -> bool:
    """The next version, in place of the whole one before; none where nothing changes. Whether it was made.

    Raises PlanUnknown, and InvalidRequest where the draft was made from another version than the newest, the newest is
    younger than `now`, or the draft lacks a price that subscriptions renew at.
    """
    await connection.execute(_SQL["lock"], {"plan": draft.id})
    row = await _known(connection, draft.id)
    newest = (await versions(connection, draft.id))[-1]
    if newest.created_at > now:
        raise InvalidRequest(
            f"version {newest.version} of {draft.id} holds from {newest.created_at.isoformat()} on",
            "edit it as of then, or later",
        )
    if draft.version not in (None, newest.version):
        raise InvalidRequest(
            f"{draft.id} is at version {newest.version}, and the file was made from version {draft.version}",
            f"begin with what lectern-admin plan show {draft.id} --json prints now",
        )
    if _says(draft) == _says(draft_of(row, newest)):
        return False
    given = _given(draft, newest.version + 1, now)
    for lost in await fetched(connection, _SQL["stranded"], given):
        raise InvalidRequest(
            f"{counted(lost['subscriptions'], 'subscription')} to {draft.id} would have no price"
            f" by the {lost['interval']} in {lost['currency']}",
            "keep that price",
        )
    await connection.execute(_SQL["edit_plan"], given)
    await _add_version(connection, given)
    return True


async def archive(connection: AsyncConnection[Row], plan: str, now: datetime) -> bool:
    """Nobody can subscribe to it from `now` on; who has, stays. Whether that changed anything.

    Raises PlanUnknown, and InvalidRequest for the free plan.
    """
    await connection.execute(_SQL["lock"], {"plan": plan})
    await _known(connection, plan)
    if plan == FREE:
        raise InvalidRequest(
            f"{plan} stays: its limits hold for whoever has no other plan", "edit it instead"
        )
    return (await connection.execute(_SQL["archive"], {"plan": plan, "now": now})).rowcount > 0


async def _known(connection: AsyncConnection[Row], plan: str) -> Row:
    row = await (await connection.execute(_SQL["plan"], {"plan": plan})).fetchone()
    if row is None:
        near = get_close_matches(plan, [one["id"] for one in await rows(connection)])
        raise PlanUnknown(plan, near)
    return row


async def _add_version(connection: AsyncConnection[Row], given: dict[str, Any]) -> None:
    await connection.execute(_SQL["add_version"], given)
    await connection.execute(_SQL["add_prices"], given)


def _says(draft: Draft) -> tuple[Draft, frozenset[Price]]:
    """All but its number; prices have no order."""
    return replace(draft, version=None, prices=()), frozenset(draft.prices)


def _given(draft: Draft, version: int, now: datetime) -> dict[str, Any]:
    said = {
        name: Jsonb(value) if isinstance(value, dict | list) else value
        for name, value in written(draft).items()
    }
    return said | {"version": version, "now": now}
