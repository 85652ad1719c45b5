"""Pure: the blocks at the head and the foot of a document, where banners stand, and a document without some of them."""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.model.document import Document
from shared.one_line import one_line

_HEAD = 6
"""Blocks from the top, and"""
_FOOT = 4
"""blocks from the end, in which a banner may stand."""
_SHORTEST = 20
"""Characters of a banner: what is shorter is a label, such as "Parameters"."""
_WORDS = 4
_FENCE = re.compile(r"^[ >]*(`{3,}|~{3,})")
_HEADING = re.compile(r"^(#{1,6}) ")
_TARGET = re.compile(r"(?<=\])\([^()\s]*\)")
_MARKS = re.compile(r"[\[\]>*_`#|!]+")


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    """The first line behind it."""
    level: int = 0
    """Of a heading."""
    code: bool = False


def edge_texts(markdown: str) -> Mapping[bytes, str]:
    """What stands at the edges of a page and may be a banner, by a digest: sentences, wherever their links lead.

    Of what introduces something ("Install it:") or stands right before code, nothing is a banner.
    """
    lines = markdown.split("\n")
    return {digest_of(text): text for _, text in _edges(_blocks(lines), lines)}


def digest_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def without_texts(document: Document, banners: Collection[bytes]) -> Document:
    """The document without those of its edges, and without headings under which they stood alone.

    The same value where nothing of them is in it, or nothing else is.
    """
    lines = document.markdown.split("\n")
    blocks = _blocks(lines)
    doomed = {block for block, text in _edges(blocks, lines) if digest_of(text) in banners}
    doomed |= set(_emptied(blocks, doomed))
    if not doomed or all(block in doomed or block.level for block in blocks):
        return document
    gone = {at for block in doomed for at in range(block.start, block.end)}
    gone |= {block.end for block in doomed if block.end < len(lines) - 1 and not lines[block.end].strip()}
    place = [0]
    for at in range(len(lines)):
        place.append(place[-1] + (at not in gone))
    kept = [line for at, line in enumerate(lines) if at not in gone]
    return replace(
        document,
        markdown="\n".join(kept).strip("\n") + "\n",
        sections=tuple(
            replace(one, line=place[one.line]) for one in document.sections if one.line not in gone
        ),
        listings=tuple((place[start], place[end]) for start, end in document.listings),
    )


def _blocks(lines: Sequence[str]) -> list[_Block]:
    """Runs of lines without an empty one between them; code, and a heading, are blocks of their own."""
    blocks: list[_Block] = []
    begun, fence, fenced = -1, "", False
    for at, line in enumerate([*lines, ""]):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" >`~"):
                fence = ""
            continue
        if mark:
            begun, fence, fenced = (at if begun < 0 else begun), mark[1], True
        elif not line.strip():
            if begun >= 0:
                heading = _HEADING.match(lines[begun]) if at - begun == 1 else None
                blocks.append(_Block(begun, at, len(heading[1]) if heading else 0, fenced))
            begun, fenced = -1, False
        elif begun < 0:
            begun = at
    if begun >= 0:
        blocks.append(_Block(begun, len(lines), code=fenced))
    return blocks


def _edges(blocks: Sequence[_Block], lines: Sequence[str]) -> Iterator[tuple[_Block, str]]:
    for at, block in enumerate(blocks):
        if _HEAD <= at < len(blocks) - _FOOT or block.level or block.code:
            continue
        text = one_line(_MARKS.sub(" ", _TARGET.sub("", "\n".join(lines[block.start : block.end]))))
        introduces = text.endswith(":") or (at + 1 < len(blocks) and blocks[at + 1].code)
        if len(text) >= _SHORTEST and len(text.split()) >= _WORDS and not introduces:
            yield block, text


def _emptied(blocks: Sequence[_Block], doomed: Collection[_Block]) -> Iterator[_Block]:
    """Headings, but for titles, under which nothing else stands."""
    for at, block in enumerate(blocks):
        if block.level < 2:
            continue
        behind = next((n for n in range(at + 1, len(blocks)) if blocks[n].level), len(blocks))
        below = blocks[at + 1 : behind]
        deeper = behind < len(blocks) and blocks[behind].level > block.level
        if below and not deeper and all(one in doomed for one in below):
            yield block
