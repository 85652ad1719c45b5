"""Markdown as what its reader tells apart: paragraphs, headings, fences and tables, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark").enable("table")


Kind: TypeAlias = Literal["text", "heading", "fence", "table"]


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Kind
    text: str
    """Without marks of Markdown, `code` between backticks; of a fence, its code."""
    source: str
    """As it stands in the Markdown."""
    info: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    """Of a table, the header first."""


def pieces(markdown: str) -> tuple[Piece, ...]:
    lines = markdown.split("\n")
    found: list[Piece] = []
    rows: list[list[str]] | None = None
    table = ""
    for at, token in enumerate(tokens := _MARKDOWN.parse(markdown)):
        start, end = token.map or (0, 0)
        source = "\n".join(lines[start:end])
        match token.type:
            case "fence" | "code_block":
                found.append(Piece("fence", token.content, source, token.info.strip()))
            case "html_block":
                found.append(Piece("text", token.content, source))
            case "table_open":
                rows, table = [], source
            case "tr_open" if rows is not None:
                rows.append([])
            case "table_close" if rows is not None:
                cells = tuple(map(tuple, rows))
                found.append(Piece("table", "\n".join(map(" | ".join, cells)), table, rows=cells))
                rows = None
            case "inline" if rows is not None:
                rows[-1].append(_words(token.children or ()))
            case "inline":
                kind: Kind = "heading" if tokens[at - 1].type == "heading_open" else "text"
                found.append(Piece(kind, _words(token.children or ()), source))
    return tuple(found)


def _words(children: Sequence[Token]) -> str:
    said = (
        f"`{one.content}`" if one.type == "code_inline"
        else "\n" if one.type in ("softbreak", "hardbreak")
        else one.content
        for one in children
    )  # fmt: skip
    return "".join(said)
