"""A page's own style sheet, as far as it lays out code: its rules become inline styles, which code is read with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml.etree import _Element as Element

from ingest.extract.clean.inline_styles import declarations
from ingest.extract.tree.selectors import Selector, selector

_PROPERTIES = ("display", "white-space", "user-select", "-webkit-user-select", "font-family")
"""What is read of a rule."""
_TOLD = re.compile(r"display|white-space|user-select")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|\"[^\"\n]*\"|'[^'\n]*'", re.DOTALL)
_BRACE = re.compile(r"([^{};]*)([{};])")
_THROUGH = ("@media screen", "@media all", "@media only screen", "@media (min-width", "@supports", "@layer")
"""Groups of rules that hold on a wide screen."""
_LARGEST = 400_000
"""Characters of a sheet that is read."""
_MOST = 200
"""Rules of one page."""
_CODE = ("pre", "code", "samp", "kbd")


@dataclass(frozen=True, slots=True)
class _Rule:
    steps: tuple[tuple[str, Selector], ...]
    """From the element upwards: what it is, and how far above it the next stands (`>`, or anywhere)."""
    weight: tuple[int, int, int]
    style: str

    def may_hold(self, tag: str, classes: str) -> bool:
        own = self.steps[0][1]
        return own.tag in (None, tag) and own.classes.issubset(classes.split())

    def holds(self, element: Element) -> bool:
        how, own = self.steps[0]
        if not own.matches(element):
            return False
        for further, one in self.steps[1:]:
            above = element.iterancestors() if how != ">" else islice(element.iterancestors(), 1)
            if (found := next(filter(one.matches, above), None)) is None:
                return False
            element, how = found, further
        return True


def style_code(tree: Element) -> None:
    """Write into the style of each element of code what the page's `<style>` elements say of it."""
    rules = [rule for sheet in tree.iter("style") for rule in _rules(sheet.text or "")][:_MOST]
    if not rules:
        return
    rules.sort(key=lambda rule: rule.weight)
    known: dict[tuple[str, str], list[_Rule]] = {}
    for block in tree.iter(*_CODE):
        if next(block.iterancestors(*_CODE), None) is not None:
            continue
        for one in block.iter("*"):
            kind = (str(one.tag), one.get("class") or "")
            if kind not in known:
                known[kind] = [rule for rule in rules if rule.may_hold(*kind)]
            if known[kind] and (told := [rule.style for rule in known[kind] if rule.holds(one)]):
                one.set("style", ";".join((*told, one.get("style") or "")))


@lru_cache(maxsize=64)
def _rules(sheet: str) -> tuple[_Rule, ...]:
    if len(sheet) > _LARGEST or not _TOLD.search(sheet):
        return ()
    return tuple(rule for selectors, body in _blocks(sheet) for rule in _read(selectors, body))


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations of each rule that holds."""
    opened: list[bool] = []
    selectors, body = "", ""
    for found in _BRACE.finditer(_COMMENT.sub("", sheet)):
        text, sign = found[1].strip(), found[2]
        if sign == "{":
            opened.append(not text.startswith("@") or text.startswith(_THROUGH))
            selectors, body = text, ""
        elif sign == ";":
            body += f"{text};"
        elif opened:
            if selectors and not selectors.startswith("@") and all(opened):
                yield selectors, body + text
            opened.pop()
            selectors, body = "", ""


def _read(selectors: str, body: str) -> Iterator[_Rule]:
    said = declarations(body)
    style = ";".join(f"{name}:{said[name]}" for name in _PROPERTIES if name in said)
    if not _TOLD.search(style) or said.get("display") == "none":  # a script may show it
        return
    for text in selectors.split(","):
        if steps := _steps(text):
            yield _Rule(steps, _weight([one for _, one in steps]), style)


def _steps(text: str) -> tuple[tuple[str, Selector], ...]:
    """Nothing for a selector beyond tags, classes, ids and attributes: one of a state, or of what is drawn."""
    words = text.replace(">", " > ").split()
    steps: list[tuple[str, Selector]] = []
    how = ""
    for word in words:
        if word == ">":
            how = word
            continue
        try:
            steps.append((how, selector(word)))
        except ValueError:
            return ()
        how = ""
    return tuple(reversed(steps))


def _weight(steps: list[Selector]) -> tuple[int, int, int]:
    """CSS's specificity."""
    return (
        sum(one.id is not None for one in steps),
        sum(len(one.classes) + len(one.attributes) for one in steps),
        sum(one.tag is not None for one in steps),
    )
