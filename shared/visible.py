"""Text of which a reader sees every sign: what stores keep and what clients are sent. Pure."""

import re
from collections.abc import Iterable
from typing import Any

KEPT_IN_CODE = "\u200b\u200c\u200d\ufe0e\ufe0f"
"""What joins and parts characters, and tells an emoji from a sign: in code it is part of the text."""

MOST_IN_A_ROW = 2
"""As many of them an emoji holds side by side; more spell out a hidden message."""

_NEVER = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000))
)
"""Zero-width, bidirectional, tag, variation and control characters, half and no characters, private planes."""
_PRIVATE = "\ue000-\uf0c0\uf0c2-\uf8ff"
"""What a font of one's own draws: in code it is part of the text.

But for U+F0C1, the chain that many sites of Sphinx show as the permalink of a heading.
"""

_BREAKS = "\x85\u2028\u2029"
"""What ends a line beside the usual signs, and is drawn as nothing where it does not."""
_BLANK = "\u2800"
"""The braille pattern without dots: in prose a space, in code part of a picture."""

INVISIBLE = re.compile(f"[{_NEVER}{_PRIVATE}{_BREAKS}{_BLANK}{KEPT_IN_CODE}]")
"""What a reader cannot see, wherever it stands."""
_BREAK = re.compile(f"[{_BREAKS}]")
_DROPPED = re.compile(f"[{_NEVER}{_PRIVATE}]")
_DROPPED_IN_CODE = re.compile(f"[{_NEVER}]")
_MESSAGE = re.compile(f"[{KEPT_IN_CODE}]{{{MOST_IN_A_ROW + 1},}}")
_JOINED = "\u0600-\u08ff\u0900-\u109f\u1780-\u18af"
_SIGNS = "\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff"
_IDLE = re.compile(
    f"\u200b|(?<![{_JOINED}])\u200c|(?<![{_JOINED}{_SIGNS}\ufe0f])\u200d|(?<![{_SIGNS}])[\ufe0e\ufe0f](?!\u20e3)"
)
"""Those kept in code, in prose: but for joiners within words of scripts that are written with them, and of emoji."""
_PLAIN = bytes(byte for byte in range(128) if chr(byte).isprintable() or chr(byte) in "\t\n\r")
_FENCES = ("```", "~~~")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_PASSES = 3


def visible(text: str) -> str:
    """A title, a name, an address, a line of prose: nothing in it is hidden, and no half of a character is left.

    Halves that belong together are joined; one that is alone becomes U+FFFD. Whatever ends a line is a plain line end.
    """
    if is_visible(text):
        return text
    return _without_idle(_MESSAGE.sub("", _DROPPED.sub("", _whole(text).replace(_BLANK, " "))))


def visible_code(text: str) -> str:
    """Code: as `visible`, with private characters of the basic plane, blank braille and what is KEPT_IN_CODE."""
    return text if is_visible(text) else _MESSAGE.sub("", _DROPPED_IN_CODE.sub("", _whole(text)))


def visible_markdown(text: str) -> str:
    """Markdown: as `visible`, but what stands in its fenced blocks as `visible_code`."""
    if is_visible(text):
        return text
    text = _BREAK.sub("\n", text)
    for _ in range(_PASSES):
        plain = visible(text)
        if plain == text or not any(mark in text for mark in _FENCES):
            return plain
        left = _but_for_fences(text)
        if left == text:
            return left
        text = left  # what was dropped may have kept a line from being a fence
    return visible(text)


def visible_json(value: Any) -> Any:
    """A JSON value of which every string, keys too, is visible as Markdown is."""
    texts: list[str] = []
    _gather([value], texts)
    return value if is_visible("\n".join(texts)) else _cleaned(value)  # one look is faster than hundreds


def _gather(values: Iterable[Any], texts: list[str]) -> None:
    for value in values:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            _gather(value, texts)
            _gather(value.values(), texts)
        elif isinstance(value, list | tuple):
            _gather(value, texts)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return visible_markdown(value)
    if isinstance(value, dict):
        return {visible(key) if isinstance(key, str) else key: _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value


def is_visible(text: str) -> bool:
    """Whether nothing of a text is INVISIBLE. Fast: only what is not plain ASCII is looked at."""
    if text.isascii() and text.isprintable():
        return True
    rest = text.encode("utf-8", "surrogatepass").translate(None, _PLAIN)
    return not rest or not INVISIBLE.search(rest.decode("utf-8", "surrogatepass"))


def _whole(text: str) -> str:
    return _BREAK.sub("\n", text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _without_idle(text: str) -> str:
    while (left := _IDLE.sub("", text)) != text:
        text = left
    return text


def _but_for_fences(markdown: str) -> str:
    from markdown_it import MarkdownIt  # wanted for very few texts

    lines = _LINE.findall(markdown)
    code: set[int] = set()
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "fence" and token.map:
            code.update(range(token.map[0] + 1, token.map[1]))
    return "".join(visible_code(line) if at in code else visible(line) for at, line in enumerate(lines))
