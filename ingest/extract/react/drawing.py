"""Nodes of React become elements of the page, as its script would make them."""

import re
from collections.abc import Iterable

from lxml.etree import _Element as Element

from ingest.extract.react.flight import Node, words
from ingest.extract.tree.placeholders import INLINE
from shared.visible import visible_code

_TAG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NAMES = {"className": "class", "htmlFor": "for"}
_KEPT = re.compile(
    r"class|for|id|href|src|alt|title|lang|dir|role|start|colspan|rowspan|encoding|(?:data|aria)-[\w.-]+",
    re.I,
)
_UNDRAWN = frozenset(("script", "style", "template", "svg"))
_CAPITAL = re.compile(r"(?=[A-Z])")


def draw(nodes: Iterable[Node | str], into: Element) -> None:
    """Append them to an element. Of a component only its place is known: it becomes a box, a link or a `<pre>`."""
    waiting: list[tuple[Node | str, Element]] = [(one, into) for one in reversed(tuple(nodes))]
    while waiting:
        one, holder = waiting.pop()
        if isinstance(one, str):
            _write(one, holder)
        elif one.tag not in _UNDRAWN:
            element = holder.makeelement(_tag(one))
            for name, value in _attributes(one):
                element.set(name, value)
            holder.append(element)
            waiting += [(child, element) for child in reversed(one.children)]


def _write(text: str, holder: Element) -> None:
    text = visible_code(text)
    if len(holder):
        holder[-1].tail = (holder[-1].tail or "") + text
    else:
        holder.text = (holder.text or "") + text


def _tag(node: Node) -> str:
    if node.tag:
        return node.tag if _TAG.fullmatch(node.tag) else "span"
    if isinstance(node.properties.get("href"), str):
        return "a"
    inner = [one for one in node.children if isinstance(one, Node)]
    if len(inner) == len(node.children) == 1 and inner[0].tag == "code" and _has_lines(inner[0]):
        return "pre"
    return "span" if all(map(_is_inline, inner)) else "div"


def _has_lines(code: Node) -> bool:
    return any(isinstance(one, Node) for one in code.children) or "\n" in words(code.children)


def _is_inline(node: Node) -> bool:
    return _tag(node) in INLINE


def _attributes(node: Node) -> Iterable[tuple[str, str]]:
    for called, value in node.properties.items():
        name = _NAMES.get(called, called)
        if name == "style" and isinstance(value, dict):
            rules = (f"{_CAPITAL.sub('-', rule).lower()}:{said}" for rule, said in value.items())
            yield name, visible_code(";".join(rules))
        elif isinstance(value, str | int) and not isinstance(value, bool) and _KEPT.fullmatch(name):
            yield name.lower(), visible_code(str(value))
