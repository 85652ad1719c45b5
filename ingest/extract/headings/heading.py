"""Headings: their text, the anchor that leads to them, and API signatures as headings of their own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.clean.asides import CALLOUT
from ingest.extract.generators.generator import Generator
from ingest.extract.generators.registry import matcher
from ingest.extract.headings.anchors import anchor_of, inner_ids
from ingest.extract.headings.symbols import names_owner, symbol_of
from ingest.extract.tree.elements import HEADINGS, drop, plain
from ingest.extract.tree.placeholders import Block, Blocks, Code, Heading
from shared.one_line import one_line

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
_PARAMETERS = re.compile(r"\(.*\)", re.DOTALL)


def take_headings(
    region: Element,
    found: dict[Element, str | None],
    signs: Mapping[Element, tuple[str, str]],
    generator: Generator,
    blocks: Blocks,
    owner: str | None = None,
) -> None:
    """Put marks in the place of headings, signatures and linked terms.

    `found` is what `heading_anchors` gave, `signs` what `heading_signs` did, `owner` what the whole page documents.
    """
    _tidy(region)
    entries = _entries(region, generator)
    coded = matcher(generator.signatures)
    level = 1
    within: Element | None = None
    deeper = 0
    for element in list(region.iter(*HEADINGS, *{"dt", *coded.tags})):
        is_heading = element.tag in HEADINGS
        if element.tag != "dt" and (is_heading or coded.matches(element)):
            text = plain(element)
            if not text or element.getparent() is None:
                continue
            own = int(str(element.tag)[1]) if is_heading else min(6, level + 1)
            anchor = found.get(element) or anchor_of(element)
            if coded.matches(element):
                deeper = max(own, generator.entry_level) - own
                within = _container(element, anchor) if deeper else None
                symbol = symbol_of(element, anchor, owner, generator.joint)
                before, behind = signs.get(element, ("", ""))
                shown = f"{before}{text}{behind}"
                markdown = f"{before}{code_span(text)}{behind}"
                blocks.take(element, Heading(own + deeper, shown, markdown, anchor, symbol))
            elif any(up.get(CALLOUT) is not None for up in element.iterancestors()):
                blocks.take(element, Heading(own, text, _markdown(element), anchor, opens=False))
            else:
                level = own
                if within is not None and within in element.iterancestors():
                    own = min(6, own + deeper)
                symbol = owner if names_owner(text, owner) and not blocks.has_headings else None
                before, behind = signs.get(element, ("", ""))
                markdown = f"{before}{_markdown(element)}{behind}"
                blocks.take(element, Heading(own, f"{before}{text}{behind}", markdown, anchor, symbol))
        elif element in entries:
            entry = entries[element]
            blocks.take(element, *_entry(entry, min(6, level + 1 + entry.depth), generator))
            for alias in entry.aliases:
                drop(alias)


def _tidy(region: Element) -> None:
    """Permalinks of unknown make go, and parts of a heading that only its style parts get a space between."""
    for element in list(region.iter(*HEADINGS, "dt", "summary")):
        for link in list(element.iter("a")):
            said = plain(link)
            if said and (link.get("href") or "").startswith("#") and not any(map(str.isalnum, said)):
                drop(link)
        for end in element.iter("br"):
            end.tail = f" {end.tail or ''}"
        for gap in element.iter("span"):
            if gap.get("class") == "sep" and not len(gap) and not gap.text:
                gap.text = " "


def _container(signature: Element, anchor: str | None) -> Element | None:
    """The element of an entry's description, which bears its anchor."""
    return next((up for up in signature.iterancestors() if anchor and up.get("id") == anchor), None)


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
    symbol = symbol_of(entry.term, anchor, None, generator.joint)
    texts = [text.removeprefix(": ") for text in texts]  # Texinfo's category, where it is empty
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
                + code_span(one_line(inner))
                + text[len(text.rstrip()) :]
            )
        else:
            out.append(_SPECIAL.sub(r"\\\g<0>", text))
    return re.sub(r"(?<=\s)(#+)$", r"\\\1", one_line("".join(out)))


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
