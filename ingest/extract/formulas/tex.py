"""The TeX of a formula in one line, without what delimits it."""

import re

from shared.one_line import one_line

_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_DELIMITED = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"\\\((.*)\\\)",
        r"\\\[(.*)\\\]",
        r"\$\$(.*)\$\$",
        r"\\\$(.*)\\\$",
        r"\$(.*)\$",
    )
)
_STYLED = re.compile(r"\\(?:displaystyle|textstyle)(?![a-zA-Z])\s*")
_WRITTEN = re.compile(r"\\[a-zA-Z,;!{}|\\]|[\^_{}]")


def one_line_tex(source: str) -> str:
    """TeX without comments, delimiters and the style of the whole: `{\\displaystyle x}` is `x`."""
    text = one_line(_COMMENT.sub("", source)).strip()
    for pattern in _DELIMITED:
        if found := pattern.fullmatch(text):
            text = found[1].strip()
            break
    if text.startswith("{") and _STYLED.match(text, 1) and _closes(text) == len(text) - 1:
        text = text[1:-1]
    styled = _STYLED.match(text)
    return (text[styled.end() :] if styled else text).strip()


def is_delimited(text: str) -> bool:
    """Whether a text is one formula as MathJax and KaTeX find it in a page."""
    return any(pattern.fullmatch(text.strip()) for pattern in _DELIMITED)


def is_tex(text: str) -> bool:
    """Whether it holds a command, an index or a group, and so is neither words nor a file's name."""
    return _WRITTEN.search(text) is not None


def _closes(text: str) -> int:
    """Where the brace that opens the text is closed."""
    depth = 0
    for found in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth:
            return found.start()
    return -1
