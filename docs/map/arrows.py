"""Pure: circles among arrows, floors, and which arrows follow from others."""

from collections.abc import Iterable, Mapping, Sequence, Set


def circles_of(arrows: Mapping[str, Set[str]]) -> list[tuple[str, ...]]:
    """All rooms, in groups that reach each other (Tarjan); what a group reaches comes before it."""
    groups: list[tuple[str, ...]] = []
    open_rooms: list[str] = []
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}

    def visit(room: str) -> None:
        number[room] = lowest[room] = len(number)
        open_rooms.append(room)
        for other in sorted(arrows[room]):
            if other not in number:
                visit(other)
            if other in open_rooms:
                lowest[room] = min(lowest[room], lowest[other])
        if lowest[room] == number[room]:
            first = open_rooms.index(room)
            groups.append(tuple(sorted(open_rooms[first:])))
            del open_rooms[first:]

    for room in sorted(arrows):
        if room not in number:
            visit(room)
    return groups


def floors_of(arrows: Mapping[str, Set[str]], groups: Sequence[tuple[str, ...]]) -> dict[str, int]:
    """Each room's floor, of groups as `circles_of` orders them."""
    floors: dict[str, int] = {}
    for group in groups:
        below = {other for room in group for other in arrows[room]}.difference(group)
        floors |= dict.fromkeys(group, max((floors[other] + 1 for other in below), default=0))
    return floors


def upward(arrows: Mapping[str, Set[str]], circle: Iterable[str]) -> set[tuple[str, str]]:
    """A few arrows of a circle, often the fewest, without which it would be none (Eades, Lin and Smyth)."""
    first: list[str] = []
    last: list[str] = []
    rest = set(circle)
    while rest:
        leading = {room: len(rest & arrows[room]) for room in sorted(rest)}
        arriving = {room: sum(room in arrows[other] for other in rest) for room in leading}
        if ends := [room for room in leading if not leading[room]]:
            last.insert(0, ends[0])
            rest.remove(ends[0])
        else:
            surplus = {room: leading[room] - arriving[room] for room in leading}
            starts = [room for room in leading if not arriving[room]]
            first.append(starts[0] if starts else max(surplus, key=surplus.__getitem__))
            rest.remove(first[-1])
    order = [*first, *last]
    return {
        (room, other) for at, other in enumerate(order) for room in order[at + 1 :] if other in arrows[room]
    }


def steps_of(arrows: Mapping[str, Set[str]], circle: Sequence[str]) -> dict[str, int]:
    """How high each room of a circle stands in it, so that all its arrows point down but the upward ones."""
    up = upward(arrows, circle)
    turned = {
        room: {
            other
            for other in circle
            if (other in arrows[room] and (room, other) not in up) or (other, room) in up
        }
        for room in circle
    }
    return floors_of(turned, circles_of(turned))


def needed(arrows: Mapping[str, Set[str]]) -> list[tuple[str, str]]:
    """The arrows that do not follow from others, where there is no circle; sorted."""
    reached: dict[str, set[str]] = {}
    for (room,) in circles_of(arrows):
        reached[room] = set(arrows[room]).union(*(reached[other] for other in arrows[room]))
    return [
        (room, other)
        for room in sorted(arrows)
        for other in sorted(arrows[room])
        if not any(other in reached[via] for via in arrows[room])
    ]
