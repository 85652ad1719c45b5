"""What a heading says of the kind of its entry, in labels beside the name, is said below it."""

from lxml.etree import _Element as Element

from ingest.extract.generators.generator import Generator
from ingest.extract.generators.registry import matcher
from ingest.extract.tree.elements import HEADINGS, drop, plain


def say_labels_below(region: Element, generator: Generator) -> None:
    """`async`, `property`: no part of the name."""
    for labels in list(matcher(generator.labels).within(region)) if generator.labels else ():
        heading, said = next(labels.iterancestors(*HEADINGS), None), plain(labels)
        drop(labels)
        if heading is not None and said:
            paragraph = heading.makeelement("p")
            emphasis = heading.makeelement("em")
            emphasis.text = ", ".join(said.split())
            paragraph.append(emphasis)
            paragraph.tail, heading.tail = heading.tail, None
            heading.addnext(paragraph)
