"""What an API entry is called: the dotted name that people search for."""

import re

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.generators.generator import Generator
from ingest.extract.tree.elements import plain
from ingest.extract.tree.selectors import last
from shared.one_line import one_line

_TEXTS = etree.XPath(
    "descendant::text()[not(ancestor::button or ancestor::small or ancestor::code)]"
    "[not(ancestor::*[contains(@class, 'sr-only')])]",
    smart_strings=False,
)
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_ITEM = re.compile(
    r"(?:ty)?(?:method|associatedconstant|associatedtype|variant|structfield)\.(\w+)|[vt]:([\w']+)"
)
"""Anchors of rustdoc and Haddock, which hold the name."""
_NAME = re.compile(r"[A-Za-z_$~][\w$]*[?!]?")
_QUALIFIED = re.compile(r"[A-Za-z_$][\w$]*(?:(?:::|[./])[A-Za-z_$][\w$]*)*")
_TYPES = frozenset(
    ("annotation", "attribute", "class", "constant", "derive", "enum", "exception", "function", "interface", "keyword",
     "macro", "mixin", "object", "primitive", "protocol", "record", "static", "struct", "trait", "type", "union")
)  # fmt: skip
_KINDS = _TYPES | {
    "abstract",
    "alias",
    "crate",
    "data",
    "final",
    "module",
    "namespace",
    "package",
    "sealed",
    "template",
}
_REFERENCE = re.compile(
    r"(.+?)\s*(?:<.*>)?\s+(?:Class|Struct|Union|Interface|Namespace|Protocol)(?: Template)? Reference\b"
)
"""Doxygen's titles: the kind stands behind the name."""
_OPERATION = re.compile(r"(get|put|post|delete|patch|head|options|trace)\s*(/\S*)", re.IGNORECASE)
_NAMES = ("method-name", "name")
"""Classes of what holds a signature's own name."""
_NO_OWNER = re.compile(r"globals?$|.* reference$|.*\bFile\b", re.IGNORECASE)


def owner_of(tree: Element, generator: Generator) -> str | None:
    """What the whole page documents (`java.util.ArrayDeque`), by the elements that its generator names it in."""
    parts: list[str] = []
    for selector in generator.owner:
        found = last(tree, selector)
        named = _named(_said(found)) if found is not None else None
        if named and named not in parts:
            parts.append(named)
    return generator.joint.join(parts) or None


def _said(title: Element) -> str:
    """Its text without that of the buttons in it."""
    return one_line("".join(_TEXTS(title)))


def _named(title: str) -> str | None:
    """`Foo` of `Class Foo<T>`, of `Foo< T > Class Template Reference`; None for a title that names nothing."""
    if reference := _REFERENCE.match(title):
        title = reference[1]
    elif _NO_OWNER.match(title):
        return None
    words = [one[0] for one in _QUALIFIED.finditer(title)]
    while len(words) > 1 and words[0].lower() in _KINDS:
        words.pop(0)
    return words[0] if words else None


def names_owner(heading: str, owner: str | None) -> bool:
    """Whether a page's heading is that of the type or function which the whole page documents."""
    if not owner:
        return False
    words = _QUALIFIED.findall(heading)
    kinds = {word.lower() for word in (*words[:1], *words[-2:])}
    return not _TYPES.isdisjoint(kinds) and re.split(r"::|[./#]", owner)[-1] in re.split(r"\W+", heading)


def symbol_of(element: Element, anchor: str | None, owner: str | None, joint: str) -> str | None:
    """`pkg.Class.method`: the anchor where it ends in the entry's own name; else the owner and the name as shown."""
    if operation := _OPERATION.match(plain(element)):
        return f"{operation[1].upper()} {operation[2]}"
    name = _shown(element, "descname")
    if anchor and name and (anchor == name or anchor.endswith("." + name)):
        return anchor if not anchor.startswith("c.") else anchor[2:]
    if name:
        return _shown(element, "descclassname") + name
    if anchor and _DOTTED.fullmatch(anchor) and not _ITEM.fullmatch(anchor):
        return anchor
    if element.tag == "dt":
        return _shown(element, "def-name") or _emphasised(element)
    own = next(filter(None, (_shown(element, part) for part in _NAMES)), None) or _own_name(
        plain(element), anchor
    )
    return joint.join((owner, own)) if owner and own and joint not in own else own


def _own_name(text: str, anchor: str | None) -> str | None:
    if item := _ITEM.fullmatch(anchor or ""):
        return item[1] or item[2]
    if re.match(r"impl\b", text):
        return None
    if anchor and _NAME.fullmatch(anchor) and re.search(rf"(?<!\w){re.escape(anchor)}(?!\w)", text):
        return anchor
    text = re.sub(r"^[^\w$~(]*(?:\([^)]*\)\s*)*", "", text)
    called = re.search(rf"((?:\w+::)*{_NAME.pattern})\(", text) or re.match(rf"({_NAME.pattern})", text)
    return called[1] if called and called[1] != "anonymous" else None


def _emphasised(element: Element) -> str | None:
    """Texinfo before version 7 tells the name by being bold and nothing else."""
    bold = [plain(one) for one in element.iter("strong")]
    return bold[0] if len(bold) == 1 and " " not in bold[0] else None


def _shown(element: Element, part: str) -> str:
    return "".join(
        plain(one)
        for one in element.iter("span", "code", "tt", "strong")
        if part in (one.get("class") or "").split()
    )
