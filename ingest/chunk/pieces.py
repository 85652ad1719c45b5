"""Pure: blocks -> pieces: text that is not cut again, each with its cost, none over a limit but code."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ingest.chunk.blocks import Block, plain, without_fences

WHOLE_CODE = 4
"""Windows up to which a code block is never cut. Nor does a link's target make any chunk larger."""
LISTING = 32
"""Windows, at four letters a token, over which code is data, not an example: cut in parts of WHOLE_CODE windows."""


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    """Markdown, fences closed, without blank lines around it."""
    plain: str
    tokens: int
    """The cost of `text`."""
    weight: int
    """The cost of `plain`."""
    gap: str
    """What stands between this piece and the one before it, where both are in one chunk."""
    holds_code: bool = False
    is_code: bool = False
    is_heading: bool = False
    info: str = ""


@dataclass(frozen=True)
class Scale:
    """Weighs text in tokens, for a model that reads `window` of them, two of which mark start and end."""

    count: Callable[[str], int]
    window: int

    @property
    def text_window(self) -> int:
        return self.window - 2

    @cached_property
    def seam(self) -> int:
        """Tokens that joining two lines adds: none for word pieces, one for most other tokenizers."""
        return max(0, self.count("a\na") - 2 * self.count("a"))

    def weigh(self, text: str) -> int:
        """Tokens, a seam included. Text too long for any chunk is estimated, well over every limit.

        Some tokenizers take a word of over a hundred letters for one unknown token; it is charged by length.
        """
        if len(text) > _LETTERS_A_WINDOW * self.window:
            return len(text) // 4
        return self.count(text) + self.seam + sum(len(word) // 4 for word in _HUGE_WORD.findall(text))


def pieces_of(block: Block, lines: Sequence[str], limit: int, scale: Scale) -> Iterator[Piece]:
    """The block as pieces of at most `limit` tokens, in order; code is whole up to WHOLE_CODE windows.

    A list is cut at items, a table at rows (its header repeated if it is short), text at sentences, then
    lines, words, characters; code at blank lines, then lines, then characters, each part fenced again.
    """
    gap = "\n" if block.start and lines[block.start - 1].strip() else "\n\n"
    if block.kind == "code":
        yield from _code(block, gap, limit, scale)
        return
    text = _slice(lines, block)
    if block.closed:
        piece = _piece(text, gap, scale, block)
        if piece.weight <= limit:
            yield piece
            return
    if block.children:
        for child in block.children:
            yield from pieces_of(child, lines, limit, scale)
    elif block.kind == "table":
        rows = text.split("\n")
        header = 2 if scale.weigh(plain("\n".join(rows[:2]))) <= limit // 3 else 0
        yield from _table(tuple(rows[:header]), rows[header:], gap, limit, scale)
    else:
        yield from text_pieces(text, gap, limit, scale)


def text_pieces(text: str, gap: str, limit: int, scale: Scale) -> Iterator[Piece]:
    """Text as pieces of at most `limit` tokens, evenly cut."""
    piece = _piece(without_fences(text), gap, scale)
    if piece.weight <= limit or len(text) < 2:
        yield piece
        return
    for part in _parts(text, _shares(piece.weight, limit), _TEXT_PLACES):
        words = part.strip()
        if words:
            yield from text_pieces(words, gap, limit, scale)
            gap = "\n" if part.endswith("\n") else " " if part[-1].isspace() else ""


def heading_pieces(heading: str, limit: int, scale: Scale) -> Iterator[Piece]:
    """A line that is a heading, as pieces of at most `limit` tokens."""
    for piece in text_pieces(heading, "\n\n", limit, scale):
        yield replace(piece, is_heading=True)


_LETTERS_A_WINDOW = 64
_HEADING = re.compile("#{1,6} .+")
_HUGE_WORD = re.compile(r"[^\W_]{101,}")
_SENTENCE = re.compile(r"[.!?:;][\"')\]*`]{0,9}\s+(?=[^\sa-z])|[。！？；]\s*")
_TEXT_PLACES = (_SENTENCE, re.compile(r"\n+"), re.compile(r"\s+"))
_CODE_PLACES = (re.compile(r"\n\s*\n"), re.compile(r"\n"))


def _piece(text: str, gap: str, scale: Scale, block: Block | None = None) -> Piece:
    words = plain(text)
    weight = scale.weigh(words)
    tokens = weight if words == text else scale.weigh(text)
    weight = max(weight, tokens // WHOLE_CODE)
    holds_code = block is not None and block.holds_code
    is_heading = block is not None and block.kind == "text" and _HEADING.fullmatch(text) is not None
    info = block.info if block else ""
    return Piece(text, words, tokens, weight, gap, holds_code, is_heading=is_heading, info=info)


def _code(block: Block, gap: str, limit: int, scale: Scale) -> Iterator[Piece]:
    fences = scale.weigh(f"{block.fence}{block.info}\n{block.fence}")
    code = block.code.strip("\n").rstrip()
    whole = max(limit, WHOLE_CODE * scale.window)
    part = whole if len(code) > LISTING * 4 * scale.window else limit

    def cut(code: str, gap: str, highest: int) -> Iterator[Piece]:
        weight = scale.weigh(code)
        if weight <= highest or len(code) < 2:
            text = f"{block.fence}{block.info}\n{code}\n{block.fence}"
            yield Piece(text, code, weight + fences, weight, gap, True, True, info=block.info)
            return
        for rest in _parts(code, _shares(weight, part), _CODE_PLACES):
            lines = rest.strip("\n").rstrip()
            if lines:
                yield from cut(lines, gap, part)
                gap = "\n\n"

    yield from cut(code, gap, whole)


def _table(
    header: tuple[str, ...], rows: Sequence[str], gap: str, limit: int, scale: Scale
) -> Iterator[Piece]:
    text = "\n".join((*header, *rows))
    piece = _piece(text, gap, scale)
    if piece.weight <= limit:
        yield piece
    elif len(rows) < 2:
        yield from text_pieces(text, gap, limit, scale)
    else:
        size = -(-len(rows) // min(len(rows), _shares(piece.weight, limit)))
        for start in range(0, len(rows), size):
            yield from _table(header, rows[start : start + size], gap, limit, scale)
            gap = "\n\n"


def _shares(weight: int, limit: int) -> int:
    """In how many parts to cut so that most fit at once."""
    return max(2, -(-weight * 10 // (limit * 9)))


def _parts(text: str, shares: int, places: Sequence[re.Pattern[str]]) -> Iterator[str]:
    """The text in about equal parts, each cut after the best kind of place near its fair end."""
    shares = min(shares, len(text))
    share = len(text) / shares
    start = 0
    for number in range(1, shares):
        fair = int(number * share)
        end = _place(text, max(start + 1, int(fair - share / 2)), fair, int(fair + share / 2), places)
        yield text[start:end]
        start = end
    yield text[start:]


def _place(text: str, low: int, fair: int, high: int, places: Sequence[re.Pattern[str]]) -> int:
    near = text[low:high]
    for place in places:
        ends = [low + found.end() for found in place.finditer(near)]
        if ends:
            return min(ends, key=lambda end: abs(end - fair))
    return fair


def _slice(lines: Sequence[str], block: Block) -> str:
    """The block's lines without the indentation that they share."""
    held = lines[block.start : block.end]
    if held[0][:1] == " ":
        indent = min(len(line) - len(line.lstrip(" ")) for line in held if line.strip())
        held = [line[indent:] for line in held]
    return "\n".join(line.rstrip() for line in held)
