"""Pure: pieces of a document that stand together -> a chunk: its type, symbol, title, description, language."""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from ingest.chunk.blocks import plain
from ingest.chunk.outline import Node
from ingest.chunk.pieces import Piece
from shared.model.document import Chunk, ContentType, Document
from shared.one_line import one_line

MOST_DESCRIPTION = 300
"""Characters: what introduces code is a sentence or two."""


def described(
    document: Document, nodes: Sequence[Node], common: int, held: range, pieces: Sequence[Piece]
) -> Chunk:
    """The chunk of some pieces: text of the nodes `held`, all of them under the node `common`.

    A section of an API entry that stands by itself is a guide or a snippet of that entry.
    """
    first, path = nodes[held[0]], nodes[common].path
    content = "".join(part for piece in pieces for part in (piece.gap, piece.text))
    words = "\n".join(piece.plain for piece in pieces)
    content_type = (
        ContentType.API_REF
        if first.is_entry
        else ContentType.SNIPPET
        if any(piece.holds_code for piece in pieces)
        else ContentType.GUIDE
    )
    is_snippet = content_type is ContentType.SNIPPET
    symbols = tuple(nodes[index].symbol or "" for index in held if nodes[index].is_entry)
    return Chunk(
        content=content.removeprefix(pieces[0].gap),
        content_type=content_type,
        source_url=first.url,
        breadcrumb=path,
        token_count=sum(piece.tokens for piece in pieces),
        embedded_text=f"{' > '.join(path)}\n{words}" if path else words,
        code_language=_language(pieces),
        symbol=first.symbol,
        symbols=symbols if len(symbols) > 1 else (),
        title=_title(pieces, path) if is_snippet else None,
        description=_description(pieces) if is_snippet else None,
        page_title=one_line(document.title),
        generator=document.generator,
        post=document.post,
    )


_LANGUAGE = re.compile(r"[\w+#-]+")
_MARKER = re.compile(r"\A\s*(?:[-*+]|\d{1,9}[.)])\s+")
_SENTENCE_END = re.compile(r"[.!?:。！？](?=\s|$)")
_FENCED = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:`{3}|~{3})", re.MULTILINE)


def _title(pieces: Sequence[Piece], path: Sequence[str]) -> str | None:
    """The last heading before the first code."""
    above = [piece for piece in takewhile(lambda one: not one.holds_code, pieces) if piece.is_heading]
    return (above[-1].plain if above else path[-1] if path else "") or None


def _description(pieces: Sequence[Piece]) -> str | None:
    """The prose right before the first code, else in its list item, else right after it."""
    at = next(number for number, piece in enumerate(pieces) if piece.holds_code)
    before = pieces[at - 1] if at and not pieces[at - 1].is_heading else None
    within = "" if pieces[at].is_code else plain(_FENCED.split(pieces[at].text, 1)[0])
    after = next((piece for piece in pieces[at + 1 : at + 2] if not piece.holds_code), None)
    said = within or (before.plain if before else "") or (after.plain if after else "")
    return _short(one_line(_MARKER.sub("", said))) or None


def _short(text: str) -> str:
    """The last sentences of a text, those next to the code, as many as are short enough."""
    if len(text) <= MOST_DESCRIPTION:
        return text
    start = len(text) - MOST_DESCRIPTION
    end = _SENTENCE_END.search(text, start, len(text) - 1)
    return text[end.end() if end else text.find(" ", start) + 1 or start :].strip()


def _language(pieces: Iterable[Piece]) -> str | None:
    info = next((piece.info for piece in pieces if piece.info), "")
    named = _LANGUAGE.search(info)
    return named[0].lower() if named else None
