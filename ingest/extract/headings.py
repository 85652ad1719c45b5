"""Headings: their text, the anchor that leads to them, and API signatures as headings of their own."""

import re
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.anchors import TAGS, anchor_of, inner_ids, plain
from ingest.extract.blocks import Block, Blocks, Code, Heading
from ingest.extract.chrome import drop
from ingest.extract.generator import Generator
from ingest.extract.generators import matcher

LONG_SIGNATURE = 100
"""Characters: a longer signature is shortened in its heading and stands whole in a code block below."""

_CODE = frozenset(("code", "tt", "kbd", "samp"))
_SPECIAL = re.compile(r"[\\`*]|<(?=[A-Za-z/!?])|(?<![^\W_])_|_(?![^\W_])|\[(?=[^\]]*\]\()|&(?=#?\w+;)")
_DOMAINS = {
    "py": "python",
    "js": "javascript",
    "c": "c",
    "cpp": "cpp",
    "rst": "rst",
    "php": "php",
    "rust": "rust",
    "cmake": "cmake",
}
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_RUST_ITEM = re.compile(r"(?:ty)?(?:method|associatedconstant|associatedtype|variant|structfield)\.(\w+)")
_PARAMETERS = re.compile(r"\(.*\)", re.DOTALL)


def take_headings(
    region: Element, found: dict[Element, str | None], generator: Generator, blocks: Blocks
) -> None:
    """Put marks in the place of headings, signatures and linked terms. `found` is what `heading_anchors` gave."""
    entries = _entries(region, generator)
    coded = matcher(generator.signatures)
    level = 1
    for element in list(region.iter(*TAGS, "dt")):
        if element.tag != "dt":
            if text := plain(element):
                own = int(str(element.tag)[1])
                anchor = found.get(element) or anchor_of(element)
                if coded.matches(element):
                    blocks.take(
                        element, Heading(own, text, code_span(text), anchor, _symbol(element, anchor))
                    )
                else:
                    level = own
                    blocks.take(element, Heading(own, text, _markdown(element), anchor))
        elif element in entries:
            entry = entries[element]
            blocks.take(element, *_entry(entry, min(6, level + 1 + entry.depth), generator))
            for alias in entry.aliases:
                drop(alias)


@dataclass(frozen=True, slots=True)
class _Entry:
    term: Element
    aliases: tuple[Element, ...]
    """Further terms of the same description."""
    depth: int
    """How many other entries it stands in."""
    coded: bool


def _entries(region: Element, generator: Generator) -> dict[Element, _Entry]:
    if not generator.signatures and not generator.terms:
        return {}
    signatures, terms = matcher(generator.signatures), matcher(generator.terms)
    listed = {term.getparent() for term in region.iter("dt") if terms.matches(term)}
    found: dict[Element, _Entry] = {}
    for term in region.iter("dt"):
        coded = signatures.matches(term)
        if not (coded or term.getparent() in listed) or not plain(term):
            continue
        before = term.getprevious()
        if before is not None and before.tag == "dt":
            continue
        aliases = []
        after = term.getnext()
        while after is not None and after.tag == "dt":
            aliases.append(after)
            after = after.getnext()
        depth = sum(
            1
            for up in term.iterancestors("dd")
            if any(one in found for one in up.itersiblings("dt", preceding=True))
        )
        found[term] = _Entry(term, tuple(aliases), depth, coded)
    return found


def _entry(entry: _Entry, level: int, generator: Generator) -> tuple[Block, ...]:
    anchor = entry.term.get("id") or next(iter(inner_ids(entry.term)), None)
    texts = [text for one in (entry.term, *entry.aliases) if (text := plain(one))]
    if not entry.coded:
        text = ", ".join(texts)
        markdown = ", ".join(_markdown(one) for one in (entry.term, *entry.aliases) if plain(one))
        return (Heading(level, text, markdown, anchor, _leading_code(entry.term)),)
    symbol = _symbol(entry.term, anchor)
    text = texts[0]
    if len(text) > LONG_SIGNATURE:
        text = _PARAMETERS.sub("(…)", text)
        text = text if len(text) <= LONG_SIGNATURE else symbol or text[: LONG_SIGNATURE - 1] + "…"
    heading = Heading(level, text, code_span(text), anchor, symbol)
    return (
        (heading,)
        if texts == [text]
        else (heading, Code("\n".join(texts), _entry_language(entry.term, generator)))
    )


def _entry_language(term: Element, generator: Generator) -> str:
    parent = term.getparent()
    names = [
        *(term.get("class") or "").split(),
        *((parent.get("class") if parent is not None else None) or "").split(),
    ]
    return next((_DOMAINS[name] for name in names if name in _DOMAINS), generator.code_language or "")


def _symbol(element: Element, anchor: str | None) -> str | None:
    """`pkg.Class.method`: the anchor where it ends in the entry's own name, else the name as it is shown."""
    name = _shown(element, "descname")
    if anchor and name and (anchor == name or anchor.endswith("." + name)):
        return anchor if not anchor.startswith("c.") else anchor[2:]
    if name:
        return _shown(element, "descclassname") + name
    if item := _RUST_ITEM.fullmatch(anchor or ""):
        return item[1]
    return anchor if anchor and _DOTTED.fullmatch(anchor) else None


def _shown(element: Element, part: str) -> str:
    return "".join(
        plain(one) for one in element.iter("span", "code", "tt") if part in (one.get("class") or "").split()
    )


def _leading_code(term: Element) -> str | None:
    code = next(iter(term.iter(*_CODE)), None)
    return (
        plain(code)
        if code is not None and plain(term).startswith(plain(code)) and " " not in plain(code)
        else None
    )


def code_span(text: str) -> str:
    """An inline code span, whatever backticks the text holds."""
    if "`" not in text:
        return f"`{text}`"
    marks = "`" * (max(len(run) for run in re.findall("`+", text)) + 1)
    return f"{marks} {text} {marks}"


def _markdown(element: Element) -> str:
    """The heading's text in one line of Markdown: code spans, everything else escaped where it must be."""
    out: list[str] = []
    for coded, text in _runs(element):
        inner = text.strip()
        if coded and inner:
            out.append(
                text[: len(text) - len(text.lstrip())]
                + code_span(" ".join(inner.split()))
                + text[len(text.rstrip()) :]
            )
        else:
            out.append(_SPECIAL.sub(r"\\\g<0>", text))
    return re.sub(r"(?<=\s)(#+)$", r"\\\1", " ".join("".join(out).split()))


def _runs(element: Element) -> list[tuple[bool, str]]:
    """The text of an element as runs of code and of prose."""
    runs: list[tuple[bool, str]] = []
    within = 0
    for event, node in etree.iterwalk(element, events=("start", "end")):
        text = node.text if event == "start" else node.tail
        within += (node.tag in _CODE) if event == "start" else -(node.tag in _CODE)
        if event == "end" and node is element:
            break
        text = " " if event == "start" and node.tag == "br" else text
        if text:
            if runs and runs[-1][0] == bool(within):
                runs[-1] = (runs[-1][0], runs[-1][1] + text)
            else:
                runs.append((bool(within), text))
    return runs
