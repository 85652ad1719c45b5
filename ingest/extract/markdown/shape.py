"""Gives tables, definition lists, links, images and formulas the form that Markdown has for them."""

import re
from posixpath import basename
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from ingest.extract.generators.generator import Generator
from ingest.extract.generators.registry import matcher
from ingest.extract.tree.elements import plain
from ingest.extract.tree.metadata import address
from ingest.extract.tree.placeholders import PAUSE, is_inline

_CODE = ("code", "tt", "kbd", "samp")
_SYMBOL = re.compile(r"(?=.*[_.:(])[\w.:$-]+(?:\(\))?")
_NOTED = re.compile(r"\[?(\d{1,3})\]?")
"""What leads to a footnote."""
_TYPE = re.compile(r"<[\w.]+(?:\[\])*>")
"""As Node.js writes `<Object>` or `<string[]>`, each a link to what everybody knows."""
_SHORT = re.compile(r"[\w+−-]{1,6}")


def shape(region: Element, url: str, base: str, generator: Generator) -> None:
    """Reshape everything but headings, code and call-outs, in place. Relative links are relative to `base`."""
    for selectors, width in generator.grids:
        for grid in list(matcher((selectors,)).within(region)):
            _shape_grid(grid, width)
    for table in list(region.iter("table")):
        _shape_table(table)
    for definitions in list(region.iter("dl")):
        _shape_definitions(definitions)
    for paragraph in region.iter("p"):
        if "rubric" in (paragraph.get("class") or "").split() and plain(paragraph):
            _embolden(paragraph)
    for link in region.iter("a"):
        said = plain(link)
        if _TYPE.fullmatch(said):
            _rename(link, "code")
        elif not _leads_on(link, said, url, base):
            _rename(link, "span")
        elif "title" in link.attrib:
            del link.attrib["title"]
    for image in region.iter("img"):
        _shape_image(image)
    for raised in region.iter("sup", "sub"):
        if len(raised) == 1 and raised[0].tag in ("a", "span") and (noted := _NOTED.fullmatch(plain(raised))):
            raised.remove(raised[0])
            raised.text = f"[{noted[1]}]"
            continue
        if raised.text and _SHORT.fullmatch(raised.text) and not len(raised):
            raised.text = ("^" if raised.tag == "sup" else "_") + raised.text
    for quotation in list(region.iter("blockquote")):
        _shape_quotation(quotation)
    for formula in list(region.iter("math")):
        _shape_formula(formula)


def _rename(element: Element, tag: str) -> None:
    element.tag = tag
    element.attrib.clear()


def _embolden(paragraph: Element) -> None:
    """Docutils' rubrics ("Examples", "Notes") are headings by their looks alone."""
    strong = paragraph.makeelement("strong")
    strong.text, paragraph.text = (paragraph.text or "").strip(), None
    strong.extend(list(paragraph))
    paragraph.append(strong)


def _shape_grid(grid: Element, width: int) -> None:
    cells = list(grid)
    _rename(grid, "table")
    for at in range(0, len(cells), width):
        row = grid.makeelement("tr")
        grid.append(row)
        for cell in cells[at : at + width]:
            _rename(cell, "td")
            row.append(cell)


def _shape_table(table: Element) -> None:
    """A grid stays a table; one column becomes a list; a table of tables, or of nothing but layout, is opened."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]
    width = max((sum(cell.tag in ("td", "th") for cell in row) for row in rows), default=0)
    if width > 1 and table.get("role") != "presentation" and table.find(".//table") is None:
        for item in table.iter("li"):
            if item.getnext() is not None:
                item.tail = "; "
        return
    listed = width == 1 and len(rows) > 1
    for part in [one for one in table.iter("thead", "tbody", "tfoot", "tr", "td", "th", "caption", "colgroup")
                 if next(one.iterancestors("table"), None) is table]:  # fmt: skip
        is_row = listed and part.tag == "tr" and part.find("td") is not None
        if listed and part.tag == "th":
            _join_blocks(part)
        _rename(part, "li" if is_row else "p" if part.tag in ("caption", "th") and is_inline(part) else "div")
    if listed:
        for part in table.iterchildren("div"):
            if part.find("li") is not None:
                part.tag = "ul"
        if table.find("li") is not None:
            _rename(table, "ul")
            return
    _rename(table, "div")


def _join_blocks(cell: Element) -> None:
    """A header of several paragraphs in one line."""
    texts = [text for text in (plain(one) for one in cell) if text]
    if not (cell.text or "").strip() and len(texts) > 1:
        tail = cell.tail
        cell.clear()
        cell.text, cell.tail = " / ".join(texts), tail


def _shape_definitions(definitions: Element) -> None:
    """`- **term**: definition`, with what follows the first paragraph indented below."""
    parts = [part for child in definitions for part in (child if child.tag == "div" else (child,))]
    if not any(part.tag == "dt" for part in parts):
        _rename(definitions, "div")
        for part in parts:
            if part.tag == "dd":
                part.tag = "div"
        return
    listed = definitions.makeelement("ul")
    item: Element | None = None
    for part in parts:
        if part.tag == "dt" and (item is None or item.get("defined")):
            item = definitions.makeelement("li")
            listed.append(item)
        if item is None:
            item = definitions.makeelement("li")
            listed.append(item)
        if part.tag == "dt":
            _add_term(item, part)
        else:
            _add_definition(item, part)
    for item in listed:
        item.attrib.clear()
    listed.tail = definitions.tail
    parent = definitions.getparent()
    if parent is None:
        return
    parent.replace(definitions, listed)


def _add_term(item: Element, term: Element) -> None:
    if not plain(term):
        return
    if not is_inline(term):
        term.tag, term.tail = "div", None
        item.append(term)
        return
    typed = _bracket_types(term)
    styled = any(True for _ in term.iter(*_CODE, *(("strong",) if typed else ())))
    _rename(term, "span" if styled else "strong")
    term.text, term.tail = (term.text or "").lstrip(), None
    last = term[-1] if len(term) else None
    if last is None:
        term.text = term.text.rstrip()
    elif last.tail:
        last.tail = last.tail.rstrip()
    if len(item):
        item[-1].tail = ", "
    item.append(term)


def _bracket_types(term: Element) -> bool:
    """Docutils tells what a term is of by style alone: `<strong>axis</strong><span class="classifier">int</span>`."""
    types = [one for one in term.iterchildren("span") if "classifier" in (one.get("class") or "").split()]
    for one in types:
        before = one.getprevious()
        if not plain(one) or (before is not None and plain(before).endswith(":")):
            continue
        one.text = f" ({(one.text or '').lstrip()}"
        if len(one):
            one[-1].tail = f"{(one[-1].tail or '').rstrip()})"
        else:
            one.text = f"{one.text.rstrip()})"
    return bool(types)


def _add_definition(item: Element, definition: Element) -> None:
    """The first definition begins on the line of its term."""
    definition.tail = None
    if item.get("defined") or not len(item) or item[-1].tag == "div":
        item.set("defined", "yes")
        _rename(definition, "div")
        item.append(definition)
        return
    item.set("defined", "yes")
    if not plain(definition):
        return
    holder = definition
    if not (definition.text or "").strip() and len(definition) and definition[0].tag == "p":
        holder = definition[0]
    elif not is_inline(definition):
        head = item.makeelement("p")
        head.extend(list(item))
        item.append(head)
        _rename(definition, "div")
        item.append(definition)
        return
    terms = list(item)
    head = item.makeelement("p")
    head.extend(terms)
    colon = " " if plain(head).endswith(":") else ": "
    terms[-1].tail = colon + (holder.text or "").lstrip()
    head.extend(list(holder))
    item.append(head)
    if holder is not definition:
        rest = holder.tail
        definition.remove(holder)
        definition.text = rest
        if plain(definition):
            _rename(definition, "div")
            item.append(definition)


def _leads_on(link: Element, said: str, url: str, base: str) -> bool:
    """Whether a link's address is worth its tokens: not on this page, and no cross-reference of a name."""
    href = (link.get("href") or "").strip()
    if not href or href.startswith("#") or not said:
        return False
    target = address(base, href)
    if target is None or target == url.partition("#")[0]:
        return False
    named = (
        _SYMBOL.fullmatch(said)
        or (len(link) == 1 and link[0].tag in _CODE and plain(link[0]) == said)
        or next(link.iterancestors(*_CODE), None) is not None
    )
    return not named or urlsplit(target).netloc != urlsplit(url).netloc


def _shape_quotation(quotation: Element) -> None:
    parent = quotation.getparent()
    if parent is not None and quotation.getprevious() is not None:
        pause = quotation.makeelement("p")
        pause.text = PAUSE
        quotation.addprevious(pause)


def _shape_image(image: Element) -> None:
    """What an image says in words; nothing where it says nothing, or only its file's name."""
    said = (image.get("alt") or "").strip()
    formula = "math" in (image.get("class") or "").split()
    name = basename(image.get("src") or "")
    _rename(image, "code" if formula else "span")
    image.text = (
        ""
        if not said
        or said == name
        or said.startswith(("http:", "https:", "_images/"))
        or "/" in said.split()[0]
        else said
    )


def _shape_formula(formula: Element) -> None:
    source = next(
        (one.text for one in formula.iter("annotation") if "tex" in (one.get("encoding") or "") and one.text),
        None,
    )
    if source:
        tail = formula.tail
        formula.clear()
        _rename(formula, "code")
        formula.text, formula.tail = f"${source.strip()}$", tail
