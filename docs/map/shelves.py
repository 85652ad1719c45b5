"""Pure: which shelf each room stands on, and the points where the ways to it pass the shelves between."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isqrt

WIDTH, MARGIN = 940, 30
POINT = 2


@dataclass(frozen=True)
class Thing:
    """A room, or a point where a way to a room passes a shelf: the ways to one room come together there."""

    name: str
    lane: str
    shelf: int
    width: int

    @property
    def is_room(self) -> bool:
        return self.width != POINT


@dataclass(frozen=True)
class Link:
    """A piece of the ways to a room, from one shelf to the next."""

    upper: str
    lower: str
    target: str
    up: bool
    """Whether the way leads up: the room is at the upper end."""


Arrow = tuple[str, str]
Level = tuple[int, int]
"""A floor, and a step on it: the rooms of a circle stand on steps. Rooms with an arrow between them differ in level."""
Levels = Mapping[str, Level]
Row = tuple[Thing, ...]


def lane_of(room: str) -> str:
    return room.partition(".")[0]


def label(room: str) -> str:
    return room.partition(".")[2]


def on_shelves(
    levels: Levels, arrows: Sequence[Arrow], lanes: Sequence[str], allowed: int
) -> tuple[list[Level], dict[str, Thing]]:
    """The level of each shelf from the top, and the rooms: those of a level take as many shelves as they need."""
    widths = {room: 18 + (67 * len(label(room)) + 9) // 10 for room in levels}
    sizes = {
        lane: sum(width + 12 for room, width in widths.items() if lane_of(room) == lane) for lane in lanes
    }
    shares = {lane: isqrt(size) for lane, size in sizes.items()}
    above: dict[str, list[Level]] = defaultdict(list)
    for upper, lower in arrows:
        above[lower].append(levels[upper])
    shelves: list[Level] = []
    rooms: dict[str, Thing] = {}
    for level in sorted(set(levels.values()), reverse=True):
        most = 1
        for lane in lanes:
            here = [room for room in levels if levels[room] == level and lane_of(room) == lane]
            here.sort(key=lambda room: (min(above[room], default=level), room))
            full = sum(widths[room] + 12 for room in here)
            passing = sum(lane_of(room) == lane and levels[room] < level < max(above[room]) for room in above)
            free = allowed * shares[lane] // sum(shares.values()) - 24 - 8 * passing
            parts = -(-full // max(100, free))
            filled = 0
            for room in here:
                part = (filled + widths[room] // 2) * parts // full
                rooms[room] = Thing(room, lane, len(shelves) + part, widths[room])
                filled += widths[room] + 12
            most = max(most, parts)
        shelves += [level] * most
    return shelves, rooms


def with_points(rooms: Mapping[str, Thing], arrows: Iterable[Arrow]) -> tuple[dict[str, Thing], list[Link]]:
    """The rooms with the points between them, and all links."""
    things = dict(rooms)
    links: set[Link] = set()
    for source, target in arrows:
        up = rooms[source].shelf > rooms[target].shelf
        at, end = (rooms[target], rooms[source]) if up else (rooms[source], rooms[target])
        for shelf in range(at.shelf + 1, end.shelf):
            point = Thing(f"{target} {'up' if up else 'down'} {shelf}", rooms[target].lane, shelf, POINT)
            things[point.name] = point
            links.add(Link(at.name, point.name, target, up))
            at = point
        links.add(Link(at.name, end.name, target, up))
    return things, sorted(
        links, key=lambda link: (link.target, link.up, things[link.upper].shelf, link.upper, link.lower)
    )


def rows_of(things: Mapping[str, Thing]) -> list[Row]:
    """What stands beside each other, from the top."""
    rows: dict[tuple[int, str], list[Thing]] = defaultdict(list)
    for name in sorted(things):
        rows[things[name].shelf, things[name].lane].append(things[name])
    return [tuple(rows[key]) for key in sorted(rows)]


def between(left: Thing, right: Thing) -> int:
    """How far apart their middles must be."""
    return (left.width + right.width) // 2 + (6, 9, 12)[left.is_room + right.is_room]


def edges_of(rows: Iterable[Row], lanes: Sequence[str]) -> dict[str, tuple[int, int]]:
    needed = dict.fromkeys(lanes, 120)
    for row in rows:
        wide = sum(between(*pair) for pair in pairwise(row)) + (row[0].width + row[-1].width) // 2 + 24
        needed[row[0].lane] = max(needed[row[0].lane], wide)
    spare = max(0, WIDTH - MARGIN - 12 - 8 * (len(lanes) - 1) - sum(needed.values())) // max(1, len(lanes))
    edges: dict[str, tuple[int, int]] = {}
    left = MARGIN
    for lane in lanes:
        edges[lane] = (left, left + needed[lane] + spare)
        left += needed[lane] + spare + 8
    return edges
