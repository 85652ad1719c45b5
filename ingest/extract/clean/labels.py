"""A label becomes bold text at the head of what it names."""

from lxml.etree import _Element as Element


def labelled(maker: Element, text: str) -> Element:
    """A paragraph of bold text."""
    paragraph = maker.makeelement("p")
    strong = maker.makeelement("strong")
    strong.text = text
    paragraph.append(strong)
    return paragraph


def put_label(holder: Element, text: str) -> None:
    """As the first paragraph of `holder`, or before it where it is code."""
    head = labelled(holder, text)
    if holder.tag == "pre":
        holder.addprevious(head)
        return
    head.tail, holder.text = holder.text, None
    holder.insert(0, head)
