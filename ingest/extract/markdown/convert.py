"""A cleaned region to Markdown: html-to-markdown for the prose, our own hand for headings and code."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from html_to_markdown import ConversionOptions, PreprocessingOptions, convert
from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.code.block import fence
from ingest.extract.tree.elements import unwrap
from ingest.extract.tree.placeholders import LISTED, MARK, PAUSE, Block, Code
from shared.model.document import Section
from shared.one_line import one_line

_DEEPEST = 400
"""Elements within elements; the converter gives up at about 1,000."""
_RULE = "---"
"""It parts nothing at the head or the foot of a page."""
_PREFIX = re.compile(r"(?:\s|>|[-*+](?=\s)|\d+[.)](?=\s))*")
_HTML_START = re.compile(r"<(?=[A-Za-z/!?])(?!https?://|mailto:)")


@dataclass(frozen=True, slots=True)
class Converted:
    markdown: str
    sections: tuple[Section, ...]
    """Where each heading stands."""
    listings: tuple[tuple[int, int], ...]
    """The lines of source listings, from and to."""


def to_markdown(region: Element, blocks: Sequence[Block], base: str) -> Converted:
    """The region as Markdown. `base` makes relative links absolute."""
    _flatten(region)
    source = etree.tostring(region, encoding="unicode", method="html", with_tail=False)
    prose = convert(one_line(source), _options(base)).content or ""
    lines: list[str] = []
    sections: list[Section] = []
    listings: list[tuple[int, int]] = []
    for line in prose.split("\n"):
        for piece in _pieces(line):
            found = MARK.fullmatch(piece.lstrip(" \t>-*+0123456789.)").rstrip())
            if found is None:
                at = len(lines)
                _add_prose(lines, piece.replace(LISTED, ""))
                if LISTED in piece:
                    listings.append((at, len(lines)))
                continue
            block = blocks[int(found[1])]
            prefix = piece[: piece.index("\ufdd0")]
            if isinstance(block, Code):
                at = _add_code(lines, block, prefix)
                if block.listed:
                    listings.append((at, len(lines)))
            else:
                _separate(lines)
                if block.opens:
                    sections.append(Section(block.text, block.level, block.anchor, len(lines), block.symbol))
                lines.extend(("#" * block.level + " " + block.markdown, ""))
    while lines and lines[-1].strip() in ("", _RULE):
        lines.pop()
    return Converted("\n".join(lines) + "\n" if lines else "", tuple(sections), _joined(listings, lines))


def _options(base: str) -> ConversionOptions:
    return ConversionOptions(
        heading_style="atx",
        bullets="-",
        base_url=base,
        compact_tables=True,
        extract_metadata=False,
        highlight_style="none",
        hidden_content="all",
        expand_abbreviations=False,
        include_blockquote_citations=False,
        preprocessing=PreprocessingOptions(enabled=False),
    )


def _pieces(line: str) -> list[str]:
    """One mark a line: the converter joins paragraphs where it takes them for inline text."""
    if "\ufdd0" not in line:
        return [line]
    prefix = _PREFIX.match(line)
    lead = prefix[0] if prefix else ""
    rest = line[len(lead) :]
    parts = [part for part in re.split("(\ufdd0[0-9]+\ufdd1)", rest) if part.strip()]
    blank = re.sub(r"[^>\s]", " ", lead)
    return [(lead if at == 0 else blank) + part.strip() for at, part in enumerate(parts)]


def _add_prose(lines: list[str], line: str) -> None:
    line = line.replace(PAUSE, "")
    if line == _RULE and not lines:
        return
    if not line.strip(" >"):
        if lines and lines[-1].strip(" >"):
            lines.append(line.rstrip())
        return
    lead = _PREFIX.match(line)
    at = lead.end() if lead else 0
    lines.append(
        line[:at] + _HTML_START.sub(r"\\<", line[at:], count=1) if line.startswith("<", at) else line
    )


def _add_code(lines: list[str], block: Code, prefix: str) -> int:
    """Fenced, each line under the first one's indentation. The line of the first fence."""
    below = re.sub(r"[^>\s]", " ", prefix)
    first, *rest = fence(block.text, block.language)
    if not prefix.strip(" >"):
        _separate(lines, below)
    at = len(lines)
    lines.append(prefix + first)
    lines.extend((below + line).rstrip() if not line else below + line for line in rest)
    lines.append(below.rstrip())
    return at


def _joined(spans: Sequence[tuple[int, int]], lines: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Spans of lines with nothing between them as one; none goes beyond the last line."""
    found: list[tuple[int, int]] = []
    for start, end in spans:
        follows = found and not any(line.strip(" >") for line in lines[found[-1][1] : start])
        found.append((found.pop()[0] if follows else start, min(end, len(lines))))
    return tuple(found)


def _separate(lines: list[str], prefix: str = "") -> None:
    if lines and lines[-1].strip(" >"):
        lines.append(prefix.rstrip())


def _flatten(region: Element) -> None:
    """Take out wrappers that stand too deep to be converted."""
    depth = 0
    deep: list[Element] = []
    for event, element in etree.iterwalk(region, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if (
            event == "start"
            and depth > _DEEPEST
            and element.tag in ("div", "span", "font", "center", "section", "b", "i", "em", "strong", "a")
        ):
            deep.append(element)
    for element in reversed(deep):
        unwrap(element)
