"""Languages that a page writes beside its code, for its readers: read, and taken out of the text."""

from lxml.etree import _Element as Element

from ingest.extract.clean.button_words import is_button_words
from ingest.extract.code.beside.inside import take_from_inside
from ingest.extract.code.language import code_language, named_language
from ingest.extract.generators.generator import Generator
from ingest.extract.generators.registry import matcher
from ingest.extract.tree.elements import drop, plain

_ABOVE = frozenset(("body", "main", "article", "section", "li", "dd", "td", "html", "blockquote"))
_TAGS = frozenset(("div", "span", "figcaption", "small", "label", "header", "strong", "b", "em", "code"))
_WRAPPERS = 4
"""How far above a `<pre>` its label may stand."""
_FILES = frozenset(("Dockerfile", "Makefile"))
"""Names of files that are names of languages, too: as they are written here, they are what a block is called."""
_BAR = 100
"""Characters: what stands in a code block's wrapper and is longer is no bar of labels."""


def take_code_labels(region: Element, generator: Generator) -> None:
    """Drop labels that only name a block's language, which is given to it where nothing else names it; and buttons."""
    if generator.code_labels:
        for label in list(matcher(generator.code_labels).within(region)):
            holder = label.getparent()
            _take(label, None if holder is None else holder.find(".//pre"))
    for pre in list(region.iter("pre")):
        take_from_inside(pre)
        bars, block = _bars(pre)
        for bar in bars:
            for label in _labels(bar):
                _take(label, pre)
        for beside in (*bars, block.getprevious(), block.getnext()):
            for button in _buttons(beside) if beside is not None and _may_label(beside) else ():
                drop(button)


def _take(label: Element, pre: Element | None) -> None:
    language = named_language(plain(label))
    if pre is not None and language and not code_language(pre):
        pre.set("data-lang", language)
    drop(label)


def _bars(pre: Element) -> tuple[list[Element], Element]:
    """What stands beside a block, and beside the wrappers that hold nothing but it; the outermost of those."""
    found: list[Element] = []
    child = pre
    for up in pre.iterancestors():
        if up.tag in _ABOVE or len(up) > _WRAPPERS + 1:
            break
        beside = [one for one in up if one is not child]
        if any(not _may_label(one) for one in beside) or _own_text(up):
            break
        found += beside
        child = up
        if up.getparent() is None or len(found) >= _WRAPPERS:
            break
    return found, child


def _own_text(element: Element) -> bool:
    return bool((element.text or "").strip()) or any((one.tail or "").strip() for one in element)


def _may_label(element: Element) -> bool:
    return (
        (element.tag in _TAGS or (element.tag == "p" and bool(element.get("class"))))
        and len(plain(element)) <= _BAR
        and element.find(".//pre") is None
    )


def _buttons(bar: Element) -> list[Element]:
    """The parts of a bar that are but the words of a button."""
    leaves = [one for one in bar.iter("span", "div", "small", "a", "i") if not len(one)]
    return [one for one in leaves if is_button_words(plain(one))]


def _labels(bar: Element) -> list[Element]:
    """The bar itself, or the parts of it, that say a language and no more."""
    if _names_language(bar):
        return [bar]
    parts = [one for one in bar.iterdescendants("span", "div", "small") if not len(one)]
    return [one for one in parts if len(parts) > 1 and _names_language(one)]


def _names_language(label: Element) -> bool:
    text = plain(label)
    return named_language(text) is not None and text not in _FILES
