"""The rooms of a checkout and the arrows between them, read from its imports; no code of it is run."""

import ast
import tomllib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from arrows import circles_of, floors_of


@dataclass(frozen=True)
class House:
    """What the map shows.

    A room is a package (a folder of modules) inside a root package, at any depth (`ingest.crawl`,
    `shared.stores.vectors`), or a module that stands at the top of one (`mcp_server.gate`). Every other module is a
    part of the package it stands in. The root packages are those that import-linter is told of in `pyproject.toml`;
    they hold rooms and are none.

    An arrow leads from a room to another one that it imports, however often and wherever its imports stand.
    A circle is two or more rooms that all reach each other (a strongly connected component).
    A floor is the rooms with equally many rooms below them on the longest way down; a circle counts as one room.
    """

    roots: tuple[str, ...]
    arrows: Mapping[str, frozenset[str]]
    """Each room, and the rooms it imports."""
    packages: frozenset[str]
    """The rooms that are packages."""
    circles: tuple[tuple[str, ...], ...]
    floors: Mapping[str, int]
    """Each room's floor. 0 is the ground: rooms that import no room."""

    def counts(self) -> dict[str, int]:
        return {
            "rooms": len(self.arrows),
            "floors": len(set(self.floors.values())),
            "arrows": sum(map(len, self.arrows.values())),
            "circles": len(self.circles),
        }


def read(checkout: Path) -> House:
    """The house of a checkout. Raises KeyError or OSError where there is none that import-linter is told of."""
    settings = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    named = settings["tool"]["importlinter"]["root_packages"]
    roots = tuple(root for root in named if (checkout / root).is_dir())
    files = {file.relative_to(checkout): file for root in roots for file in (checkout / root).rglob("*.py")}
    packages = {".".join(path.parts[:depth]) for path in files for depth in range(2, len(path.parts))}
    modules = {module_of(path) for path in files}
    rooms = packages | {module for module in modules if module.count(".") == 1}
    found: dict[str, set[str]] = {room: set() for room in sorted(rooms)}
    for path, file in files.items():
        here = room_of(module_of(path), rooms)
        there = {room_of(name, rooms) for name in imported(ast.parse(file.read_bytes()), path.parent.parts)}
        if here:
            found[here] |= there - {here, ""}
    arrows = {room: frozenset(others) for room, others in found.items()}
    groups = circles_of(arrows)
    circles = tuple(sorted(group for group in groups if len(group) > 1))
    return House(roots, arrows, frozenset(packages), circles, floors_of(arrows, groups))


def module_of(path: Path) -> str:
    parts = path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts
    return ".".join(parts)


def imported(tree: ast.AST, package: Sequence[str]) -> Iterator[str]:
    """The whole names of all that a module of the package imports: of modules, and of what it takes from them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            base = [*above, node.module] if node.module else above
            yield from (".".join([*base, alias.name]) for alias in node.names)


def room_of(name: str, rooms: Container[str]) -> str:
    """The room that a module or a thing in it stands in; empty for what is outside, and for a root package."""
    while name and name not in rooms:
        name = name.rpartition(".")[0]
    return name
