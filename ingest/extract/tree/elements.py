"""What every room does with an element: its text, taking it out, putting its content in its place."""

from lxml.etree import _Element as Element

from shared.one_line import one_line

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def plain(element: Element) -> str:
    """The text of an element in one line."""
    return one_line("".join(element.itertext()))


def drop(element: Element) -> None:
    """Remove an element and keep the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def unwrap(element: Element) -> None:
    """Put an element's content in its place."""
    parent = element.getparent()
    if parent is None:
        return
    at = parent.index(element)
    children = list(element)
    parent[at : at + 1] = children
    before = parent[at - 1] if at else None
    if before is not None:
        before.tail = (before.tail or "") + (element.text or "")
    else:
        parent.text = (parent.text or "") + (element.text or "")
    last = children[-1] if children else before
    if last is not None:
        last.tail = (last.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
