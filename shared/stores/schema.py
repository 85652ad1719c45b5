"""What the migrations make, as they are described beside them; what of it a database lacks; making that again."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import AsyncConnection

from shared.errors import SchemaMismatch
from shared.one_line import one_line
from shared.stores import sql
from shared.stores.postgres import Database

_SQL = sql.load("shared.stores", "schema.sql")
_ROWS = {
    "installation": "INSERT INTO installation DEFAULT VALUES",
    "catalogue_revision": "INSERT INTO catalogue_revision (value) "
    "VALUES ((extract(epoch FROM clock_timestamp()) * 1e6)::bigint)",
}
_ORDER = ("extension", "table", "column", "function", "constraint", "index", "trigger", "row")
"""What a later kind needs, an earlier one makes."""
_LOOKED_UP = "SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)"
"""Where a function that runs with its owner's rights finds what it names."""
_STATES = {None: "is missing", "disabled": "is disabled", "invalid": "is invalid"}
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Part:
    """One object of the schema. What belongs to a table is named `table.name`."""

    kind: str
    name: str
    definition: str = ""

    @property
    def table(self) -> str:
        return self.name if self.kind == "table" else self.name.partition(".")[0]

    def __str__(self) -> str:
        if self.kind in ("constraint", "index", "trigger"):
            return f"{self.kind} {self.name.partition('.')[2]} of {self.table}"
        return f"row of {self.name}" if self.kind == "row" else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Fault:
    """A part that is not there, or (`found` is its definition) is another than ours."""

    part: Part
    found: str | None = None
    reason: str = ""
    """Why it could not be made."""

    def __str__(self) -> str:
        state = _STATES.get(self.found, "differs")
        return f"{self.part} {state}" + (f" ({self.reason})" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Mended:
    made: tuple[Part, ...]
    left: tuple[Fault, ...]


def expected() -> tuple[Part, ...]:
    """Every part that the shipped migrations make."""
    text = files("migrations").joinpath("schema.json").read_text("utf-8")
    return tuple(
        Part(kind, name, definition)
        for kind, parts in json.loads(text).items()
        for name, definition in parts.items()
    )


def described(parts: Iterable[Part]) -> str:
    """The content of migrations/schema.json for these parts."""
    kinds: dict[str, dict[str, str]] = {kind: {} for kind in _ORDER}
    for part in sorted(parts, key=lambda part: part.name):
        kinds[part.kind][part.name] = part.definition
    return json.dumps(kinds, indent=1, ensure_ascii=False) + "\n"


async def parts(connection: AsyncConnection[Any]) -> tuple[Part, ...]:
    """What is in a database: ours, and whatever else its operator made."""
    found = [Part(**row) for row in await (await connection.execute(_SQL["parts"])).fetchall()]
    if {part.name for part in found if part.kind == "table"} >= _ROWS.keys():
        rows = await (await connection.execute(_SQL["rows"])).fetchone()
        found += [Part("row", name) for name, there in (rows or {}).items() if there]
    return tuple(found)


def faults(wanted: Iterable[Part], found: Iterable[Part]) -> list[Fault]:
    """What of the wanted is missing or different. Parts of a missing table are left out."""
    there = {(part.kind, part.name): part.definition for part in found}
    wanted = tuple(wanted)
    lost = {part.name for part in wanted if part.kind == "table" and ("table", part.name) not in there}
    return [
        Fault(part, there.get((part.kind, part.name)))
        for part in wanted
        if there.get((part.kind, part.name)) != part.definition
        and (part.kind == "table" or part.table not in lost)
    ]


async def check(database: Database) -> None:
    """Raise SchemaMismatch that names what the database lacks of what the migrations make."""
    async with database.connection() as connection:
        if wrong := faults(expected(), await parts(connection)):
            raise SchemaMismatch(named(wrong), "run `ingest migrate`, which mends what it can")


async def mend(connection: AsyncConnection[Any]) -> Mended:
    """Make again what is missing, where that touches no data; the caller holds the migrations' lock."""
    wanted = expected()
    before = faults(wanted, await parts(connection))
    reasons: dict[Part, str] = {}
    for fault, statement in _mending(before):
        try:
            await connection.execute(statement)
        except psycopg.Error as error:
            reasons[fault.part] = one_line(str(error))
    after = faults(wanted, await parts(connection)) if before else []
    left = tuple(Fault(fault.part, fault.found, reasons.get(fault.part, "")) for fault in after)
    still = {fault.part for fault in left}
    return Mended(tuple(fault.part for fault in before if fault.part not in still), left)


def named(wrong: Iterable[Fault]) -> str:
    """One line for a person."""
    lines = [str(fault) for fault in wrong]
    more = f", and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    return f"the database is not whole: {', '.join(lines[:_MOST_NAMED])}{more}"


def _mending(wrong: Iterable[Fault]) -> Iterator[tuple[Fault, str]]:
    """Statements in the order in which they can run. Tables and columns held data: they are only named."""
    for fault in sorted(wrong, key=_turn):
        part, found, name = fault.part, fault.found, fault.part.name.partition(".")[2]
        match part.kind:
            case "extension":
                yield fault, f"CREATE EXTENSION {part.name}"
            case "function":
                yield fault, f"{_LOOKED_UP}; {part.definition}"
            case "constraint" if found is None:
                yield fault, f"ALTER TABLE {part.table} ADD CONSTRAINT {name} {part.definition}"
            case "index" if found is None:
                yield fault, part.definition
            case "index" if found == "invalid":
                yield fault, f"DROP INDEX {name}; {part.definition}"
            case "trigger":
                yield fault, part.definition.replace("CREATE", "CREATE OR REPLACE", 1)
            case "row":
                yield fault, _ROWS[part.name]


def _turn(fault: Fault) -> tuple[int, bool]:
    """A foreign key needs the keys that it names."""
    return _ORDER.index(fault.part.kind), fault.part.definition.startswith("FOREIGN KEY")
