"""What a formula says: its TeX where the page holds it in any form, else the line of its MathML."""

import re
from collections.abc import Iterator

from lxml import etree, html
from lxml.etree import ParserError
from lxml.etree import _Element as Element

from ingest.extract.formulas.linear import linear, local_name
from ingest.extract.formulas.tex import is_delimited, is_tex, one_line_tex
from ingest.extract.tree.elements import plain

_ENCODING = re.compile(r"(?:^|[/-])(?:la)?tex\b", re.IGNORECASE)
"""Of an annotation that is TeX."""
_ATTRIBUTES = ("data-latex", "data-tex", "data-original-tex")
_SCRIPT = re.compile(r"math/(tex|asciimath|mml)\b", re.IGNORECASE)


def script_kind(script: Element) -> str | None:
    """`tex`, `asciimath` or `mml` for a script that holds the source of a formula."""
    found = _SCRIPT.match(script.get("type") or "")
    return found[1].lower() if found else None


def said_by(formula: Element) -> str:
    """`$TeX$`, or a line without dollars; '' where it says nothing."""
    for source in _sources(formula):
        if tex := one_line_tex(source):
            return f"${tex}$"
    lines = (linear(math) for math in _mathml(formula))
    return next((line for line in lines if line), "") or plain(formula)


def said_by_script(kind: str, source: str) -> str:
    """The same of a script's text."""
    if kind == "mml":
        math = _parsed(source)
        return said_by(math) if math is not None else ""
    tex = one_line_tex(source)
    return f"${tex}$" if tex and kind == "tex" else tex


def said_by_text(text: str) -> str:
    """The same of a text that a script would draw. AsciiMath stands between `\\$`, and is a line already."""
    tex = one_line_tex(text)
    return tex if not tex or text.strip().startswith("\\$") else f"${tex}$"


def said_by_image(image: Element) -> str:
    """The same of an image's `alt`; '' where that is only a file's name."""
    alt = (image.get("alt") or "").strip()
    return "" if not alt or alt == (image.get("src") or "").rpartition("/")[2] else said_by_text(alt)


def _sources(formula: Element) -> Iterator[str]:
    """TeX, from the surest place to the least sure."""
    for one in formula.iter("script", "annotation", "{*}annotation", "mml:annotation", "m:annotation"):
        if script_kind(one) == "tex" or _ENCODING.search(one.get("encoding") or ""):
            yield one.text or ""
    for one in formula.iter("*"):
        for name in _ATTRIBUTES:
            if source := one.get(name):
                yield source
        alt = one.get("alttext") or ""
        if is_tex(alt):
            yield alt
    for image in formula.iter("img"):
        if is_tex(image.get("alt") or ""):
            yield image.get("alt") or ""
    if is_delimited(text := "".join(formula.itertext())):
        yield text


def _mathml(formula: Element) -> Iterator[Element]:
    for one in formula.iter("*"):
        if local_name(one) == "math":
            yield one
        elif (source := one.get("data-mathml")) and (math := _parsed(source)) is not None:
            yield math


def _parsed(source: str) -> Element | None:
    try:
        return html.fragment_fromstring(source.strip())
    except (ParserError, etree.XMLSyntaxError, ValueError):
        return None
