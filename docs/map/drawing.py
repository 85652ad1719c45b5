"""Pure: a house as an SVG, an element a line."""

from collections import defaultdict
from collections.abc import Sequence

from arrows import needed, steps_of, upward
from places import HEIGHT, Plan, plan
from rooms import House
from shelves import Link, label, lane_of

COLOURS = ("#3f74e8", "#d9692a", "#1f9a6b", "#9a5be0", "#5f7f95")
"""One for each root package, legible on white and on black."""
TITLE = "What imports what"
STYLE = """\
svg { --ground: #fff; --ink: #1f2328; --faint: #59636e; --rule: #d1d9e0; --circle: #cf222e }
@media (prefers-color-scheme: dark) {
svg { --ground: #0d1117; --ink: #e6edf3; --faint: #9198a1; --rule: #3d444d; --circle: #ff7b72 }
}
text { font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: var(--ink); text-anchor: middle }
.title, .note { text-anchor: start }
.title { font-size: 15px; font-weight: 600 }
.note, .floor { font-size: 10px; fill: var(--faint) }
.ground { fill: var(--ground); stroke: var(--rule) }
.rule { stroke: var(--rule); stroke-width: 2 }
.lane { fill-opacity: .07 }
.head { font-size: 12px; font-weight: 700 }
.room path { fill: none; stroke-width: 1.2; stroke-opacity: .7 }
.room:hover path { stroke-width: 2.4; stroke-opacity: 1 }
.back { fill: var(--ground) }
.box { fill-opacity: 0; stroke-width: 1.2 }
.package .box { fill-opacity: .2 }
.package text { font-weight: 700 }
.key .box { fill: var(--faint); stroke: var(--faint) }
.circle .box, .room .up { stroke: var(--circle) !important }
.room .up.tip { fill: var(--circle) !important }"""


def draw(house: House) -> str:
    lanes = side_by_side(house)
    arrows = drawn(house)
    places = plan(levels_of(house), arrows, lanes)
    width, height = places.width, places.height
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>{TITLE}</title>",
        "<style>",
        STYLE,
        *(colour(lane, COLOURS[house.roots.index(lane) % len(COLOURS)]) for lane in lanes),
        "</style>",
        f'<rect class="ground" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>',
        *heading(house, len(arrows)),
        *background(places),
    ]
    links: dict[str, list[Link]] = defaultdict(list)
    for link in places.links:
        links[link.target].append(link)
    for room in sorted(house.arrows):
        lines += room_lines(house, places, room, links[room])
    return "\n".join([*lines, *legend(height, bool(house.circles)), "</svg>", ""])


def drawn(house: House) -> list[tuple[str, str]]:
    """The arrows that the others follow from, down and, in circles, up."""
    up = {arrow for circle in house.circles for arrow in upward(house.arrows, circle)}
    down = {
        room: {other for other in others if (room, other) not in up} for room, others in house.arrows.items()
    }
    return sorted({*needed(down), *up})


def levels_of(house: House) -> dict[str, tuple[int, int]]:
    steps = dict.fromkeys(house.arrows, 0)
    for circle in house.circles:
        steps |= steps_of(house.arrows, circle)
    return {room: (house.floors[room], step) for room, step in steps.items()}


def side_by_side(house: House) -> list[str]:
    """The root packages that have rooms; those that others import stand between these."""
    filled = [root for root in house.roots if any(lane_of(room) == root for room in house.arrows)]
    imported = {
        lane_of(other)
        for room, others in house.arrows.items()
        for other in others
        if lane_of(room) != lane_of(other)
    }
    doors = [root for root in filled if root not in imported]
    half = (len(doors) + 1) // 2
    return [*doors[:half], *(root for root in filled if root in imported), *doors[half:]]


def colour(lane: str, value: str) -> str:
    lines = f".{lane} path, .{lane} .box {{ stroke: {value} }}"
    return f"{lines} .{lane} .box, .{lane} .tip, .{lane}.lane, .{lane}.head {{ fill: {value} }}"


def counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def heading(house: House, shown: int) -> list[str]:
    counts = house.counts()
    said = ", ".join(counted(counts[f"{noun}s"], noun) for noun in ("room", "floor", "arrow", "circle"))
    note = f"{said}. {shown} arrows are drawn: the others follow from these."
    return [
        f'<text class="title" x="14" y="26">{TITLE}</text>',
        f'<text class="note" x="14" y="42">{note}</text>',
    ]


def background(places: Plan) -> list[str]:
    bottom = places.height - 34
    lines = []
    for lane, (left, right) in places.lanes.items():
        box = f'x="{left}" y="52" width="{right - left}" height="{bottom - 52}"'
        lines.append(f'<rect class="lane {lane}" {box} rx="8"/>')
        lines.append(f'<text class="head {lane}" x="{(left + right) // 2}" y="68">{lane}</text>')
    for floor, (top, low) in places.floors.items():
        lines.append(f'<text class="floor" x="13" y="{(top + low) // 2 + 4}">{floor}</text>')
        lines.append(f'<path class="rule" d="M24 {top}V{low}"/>')
    return lines


def room_lines(house: House, places: Plan, room: str, links: Sequence[Link]) -> list[str]:
    """A room with the ways that lead to it: pointing at it brings them out."""
    x, y, width = places.x[room], places.y[room], places.things[room].width
    kinds = ["room", lane_of(room)]
    kinds += ["package"] if room in house.packages else []
    kinds += ["circle"] if any(room in circle for circle in house.circles) else []
    imported = ", ".join(sorted(house.arrows[room])) or "no room"
    lines = [f'<g class="{" ".join(kinds)}">', f"<title>{room} imports {imported}</title>"]
    lines += [way(places, link) for link in links]
    if not all(link.up for link in links):
        lines.append(f'<path class="tip" d="M{x - 4} {y - 6}h8l-4 6z"/>')
    if any(link.up for link in links):
        lines.append(f'<path class="up tip" d="M{x - 4} {y + HEIGHT + 6}h8l-4 -6z"/>')
    box = f'x="{x - width // 2}" y="{y}" width="{width}" height="{HEIGHT}" rx="5"'
    lines += [f'<rect class="back" {box}/>', f'<rect class="box" {box}/>']
    return [*lines, f'<text x="{x}" y="{y + 15}">{label(room)}</text>', "</g>"]


def way(places: Plan, link: Link) -> str:
    x1, y1 = places.x[link.upper], places.y[link.upper]
    x2, y2 = places.x[link.lower], places.y[link.lower]
    low = y1 + HEIGHT
    bend = (y2 - low) * 6 // 10
    start = f"M{x1} {low}" if places.things[link.upper].is_room else f"M{x1} {y1}V{low}"
    end = y2 - 5 if link.lower == link.target else y2
    kind = ' class="up"' if link.up else ""
    return f'<path{kind} d="{start}C{x1} {low + bend} {x2} {end - bend} {x2} {end}"/>'


def legend(height: int, circles: bool) -> list[str]:
    """What a box stands for, on one line; a circle is explained where there is one."""
    kinds = ["module", "package", *(["circle"] if circles else [])]
    lines = []
    for at, kind in enumerate(kinds):
        x, y = 30 + 94 * at, height - 23
        box = f'x="{x}" y="{y}" width="24" height="12" rx="3"'
        lines.append(f'<g class="key {kind}"><rect class="box" {box}/></g>')
        lines.append(f'<text class="note" x="{x + 31}" y="{y + 10}">{kind}</text>')
    x = 36 + 94 * len(kinds)
    words = "An arrow leads to a room that is imported."
    words += " Red ones lead up: they close the circles." if circles else " Floor 0 imports no room."
    return [*lines, f'<text class="note" x="{x}" y="{height - 13}">{words}</text>']
