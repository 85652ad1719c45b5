"""Pure: Markdown -> blocks: which lines belong together, and the plain words that a model reads."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

Kind = Literal["text", "code", "table", "container"]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines `start` to `end` (exclusive) that belong together; a container's children cover all its lines."""

    kind: Kind
    start: int
    end: int
    children: tuple["Block", ...] = ()
    code: str = ""
    """The code itself, where this is a code block: no fences, no indentation of a list or a quote."""
    fence: str = ""
    info: str = ""
    """The info string of the first fence here or below."""
    holds_code: bool = False
    closed: bool = True
    """Whether every fence here and below has its end."""


def parse(lines: Sequence[str]) -> tuple[Block, ...]:
    """The blocks of some Markdown: ascending, disjoint, together all lines that are not blank. Linear."""
    tokens = _PARSER.parse("\n".join(lines) + "\n")
    return _siblings(iter(tokens), lines, 0, len(lines))


def plain(markdown: str) -> str:
    """Markdown as words: fences, emphasis, escapes, table rules, marks of quotation, targets of links dropped.

    Linear.
    """
    if not _MARKUP.search(markdown):
        return markdown
    words, opened, quoted = [], "", False
    for line in markdown.split("\n"):
        fence = _FENCE.match(line)
        if opened:
            if fence and fence[1].startswith(opened):
                opened = ""
            else:
                words.append(_QUOTED_CODE.sub("", line, count=1) if quoted else line)
        elif fence:
            opened, quoted = fence[1], line.lstrip().startswith(">")
        elif not _RULE.fullmatch(line):
            words.append(_plain_line(line))
    return "\n".join(words)


def without_fences(text: str) -> str:
    """Text that no reader takes for code: a fence at the start of a line is escaped."""
    if "```" not in text and "~~~" not in text:
        return text
    return "\n".join(_escaped(line) for line in text.split("\n"))


def _parser() -> MarkdownIt:
    """Block structure only: inline Markdown is text here, and a link definition is a paragraph."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["block"])
    parser.block.ruler.disable("reference")
    return parser


_PARSER = _parser()
_WITH_LINES_ONLY = {"paragraph_open", "heading_open", "table_open", "html_block", "hr"}
_FENCE = re.compile(r"[ \t]*(?:(?:[-*+>]|\d{1,9}[.)])[ \t]*)*(`{3,}(?=[^`]*$)|~{3,})")
_MARKUP = re.compile(r"[`*\[|\\<#~]|^\s*>", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\n]|\([^()\n]*\)){0,2000}\)")
_INLINE = re.compile(
    r"(?<!`)(?P<ticks>`{1,3})(?!`)(?P<code>[^\n]{1,400}?)(?<!`)(?P=ticks)(?!`)"
    r"|\*\*"
    r"|(?<![\w*(])\*(?P<emphasis>\w[^*\n]{0,200})\*(?!\w)"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|<(?P<address>https?://[^<>\s]{1,500})>"
)
_RULE = re.compile(r"\s*\|[|\s:-]*")
_QUOTE = re.compile(r"(?<!\s)\s*(?:> ?)+(?!=)")
_QUOTED_CODE = re.compile(r"(?<!\s)\s*> ?")
_HEADING = re.compile(r"(?<!\s)\s*#{1,6}\s+")


def _siblings(tokens: Iterator[Token], lines: Sequence[str], start: int, end: int) -> tuple[Block, ...]:
    found: list[Block] = []
    here = start
    for token in tokens:
        if token.nesting < 0:
            break
        if token.map is None:
            continue
        block = _block(token, tokens, lines)
        found.extend(_passed_over(lines, here, block.start))
        found.append(block)
        here = block.end
    found.extend(_passed_over(lines, here, end))
    return tuple(found)


def _block(token: Token, tokens: Iterator[Token], lines: Sequence[str]) -> Block:
    start, end = token.map or (0, 0)
    if token.type == "fence":
        closed = end - start == token.content.count("\n") + 2
        return Block("code", start, end, (), token.content, token.markup, token.info.strip(), True, closed)
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    if token.type == "code_block":
        return Block("code", start, end, (), token.content, _fence_around(token.content), "", True)
    if token.type in _WITH_LINES_ONLY:
        if token.nesting > 0:
            _skip(token, tokens)
        return Block("table" if token.type == "table_open" else "text", start, end)
    children = _siblings(tokens, lines, start, end)
    return Block(
        "container",
        start,
        end,
        children,
        info=next((child.info for child in children if child.info), ""),
        holds_code=any(child.holds_code for child in children),
        closed=all(child.closed for child in children),
    )


def _skip(opened: Token, tokens: Iterator[Token]) -> None:
    for token in tokens:
        if token.nesting < 0 and token.level == opened.level:
            return


def _passed_over(lines: Sequence[str], start: int, end: int) -> Iterator[Block]:
    """Lines for which the parser names no block (nested too deep, a bare list marker) are text."""
    while start < end and not lines[start].strip():
        start += 1
    while start < end and not lines[end - 1].strip():
        end -= 1
    if start < end:
        yield Block("text", start, end)


def _fence_around(code: str) -> str:
    return "`" * (max(map(len, re.findall("`{3,}", code)), default=2) + 1)


def _escaped(line: str) -> str:
    fence = _FENCE.match(line)
    return f"{line[: fence.start(1)]}\\{line[fence.start(1) :]}" if fence else line


def _plain_line(line: str) -> str:
    if line.lstrip().startswith(">"):
        line = _QUOTE.sub("", line, count=1)
    if line.lstrip().startswith("|"):
        line = line.replace("|", " ").strip()
    if "](" in line:
        line = _LINK.sub(r"\1", _LINK.sub(r"\1", line))
    return _INLINE.sub(_unmarked, _HEADING.sub("", line, count=1) if line.lstrip().startswith("#") else line)


def _unmarked(found: re.Match[str]) -> str:
    return found["code"] or found["emphasis"] or found["escaped"] or found["address"] or ""
