"""Pure: what React's server components send in a page's scripts, as the tree of nodes that a browser makes of it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

_SCRIPTS = etree.XPath("//script[not(@src)]")
_PUSHED = re.compile(
    r"\s*\(?(?:self|window)\.__(?:next_f|FLIGHT_DATA)\b[^{\"]{0,60}\.push\((.*)\)[\s;]*", re.DOTALL
)
"""Next.js pushes `[1, "text"]`, rsc-html-stream the text itself; texts are parts of one stream."""
_TEXT = 1
_ROW = re.compile(rb"\n*([0-9a-f]+):([A-Z]?)")
_MEASURED = re.compile(rb"([0-9a-f]+),")
"""Rows of these tags begin with their length in bytes; of them only T is text."""
_SIZED = frozenset((*b"TAOoUSsLlGgMmV",))
_REFERENCE = re.compile(r"\$[L@QW]?([0-9a-f]+)((?::[^:]+)*)")
_PARTS = {"type": 1, "key": 2, "props": 3}
"""Of `["$", type, key, props]`, which is an element."""
_LONGEST = 7
"""Digits of a place in a list."""
_LARGEST = 8_000_000
"""Characters of a stream."""
_MOST = 300_000
"""Nodes that are made of one stream: by references, a short one could ask for any number."""
_DEEPEST = 300


@dataclass(frozen=True, slots=True)
class Node:
    """An element, or a component of which only a script knows what it draws around its children."""

    tag: str
    """Empty for a component."""
    properties: Mapping[str, Any]
    children: "tuple[Node | str, ...]"
    aside: "Mapping[str, tuple[Node | str, ...]]"
    """What its other properties hold, where that is more than a plain value."""


def sent_nodes(tree: Element, naming: str = "") -> tuple[Node, ...]:
    """The outermost nodes that a page's scripts send, if `naming` stands there; of a broken stream, those before."""
    stream = "".join(_pushed(script.text or "") for script in _SCRIPTS(tree))
    if not stream or len(stream) > _LARGEST or naming not in stream:
        return ()
    rows = dict(_rows(stream.encode("utf-8", "replace")))
    return tuple(one for one in _Reader(rows).read(rows.get("0"), 0) if isinstance(one, Node))


def within(nodes: "tuple[Node | str, ...]") -> Iterator[Node]:
    """Nodes and all that they hold, in order."""
    waiting: list[Node | str] = list(reversed(nodes))
    while waiting:
        one = waiting.pop()
        if isinstance(one, Node):
            yield one
            waiting += reversed((*chain.from_iterable(one.aside.values()), *one.children))


def words(nodes: "tuple[Node | str, ...]") -> str:
    """Their text."""
    said: list[str] = []
    waiting: list[Node | str] = list(reversed(nodes))
    while waiting:
        one = waiting.pop()
        if isinstance(one, Node):
            waiting += reversed(one.children)
        else:
            said.append(one)
    return "".join(said)


def _pushed(script: str) -> str:
    found = _PUSHED.fullmatch(script)
    if found is None:
        return ""
    try:
        pushed = json.loads(found[1])
    except (ValueError, RecursionError):
        return ""
    match pushed:
        case str():
            return pushed
        case [kind, str() as text] if kind == _TEXT:
            return text
    return ""


def _rows(stream: bytes) -> Iterator[tuple[str, Any]]:
    at = 0
    while row := _ROW.match(stream, at):
        name, tag = row[1].decode(), row[2]
        measured = _MEASURED.match(stream, row.end()) if tag and tag[0] in _SIZED else None
        if measured is not None:
            at = measured.end() + int(measured[1], 16)
            if tag == b"T":
                yield name, _escaped(stream[measured.end() : at].decode("utf-8", "replace"))
            continue
        end = stream.find(b"\n", row.end())
        at = len(stream) if end < 0 else end
        if not tag:
            try:
                yield name, json.loads(stream[row.end() : at])
            except (ValueError, RecursionError):
                continue


def _escaped(text: str) -> str:
    """As texts stand within JSON, where `$` begins what is no text."""
    return f"${text}" if text.startswith("$") else text


class _Reader:
    def __init__(self, rows: Mapping[str, Any]) -> None:
        self._rows = rows
        self._left = _MOST

    def read(self, value: Any, depth: int) -> Iterator[Node | str]:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            return
        match value:
            case str() if not value.startswith("$"):
                yield value
            case str() if value.startswith("$$"):
                yield value[1:]
            case str():
                yield from self.read(self._referred(value), depth + 1)
            case bool() | None:
                return
            case int() | float():
                yield str(value)
            case ["$", str() as kind, _, dict() as properties, *_]:
                yield self._node(kind, properties, depth)
            case list():
                for one in value:
                    yield from self.read(one, depth + 1)
            case dict():
                for one in value.values():
                    yield from (node for node in self.read(one, depth + 1) if isinstance(node, Node))

    def _node(self, kind: str, properties: Mapping[str, Any], depth: int) -> Node:
        told = {name: self._told(value) for name, value in properties.items()}
        return Node(
            "" if kind.startswith("$") else kind,
            told,
            tuple(self.read(properties.get("children"), depth + 1)),
            {
                name: tuple(self.read(value, depth + 1))
                for name, value in told.items()
                if name != "children" and isinstance(value, list | dict)
            },
        )

    def _told(self, value: Any) -> Any:
        """A property's text, wherever it stands."""
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        return value[1:] if value.startswith("$$") else self._referred(value)

    def _referred(self, reference: str) -> Any:
        """What stands in a row, or at the end of a path of names in it."""
        found = _REFERENCE.fullmatch(reference)
        value = self._rows.get(found[1]) if found else None
        for name in found[2].split(":")[1:] if found else ():
            if isinstance(value, str):
                value = self._referred(value) if len(value) < len(reference) else None
            match value:
                case ["$", *_] if name in _PARTS:
                    value = value[_PARTS[name]] if _PARTS[name] < len(value) else None
                case list() if name.isdecimal() and len(name) < _LONGEST and int(name) < len(value):
                    value = value[int(name)]
                case dict():
                    value = value.get(name)
                case _:
                    return None
        return value
