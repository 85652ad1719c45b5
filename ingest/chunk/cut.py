"""Pure: Document -> list[Chunk], cut along its headings to what the embedding model reads at once."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ingest.chunk.blocks import parse
from ingest.chunk.describe import described
from ingest.chunk.outline import Node, outline
from ingest.chunk.pieces import WHOLE_CODE, Piece, Scale, heading_pieces, pieces_of
from shared.model.document import Chunk, Document


def chunk(document: Document, count: Callable[[str], int], window: int) -> list[Chunk]:
    """The document's chunks in order; the same input gives the same chunks. Linear time.

    `count` gives the tokens of a text without special tokens, `window` how many the model reads, special
    tokens included. Breadcrumb and text of a chunk fit the window; only a code block that does not fit with
    its short introduction stays whole beside it, up to `pieces.WHOLE_CODE` windows.

    Headings are the breadcrumb of what stands below them. They are text where a chunk spans small sections,
    and in an API entry, whose heading is its signature. An API entry is a chunk of its own, its sections
    included as long as all of it fits; entries that are but a signature stand together. Source listings are
    in no chunk.
    """
    document = _without_listings(document)
    scale = Scale(count, window)
    nodes = outline(document, scale)
    heading = cache(lambda index: _heading(nodes[index], scale))
    drafts = (draft for node in nodes for draft in _drafts(node, heading, scale))
    return [
        described(document, nodes, draft.common, range(draft.first, draft.last + 1), draft.pieces)
        for draft in _joined(list(drafts), nodes, heading, scale)
        if draft.says_something
    ]


def _without_listings(document: Document) -> Document:
    """The document with blank lines in place of its source listings."""
    if not document.listings:
        return document
    lines = document.markdown.split("\n")
    for start, end in document.listings:
        lines[start:end] = [""] * len(lines[start:end])
    return replace(document, markdown="\n".join(lines), listings=())


_Heading = Callable[[int], tuple[Piece, ...]]


@dataclass(frozen=True, slots=True)
class _Draft:
    """Pieces that become one chunk: text of the nodes `first` to `last`, all of them under `common`."""

    common: int
    first: int
    last: int
    pieces: tuple[Piece, ...]
    weight: int
    shown: bool = False
    """Whether the heading of `first` is among the pieces."""
    opens: bool = False
    """Whether the text begins right below the heading of `common`."""
    bare: bool = False
    """Whether it is but a heading."""
    terse: bool = False
    """Whether it is but signatures of entries of which nothing more is said."""

    @property
    def says_something(self) -> bool:
        return not self.bare and any(piece.plain.strip("-*_# \n") for piece in self.pieces)


def _drafts(node: Node, heading: _Heading, scale: Scale) -> Iterator[_Draft]:
    limit = _limit(node, scale)
    signature = heading(node.index) if node.is_entry else ()
    most = max(limit // 2, limit - _weight(signature))
    found = [piece for block in parse(node.lines) for piece in pieces_of(block, node.lines, most, scale)]
    is_all = not found and node.end == node.index + 1
    if is_all and node.heading and not node.is_entry:
        pieces = heading(node.index)
        yield _Draft(
            common=node.parent,
            first=node.index,
            last=node.index,
            pieces=pieces,
            weight=_weight(pieces),
            shown=True,
            bare=True,
        )
    for number, pieces in enumerate(_packed([*signature, *found], limit, scale)):
        starts = number == 0
        yield _Draft(
            common=node.index,
            first=node.index,
            last=node.index,
            pieces=pieces,
            weight=_weight(pieces),
            shown=starts and node.is_entry,
            opens=starts and not node.is_entry and bool(node.heading),
            terse=is_all,
        )


def _joined(drafts: Sequence[_Draft], nodes: Sequence[Node], heading: _Heading, scale: Scale) -> list[_Draft]:
    """Small neighbours under one heading together, terse entries, and all parts of an API entry that fits."""
    small = scale.window // 8
    done: list[_Draft] = []
    said: Counter[int] = Counter()
    for draft in drafts:
        said[nodes[draft.first].owner] += draft.weight

    def is_whole(owner: int) -> bool:
        return owner >= 0 and said[owner] <= _limit(nodes[owner], scale)

    def settle() -> None:
        if len(done) > 1 and done[-1].weight < small:
            both = _join(done[-2], done[-1], nodes, heading, scale)
            if both:
                done[-2:] = [both]

    for draft in drafts:
        eager = done and (done[-1].weight < small or draft.terse or is_whole(nodes[draft.first].owner))
        both = _join(done[-1], draft, nodes, heading, scale) if eager else None
        if both:
            done[-1] = both
        else:
            settle()
            done.append(draft)
    settle()
    return done


def _join(a: _Draft, b: _Draft, nodes: Sequence[Node], heading: _Heading, scale: Scale) -> _Draft | None:
    """Both in one, with the headings that stand between; None where they belong apart or do not fit."""
    terse = a.terse and b.terse and nodes[a.first].parent == nodes[b.first].parent
    if nodes[a.first].owner != nodes[b.first].owner and not terse:
        return None
    common = a.common
    lead: tuple[Piece, ...] = ()
    if not nodes[common].holds(b.first):
        common = nodes[common].parent
        if not (a.opens or terse) or not nodes[common].holds(b.first):
            return None
        lead = () if a.shown else heading(a.first)
    between = [] if b.shown else [b.first]
    above = nodes[b.first].parent
    while above > max(a.last, common):
        between.append(above)
        above = nodes[above].parent
    if b.first == a.last:
        between = []
    headings = tuple(piece for index in reversed(between) for piece in heading(index))
    weight = a.weight + b.weight + _weight(lead) + _weight(headings)
    if weight > _limit(nodes[common], scale):
        return None
    raised = common != a.common
    return _Draft(
        common=common,
        first=a.first,
        last=b.last,
        pieces=(*lead, *a.pieces, *headings, *b.pieces),
        weight=weight,
        shown=a.shown or raised,
        opens=a.opens and not raised,
        terse=terse,
    )


def _packed(pieces: Sequence[Piece], limit: int, scale: Scale) -> Iterator[tuple[Piece, ...]]:
    """Neighbours together, as evenly as can be, and what is introduced with what introduces it."""
    units = _introduced(pieces, limit, scale)
    weights = [_weight(unit) for unit in units]
    total = sum(weight for weight in weights if weight <= limit)
    fair = total / max(1, -(-total // limit))
    held: list[Piece] = []
    held_weight = 0
    for unit, weight in zip(units, weights, strict=True):
        full = held_weight + weight > limit or held_weight + weight - fair > fair - held_weight
        if held and full:
            yield tuple(held)
            held, held_weight = [], 0
        held.extend(unit)
        held_weight += weight
    if held:
        yield tuple(held)


def _introduced(pieces: Sequence[Piece], limit: int, scale: Scale) -> list[list[Piece]]:
    """Code with the prose or the code before it, and a description with its signature, when both fit.

    A short introduction stays also with code with which it does not fit.
    """
    units: list[list[Piece]] = []
    for piece in pieces:
        if units and (piece.is_code or units[-1][-1].is_heading):
            before = _weight(units[-1])
            whole = before + piece.weight
            short = before <= scale.window // 4 and not any(one.holds_code for one in units[-1])
            if whole <= limit or (piece.is_code and short and whole <= WHOLE_CODE * scale.window):
                units[-1].append(piece)
                continue
        units.append([piece])
    return units


def _heading(node: Node, scale: Scale) -> tuple[Piece, ...]:
    return tuple(heading_pieces(node.heading, _limit(node, scale), scale)) if node.heading else ()


def _limit(node: Node, scale: Scale) -> int:
    return scale.text_window - node.path_weight


def _weight(pieces: Iterable[Piece]) -> int:
    return sum(piece.weight for piece in pieces)
