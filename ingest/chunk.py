"""Pure: Document -> list[Chunk], cut along its headings to what the embedding model reads at once."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from ingest.blocks import parse
from ingest.outline import Node, outline
from ingest.pieces import WHOLE_CODE, Piece, Scale, pieces_of, text_pieces
from shared.model.document import Chunk, ContentType, Document


def chunk(document: Document, count: Callable[[str], int], window: int) -> list[Chunk]:
    """The document's chunks in order; the same input gives the same chunks. Linear time.

    `count` gives the tokens of a text without special tokens, `window` how many the model reads, special
    tokens included. Breadcrumb and text of a chunk fit the window; only a code block that does not fit by
    itself stays whole, with at most a short introduction, up to `pieces.WHOLE_CODE` windows.

    Headings are the breadcrumb of what stands below them. They are text where a chunk spans small sections,
    and in an API entry, whose heading is its signature.
    """
    scale = Scale(count, window)
    nodes = outline(document, scale)
    heading = cache(lambda index: _heading(nodes[index], scale))
    drafts = (draft for node in nodes for draft in _drafts(node, heading, scale))
    return [
        _finished(draft, nodes) for draft in _joined(drafts, nodes, heading, scale) if draft.says_something
    ]


_Heading = Callable[[int], tuple[Piece, ...]]
_LANGUAGE = re.compile(r"[\w+#-]+")


@dataclass(frozen=True, slots=True)
class _Draft:
    """Pieces that become one chunk: text of the nodes `first` to `last`, all of them under `common`."""

    common: int
    first: int
    last: int
    shown: bool
    """Whether the heading of `first` is among the pieces."""
    opens: bool
    """Whether the text begins right below the heading of `common`."""
    bare: bool
    """Whether it is but a heading."""
    pieces: tuple[Piece, ...]
    weight: int

    @property
    def says_something(self) -> bool:
        return not self.bare and any(piece.plain.strip("-*_# \n") for piece in self.pieces)


def _drafts(node: Node, heading: _Heading, scale: Scale) -> Iterator[_Draft]:
    limit = _limit(node, scale)
    found = [piece for block in parse(node.lines) for piece in pieces_of(block, node.lines, limit, scale)]
    if node.is_entry:
        found = [*heading(node.index), *found]
    elif not found and node.end == node.index + 1 and node.heading:
        pieces = heading(node.index)
        yield _Draft(node.parent, node.index, node.index, True, False, True, pieces, _weight(pieces))
    for number, pieces in enumerate(_packed(found, limit, scale)):
        starts = number == 0
        yield _Draft(
            node.index,
            node.index,
            node.index,
            node.is_entry and starts,
            starts and not node.is_entry and bool(node.heading),
            False,
            pieces,
            _weight(pieces),
        )


def _joined(drafts: Iterable[_Draft], nodes: Sequence[Node], heading: _Heading, scale: Scale) -> list[_Draft]:
    """Small neighbours under one heading together, and the parts of an API entry as far as they fit."""
    small = scale.window // 8
    done: list[_Draft] = []

    def settle() -> None:
        if len(done) > 1 and done[-1].weight < small:
            both = _join(done[-2], done[-1], nodes, heading, scale)
            if both:
                done[-2:] = [both]

    for draft in drafts:
        eager = done and (done[-1].weight < small or nodes[draft.first].owner >= 0)
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
    if nodes[a.first].owner != nodes[b.first].owner:
        return None
    common = a.common
    lead: tuple[Piece, ...] = ()
    if not nodes[common].holds(b.first):
        common = nodes[common].parent
        if not a.opens or not nodes[common].holds(b.first):
            return None
        lead = heading(a.first)
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
    pieces = (*lead, *a.pieces, *headings, *b.pieces)
    raised = common != a.common
    return _Draft(common, a.first, b.last, a.shown or raised, a.opens and not raised, False, pieces, weight)


def _packed(pieces: Sequence[Piece], limit: int, scale: Scale) -> Iterator[tuple[Piece, ...]]:
    """Neighbours together, as evenly as can be; code with the prose that introduces it when both fit."""
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
    """Code with the prose before it: when both fit, and short prose also with code that is over the limit."""
    units: list[list[Piece]] = []
    for piece in pieces:
        if piece.is_code and units and not units[-1][0].is_code:
            over = piece.weight > limit
            room = WHOLE_CODE * scale.window if over else limit
            prose = _weight(units[-1])
            if prose + piece.weight <= room and (not over or prose <= scale.window // 4):
                units[-1].append(piece)
                continue
        units.append([piece])
    return units


def _finished(draft: _Draft, nodes: Sequence[Node]) -> Chunk:
    node = nodes[draft.common]
    symbol = nodes[draft.first].symbol
    content = "".join(part for piece in draft.pieces for part in (piece.gap, piece.text))
    words = "\n".join(piece.plain for piece in draft.pieces)
    holds_code = any(piece.holds_code for piece in draft.pieces)
    guide = ContentType.SNIPPET if holds_code else ContentType.GUIDE
    return Chunk(
        content=content.removeprefix(draft.pieces[0].gap),
        content_type=ContentType.API_REF if symbol else guide,
        source_url=nodes[draft.first].url,
        breadcrumb=node.path,
        token_count=sum(piece.tokens for piece in draft.pieces),
        embedded_text=f"{' > '.join(node.path)}\n{words}" if node.path else words,
        code_language=_language(draft.pieces),
        symbol=symbol,
    )


def _heading(node: Node, scale: Scale) -> tuple[Piece, ...]:
    return tuple(text_pieces(node.heading, "\n\n", _limit(node, scale), scale)) if node.heading else ()


def _limit(node: Node, scale: Scale) -> int:
    return scale.room - node.path_weight


def _weight(pieces: Iterable[Piece]) -> int:
    return sum(piece.weight for piece in pieces)


def _language(pieces: Iterable[Piece]) -> str | None:
    info = next((piece.info for piece in pieces if piece.info), "")
    named = _LANGUAGE.search(info)
    return named[0].lower() if named else None
