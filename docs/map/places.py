"""Pure: where everything stands in the picture. Whole numbers: the same on every Python."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from shelves import (
    WIDTH,
    Arrow,
    Levels,
    Link,
    Row,
    Thing,
    between,
    edges_of,
    on_shelves,
    rows_of,
    with_points,
)

HEAD, HEIGHT = 78, 22
SWEEPS = 30


@dataclass(frozen=True)
class Plan:
    """All in pixels. `x` is the middle of a thing, `y` its upper edge."""

    width: int
    height: int
    lanes: Mapping[str, tuple[int, int]]
    """Each root package with rooms: its left and right edge."""
    floors: Mapping[int, tuple[int, int]]
    """Each floor: its upper and lower edge."""
    things: Mapping[str, Thing]
    x: Mapping[str, int]
    y: Mapping[str, int]
    links: Sequence[Link]


def plan(levels: Levels, arrows: Sequence[Arrow], lanes: Sequence[str]) -> Plan:
    """Lanes side by side, floors on shelves, and ways between the rooms that they pass."""
    for allowed in range(WIDTH, WIDTH // 3, -20):  # the points make it wider than what the rooms are given
        shelves, rooms = on_shelves(levels, arrows, lanes, allowed)
        things, links = with_points(rooms, arrows)
        rows = rows_of(things)
        edges = edges_of(rows, lanes)
        width = max((right for _, right in edges.values()), default=WIDTH) + 12
        if width <= WIDTH:
            break
    x = arrange(rows, links, edges)
    tops = tops_of(things, links, x, len(shelves))
    bottoms = {floor: tops[shelf] + HEIGHT for shelf, (floor, _) in enumerate(shelves)}
    firsts = {floor: tops[shelf] for shelf, (floor, _) in reversed(list(enumerate(shelves)))}
    return Plan(
        width=width,
        height=max(tops, default=HEAD) + HEIGHT + 48,
        lanes=edges,
        floors={floor: (firsts[floor], bottom) for floor, bottom in bottoms.items()},
        things=things,
        x=x,
        y={name: tops[thing.shelf] for name, thing in things.items()},
        links=links,
    )


def arrange(
    rows: Sequence[Row], links: Sequence[Link], edges: Mapping[str, tuple[int, int]]
) -> dict[str, int]:
    """First the order in which the fewest ways cross, then everything as straight above what it leads to as can be."""
    pulls = pulls_of(rows, links)
    x: dict[str, int] = {}
    for row in rows:
        x |= stand(row, dict.fromkeys((thing.name for thing in row), sum(edges[row[0].lane]) // 2), edges)
    best, fewest = (tuple(rows), x), len(links) ** 2
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        ordered = list(rows)
        for at in range(len(rows)) if down else reversed(range(len(rows))):
            wishes = {
                thing.name: middle(x, thing.name, pulls, (3, sweep > 3) if down else (sweep > 3, 3))
                for thing in rows[at]
            }
            ordered[at] = tuple(sorted(rows[at], key=lambda thing: (wishes[thing.name], thing.name)))
            x = x | stand(ordered[at], wishes, edges)
        crossed = crossings(links, x, rows)
        if crossed < fewest:
            best, fewest = (tuple(ordered), x), crossed
        rows = ordered
    rows, x = best
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 else reversed(rows):
            x = x | stand(row, {thing.name: middle(x, thing.name, pulls, (1, 1)) for thing in row}, edges)
    return x


Pulls = Mapping[str, tuple[Sequence[tuple[str, int]], Sequence[tuple[str, int]]]]
"""What each thing is linked with, above and below, and how strongly."""


def pulls_of(rows: Iterable[Row], links: Iterable[Link]) -> Pulls:
    things = {thing.name: thing for row in rows for thing in row}
    pulls: dict[str, tuple[list[tuple[str, int]], list[tuple[str, int]]]] = {
        name: ([], []) for name in things
    }
    for link in links:
        pull = (8, 2, 1)[things[link.upper].is_room + things[link.lower].is_room]
        pulls[link.lower][0].append((link.upper, pull))
        pulls[link.upper][1].append((link.lower, pull))
    return pulls


def middle(x: Mapping[str, int], name: str, pulls: Pulls, strengths: tuple[int, int]) -> int:
    """Where what it is linked with pulls it; where it stands if nothing does."""
    both = zip(pulls[name], strengths, strict=True)
    pulled = [(x[other], pull * strength) for side, strength in both for other, pull in side]
    weight = sum(pull for _, pull in pulled)
    return (sum(at * pull for at, pull in pulled) + weight // 2) // weight if weight else x[name]


def crossings(links: Iterable[Link], x: Mapping[str, int], rows: Iterable[Row]) -> int:
    shelf = {thing.name: thing.shelf for row in rows for thing in row}
    gaps: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for link in links:
        gaps[shelf[link.upper]].append((x[link.upper], x[link.lower]))
    pairs = (pair for gap in gaps.values() for pair in combinations(sorted(gap), 2))
    return sum(one[0] < other[0] and one[1] > other[1] for one, other in pairs)


def stand(row: Row, wishes: Mapping[str, int], edges: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Each as near to its wish as the others let it, in their order: those that push each other stand in a block."""
    offsets = [0]
    for pair in pairwise(row):
        offsets.append(offsets[-1] + between(*pair))
    blocks: list[tuple[int, int]] = []
    for thing, offset in zip(row, offsets, strict=True):
        total, many = wishes[thing.name] - offset, 1
        while blocks and blocks[-1][0] * many > total * blocks[-1][1]:
            total, many = total + blocks[-1][0], many + blocks[-1][1]
            blocks.pop()
        blocks.append((total, many))
    left, right = edges[row[0].lane]
    lowest = left + 12 + row[0].width // 2
    highest = right - 12 - row[-1].width // 2 - offsets[-1]
    starts = [total // many for total, many in blocks for _ in range(many)]
    return {
        thing.name: max(lowest, min(start, highest)) + offset
        for thing, start, offset in zip(row, starts, offsets, strict=True)
    }


def tops_of(
    things: Mapping[str, Thing], links: Iterable[Link], x: Mapping[str, int], shelves: int
) -> list[int]:
    """The upper edge of each shelf. The further links go to the side, the more height they have."""
    aside = [0] * shelves
    for link in links:
        aside[things[link.upper].shelf] += min(abs(x[link.upper] - x[link.lower]), 300)
    tops: list[int] = []
    top = HEAD
    for way in aside:
        tops.append(top)
        top += HEIGHT + 20 + min(way // 60, 44)
    return tops
