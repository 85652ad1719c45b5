"""The page's name as its generator writes it, where that is no heading of the content."""

from lxml.etree import _Element as Element

from ingest.extract.generators.generator import Generator
from ingest.extract.tree.elements import drop
from ingest.extract.tree.selectors import first
from shared.one_line import one_line


def set_title(tree: Element, region: Element, generator: Generator) -> str | None:
    """Put the name at the head of the content as its `<h1>`, and return it; None where there is nothing to be done."""
    named = first(tree, generator.titles)
    if named is None or not (text := _line(named)):
        return None
    inside = region in named.iterancestors()
    if not (named.tag == "h1" and inside):
        heading = region.makeelement("h1")
        heading.text, heading.tail, region.text = text, region.text, None
        region.insert(0, heading)
        if inside:
            drop(named)
    return text


def _line(named: Element) -> str:
    """Its text in one line, without that of boxes and buttons in it."""
    parts = [named.text or ""]
    for child in named:
        if child.tag not in ("div", "button"):
            parts.append(" " if child.tag == "br" else "".join(child.itertext()))
        parts.append(child.tail or "")
    return one_line("".join(parts))
