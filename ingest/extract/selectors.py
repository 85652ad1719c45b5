"""Simple selectors over an lxml tree: `tag.class#id[attr][attr=value][attr*=part]`, after parents `a > b`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml.etree import _Element as Element

_PIECE = re.compile(
    r"(?P<tag>^[\w-]+)|\.(?P<cls>[\w:-]+)|#(?P<id>[\w-]+)|\[(?P<attr>[\w-]+)(?:(?P<sign>\*?=)(?P<value>[^\]]*))?\]"
)


@dataclass(frozen=True, slots=True)
class Selector:
    tag: str | None
    id: str | None
    classes: frozenset[str]
    attributes: tuple[tuple[str, str, str], ...]
    """Name, sign (`=`, `*=` or nothing) and value."""
    parent: "Selector | None"

    def matches(self, element: Element) -> bool:
        if self.tag and element.tag != self.tag:
            return False
        if self.id and element.get("id") != self.id:
            return False
        if self.classes and not self.classes.issubset((element.get("class") or "").split()):
            return False
        for name, sign, value in self.attributes:
            found = element.get(name)
            if found is None or (sign == "=" and found != value) or (sign == "*=" and value not in found):
                return False
        if self.parent is None:
            return True
        above = element.getparent()
        return above is not None and self.parent.matches(above)


def selector(text: str) -> Selector:
    """Read one selector. Raises ValueError on anything beyond the small language."""
    above, _, own = text.rpartition(">")
    own = own.strip()
    pieces = list(_PIECE.finditer(own))
    if not pieces or "".join(p[0] for p in pieces) != own:
        raise ValueError(f"not a simple selector: {text!r}")
    return Selector(
        tag=next((p["tag"] for p in pieces if p["tag"]), None),
        id=next((p["id"] for p in pieces if p["id"]), None),
        classes=frozenset(p["cls"] for p in pieces if p["cls"]),
        attributes=tuple((p["attr"], p["sign"] or "", p["value"] or "") for p in pieces if p["attr"]),
        parent=selector(above) if above.strip() else None,
    )


class Matcher:
    """Many selectors at once: each element is tried only against those that name its tag, id or a class."""

    def __init__(self, selectors: Iterable[str]) -> None:
        self._by_class: dict[str, list[Selector]] = {}
        self._by_id: dict[str, list[Selector]] = {}
        self._by_tag: dict[str, list[Selector]] = {}
        self._by_attribute: dict[str, list[Selector]] = {}
        for one in map(selector, selectors):
            if one.classes:
                self._by_class.setdefault(min(one.classes), []).append(one)
            elif one.id:
                self._by_id.setdefault(one.id, []).append(one)
            elif one.tag:
                self._by_tag.setdefault(one.tag, []).append(one)
            else:
                self._by_attribute.setdefault(one.attributes[0][0], []).append(one)

    def matches(self, element: Element) -> bool:
        for one in self._by_tag.get(str(element.tag), ()):
            if one.matches(element):
                return True
        if names := element.get("class"):
            for name in names.split():
                for one in self._by_class.get(name, ()):
                    if one.matches(element):
                        return True
        if identity := element.get("id"):
            for one in self._by_id.get(identity, ()):
                if one.matches(element):
                    return True
        for name, several in self._by_attribute.items():
            if element.get(name) is not None:
                for one in several:
                    if one.matches(element):
                        return True
        return False

    def within(self, root: Element) -> Iterator[Element]:
        """Every matching element below and including `root`, in document order."""
        return (element for element in root.iter("*") if self.matches(element))


def first(root: Element, selectors: Sequence[str]) -> Element | None:
    """The first element that the earliest matching selector names."""
    for text in selectors:
        one = selector(text)
        for element in root.iter(one.tag or "*"):
            if one.matches(element):
                return element
    return None
