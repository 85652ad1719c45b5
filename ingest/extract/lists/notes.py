"""Notes at the foot of a page, and citations: each begins with the sign that leads to it, as docutils writes them."""

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.tree.elements import drop, plain

_LABELS = etree.XPath(
    './/span[@class="label"][parent::*[contains(@class, "footnote") or contains(@class, "citation")]]'
)
_BACK = etree.XPath('.//span[@class="backrefs" or @class="fn-backref"]')
"""Links to several places that lead to one note."""


def sign_notes(region: Element) -> None:
    """Put `[1]` before a note's first words. To be asked before chrome is dropped: the number leads back."""
    for links in list(_BACK(region)):
        drop(links)
    for label in list(_LABELS(region)):
        words, sign = label.getnext(), plain(label)
        if words is None or words.tag != "p" or not sign:
            continue
        drop(label)
        words.text = f"{sign} {(words.text or '').lstrip()}"
