"""Output whose encoding lacks a sign gets a plain one in its place: no command ends for want of a line."""

import codecs
import unicodedata
from typing import TextIO

_ERRORS = "lectern-plain"
_PLAIN = {
    sign: plain
    for plain, signs in {
        "-": "▏▎▍▌‐‑‒–—―−─━┄┅┈┉╌╍═╴╶╸╺╼╾",
        "|": "│┃┆┇┊┋║╵╷╹╻",
        "+": "┌┍┎┏┐┑┒┓└┕┖┗┘┙┚┛├┝┞┟┠┡┢┣┤┥┦┧┨┩┪┫┬┭┮┯┰┱┲┳┴┵┶┷┸┹┺┻┼┽┾┿╀╁╂╃╄╅╆╇╈╉╊╋"
        "╒╓╔╕╖╗╘╙╚╛╜╝╞╟╠╡╢╣╤╥╦╧╨╩╪╫╬╭╮╯╰",
        "'": "‘’‚‛“”„′″«»‹›",
        "*": "•·●∙" + "".join(map(chr, range(0x2801, 0x2900))),
        "#": "█▉▊▋■",
        "x": "×✕✗✘",
        "/": "⁄",
        "->": "→⇒",
        "<-": "←⇐",
        "<=": "≤",
        ">=": "≥",
        "...": "…",
        "ss": "ß",
        "(c)": "©",
    }.items()
    for sign in signs
}
"""What is read as the same; braille is how progress spins."""


def write_plainly(*streams: TextIO | None) -> None:
    """Let these streams write what their encoding lacks as plain signs; `?` for what has none."""
    codecs.register_error(_ERRORS, _plain)
    for stream in streams:
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors=_ERRORS)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_in(error.encoding, sign) for sign in lacking), error.end


def _in(encoding: str, sign: str) -> str:
    """A sign in an encoding that lacks it: by the table, or without its accents."""
    parts = (
        _PLAIN.get(part, part)
        for part in unicodedata.normalize("NFKD", sign)
        if not unicodedata.combining(part)
    )
    plain = _PLAIN.get(sign) or "".join(parts)
    try:
        plain.encode(encoding)
    except UnicodeEncodeError:
        return "?"
    return plain or "?"
