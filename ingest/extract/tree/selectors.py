"""Simple selectors over an lxml tree: `tag.class#id[attr][attr=value][attr*=part]`, after parents `a > b`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from lxml import etree
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


_KNOWN = 10_000
"""Pairs of a tag and a class attribute that a matcher remembers; a page can make up any number of them."""


class Matcher:
    """Many selectors at once: each element is tried only against those that its tag, id or classes allow."""

    def __init__(self, selectors: Iterable[str]) -> None:
        self._by_class: dict[str, list[Selector]] = {}
        self._by_id: dict[str, list[Selector]] = {}
        self._by_tag: dict[str, list[Selector]] = {}
        self._by_attribute: dict[str, list[Selector]] = {}
        self._tags: frozenset[str] = frozenset()
        self._searched: tuple[str, ...] = ()
        self._known: dict[tuple[str, str | None], tuple[Selector, ...]] = {}
        for one in map(selector, selectors):
            self._tags |= {one.tag} if one.tag else frozenset[str]()
            self._searched += (one.tag or "*",)
            if one.classes:
                self._by_class.setdefault(min(one.classes), []).append(one)
            elif one.id:
                self._by_id.setdefault(one.id, []).append(one)
            elif one.tag:
                self._by_tag.setdefault(one.tag, []).append(one)
            else:
                self._by_attribute.setdefault(one.attributes[0][0], []).append(one)

    def matches(self, element: Element) -> bool:
        get = element.get
        for one in self.possible(str(element.tag), get("class")):
            if one.matches(element):
                return True
        if self._by_id and (identity := get("id")):
            for one in self._by_id.get(identity, ()):
                if one.matches(element):
                    return True
        for name, several in self._by_attribute.items():
            if get(name) is not None:
                for one in several:
                    if one.matches(element):
                        return True
        return False

    def possible(self, tag: str, classes: str | None) -> tuple[Selector, ...]:
        """Those that an element's tag and classes leave open, beside those that ask for an id or an attribute."""
        known = self._known.get((tag, classes))
        if known is not None:
            return known
        names = (classes or "").split()
        named = (one for name in names for one in self._by_class.get(name, ()))
        found = tuple(
            one
            for one in (*self._by_tag.get(tag, ()), *named)
            if one.tag in (None, tag) and one.classes.issubset(names)
        )
        if len(self._known) >= _KNOWN:
            self._known.clear()
        self._known[tag, classes] = found
        return found

    @property
    def attributes(self) -> frozenset[str]:
        """Those that a selector can tell an element by, whatever its tag and classes."""
        return frozenset((*self._by_attribute, *(("id",) if self._by_id else ())))

    @property
    def tags(self) -> frozenset[str]:
        """Those that the selectors name."""
        return self._tags

    def within(self, root: Element) -> Iterator[Element]:
        """Every matching element below and including `root`, in document order."""
        return (element for element in root.iter(*self._searched) if self.matches(element))


def first(root: Element, selectors: Sequence[str]) -> Element | None:
    """The first element that the earliest matching selector names."""
    for text in selectors:
        found: list[Element] = _path(text, "1")(root)
        if found:
            return found[0]
    return None


def last(root: Element, text: str) -> Element | None:
    """The last element that a selector names."""
    found: list[Element] = _path(text, "last()")(root)
    return found[0] if found else None


@cache
def _path(text: str, which: str) -> etree.XPath:
    """The same selector for libxml2, which is faster for one selector than we are."""
    one: Selector | None = selector(text)
    steps: list[str] = []
    while one is not None:
        tests = [f"@id={_quoted(one.id)}"] if one.id else []
        tests += [
            f"contains(concat(' ',normalize-space(@class),' '),{_quoted(f' {name} ')})"
            for name in sorted(one.classes)
        ]
        for name, sign, value in one.attributes:
            tests.append(
                {
                    "": f"@{name}",
                    "=": f"@{name}={_quoted(value)}",
                    "*=": f"contains(@{name},{_quoted(value)})",
                }[sign]
            )
        steps.append((one.tag or "*") + "".join(f"[{test}]" for test in tests))
        one = one.parent
    steps.reverse()
    return etree.XPath(f"(descendant-or-self::{'/'.join(steps)})[{which}]")


def _quoted(text: str) -> str:
    return f'"{text}"'
