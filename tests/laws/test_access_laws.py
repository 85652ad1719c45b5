"""Laws of access: PostgreSQL, the value and the plain words of precedence agree on who may read what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from shared.accounts.access import access_of, allows, deciding, digest, rules_of
from shared.accounts.emails import address
from shared.accounts.store import Accounts
from shared.catalogue.rows import encoded
from shared.model.account import EVERYTHING
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

LIBRARIES = ("/acme/lamps", "/Acme/oil", "/acme/wicks", "/other/lamps", "/other/Oil.js")
TARGETS = ("/acme/*", "/acme/lamps", "/acme/oil", "/other/*", "/other/oil.js", "/nobody/*")
GROUPS = ("makers", "sellers", "strangers")


@dataclass(frozen=True, slots=True)
class Written:
    """A rule; for `ada`, for `bob`, for a group, or for everyone."""

    target: str
    whom: str
    is_allowed: bool


@dataclass(frozen=True, slots=True)
class World:
    rules: tuple[Written, ...]
    groups: frozenset[str]
    is_closed: bool
    libraries: tuple[str, ...] | None


rules = st.builds(
    Written,
    st.sampled_from(TARGETS),
    st.sampled_from(("ada", "ada", "bob", *GROUPS, "everyone")),
    st.booleans(),
)
worlds = st.builds(
    World,
    st.lists(rules, max_size=8, unique_by=lambda rule: (rule.target, rule.whom)).map(tuple),
    st.frozensets(st.sampled_from(GROUPS[:2])),
    st.booleans(),
    st.none()
    | st.lists(st.sampled_from([*LIBRARIES, "/acme/*", "/Other/*"]), min_size=1, max_size=3).map(tuple),
)


def may_read(world: World, library: str) -> bool:
    """As the page says it, in its order."""
    small = library.lower()
    namespace = f"/{small.split('/')[1]}/*"
    if world.libraries is not None and not {small, namespace} & {one.lower() for one in world.libraries}:
        return False
    for target in (small, namespace):
        for whom in ({"ada"}, world.groups, {"everyone"}):
            said = [rule.is_allowed for rule in world.rules if rule.target == target and rule.whom in whom]
            if said:
                return all(said)
    return not world.is_closed


@pytest.fixture
async def people(database: Database) -> dict[str, Any]:
    accounts = Accounts(database)
    return {
        name: (await accounts.add_user(address(f"{name}@example.org"), None))["id"] for name in ("ada", "bob")
    }


async def rows(connection: AsyncConnection[Any], statement: str, given: Sequence[Any] = ()) -> list[Any]:
    return await (await connection.execute(statement, given)).fetchall()


async def ruled(connection: AsyncConnection[Any], people: dict[str, Any], world: World) -> Any:
    """What PostgreSQL says that concerns ada."""
    for rule in world.rules:
        group = rule.whom if rule.whom in GROUPS else None
        await connection.execute(
            "INSERT INTO access_rules (target, user_id, group_name, is_allowed) VALUES (%s, %s, %s, %s)",
            [rule.target, people.get(rule.whom), group, rule.is_allowed],
        )
    await connection.execute("SELECT set_claimed_groups(%s, %s)", [people["ada"], list(world.groups)])
    await connection.execute("UPDATE access_posture SET is_closed = %s", [world.is_closed])
    [row] = await rows(connection, "SELECT access_of(%s) AS rules", [people["ada"]])
    return row["rules"]


BOTH_WAYS = World(
    (Written("/acme/*", "sellers", True), Written("/acme/*", "makers", False)),
    frozenset(("makers", "sellers")),
    False,
    None,
)
"""Two groups of hers say yes and no of one target: no counts."""


@example(world=BOTH_WAYS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds)
async def test_the_database_and_the_value_decide_as_the_precedence_says(
    database: Database, people: dict[str, Any], world: World
) -> None:
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        concerning = rules_of(await ruled(connection, people, world))
        access = access_of(world.libraries, concerning)
        asked = [list(LIBRARIES), encoded(access)]
        said = await rows(
            connection, "SELECT id, may_read(id, %s::jsonb) AS may FROM unnest(%s::text[]) AS id", asked[::-1]
        )
        found = {row["id"]: row["may"] for row in said}
    wanted = {library: may_read(world, library) for library in LIBRARIES}
    assert found == wanted
    assert {library: allows(access, library) for library in LIBRARIES} == wanted
    if access == EVERYTHING:
        assert all(wanted.values())
    assert (digest(access) == "") == (access == EVERYTHING)
    if world.libraries is None:  # the rule that an operator reads is the one that decides
        told = {library: deciding(concerning.rules, library) for library in LIBRARIES}
        assert {
            library: rule.is_allowed if rule else not world.is_closed for library, rule in told.items()
        } == wanted


@pytest.mark.parametrize(
    "odd", ["{}", '{"libraries": null}', '{"rules": {}, "otherwise": true}', "[]", "null"]
)
async def test_what_is_no_access_lets_nobody_read(database: Database, odd: str) -> None:
    [row] = await database.rows("SELECT may_read('/acme/lamps', %(odd)s::jsonb) AS may", {"odd": odd})
    assert not row["may"]
