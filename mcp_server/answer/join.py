"""Neighbouring pieces of a page as one text: a table that was cut is whole again. Pure."""

import re
from collections.abc import Iterable

_DELIMITERS = re.compile(r"\|(?: *:?-+:? *\|)+")


def joined(pieces: Iterable[str]) -> str:
    """The pieces in their order. The rows of a table that goes on follow each other, under one header."""
    whole = ""
    for piece in pieces:
        text = piece.strip("\n")
        rows = _further_rows(whole.rpartition("\n\n")[2], text)
        whole = f"{whole}\n{rows}" if rows else f"{whole}\n\n{text}" if whole else text
    return whole


def _further_rows(table: str, text: str) -> str:
    """What the text adds to a table; nothing where it does not begin with more of it."""
    header = table.split("\n")[:2]
    if len(header) < 2 or not _DELIMITERS.fullmatch(header[1]):
        return ""
    lines = text.split("\n")
    if lines[:2] == header:
        return "\n".join(lines[2:])
    has_header = len(lines) > 1 and _DELIMITERS.fullmatch(lines[1])
    return text if lines[0].startswith("|") and not has_header else ""
