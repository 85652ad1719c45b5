"""MathML as a line that a person can read and type: `sqrt(x)`, `x_i`, `(a + b)/2`, `∑_(i = 1)^n`."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from lxml import etree
from lxml.etree import _Element as Element

from shared.one_line import one_line

_DEEPEST = 100
"""Nested elements; the line is written by recursion."""
_SYMBOLS = {
    "\u2212": "-",
    "\u2032": "'",
    "\u2033": "''",
    "\u2009": " ",
    "\u00a0": " ",
}
_INVISIBLE = dict.fromkeys((0x2061, 0x2062, 0x2063, 0x2064, 0x200B), "")
_ACCENTS = {
    "^": "hat", "\u02c6": "hat", "\u0302": "hat", "\u00af": "bar", "\u203e": "bar", "\u0304": "bar", "\u0305": "bar",
    "~": "tilde", "\u02dc": "tilde", "\u0303": "tilde", "\u2192": "vec", "\u20d7": "vec", "\u02d9": "dot",
    "\u0307": "dot", "\u00a8": "ddot", "\u0308": "ddot", "_": "underline", "\u0332": "underline",
    "\u23de": "overbrace", "\u23df": "underbrace",
}  # fmt: skip
_SPACED = frozenset(
    "=<>+-\u00b1\u2213\u00d7\u00f7\u2264\u2265\u2260\u2248\u2261\u223c\u221d\u2192\u21d2\u21d4\u21a6\u2208\u2209\u2282\u2286\u222a\u2229\u2227\u2228\u2254\u22c5\u2217"
)
"""Signs between two operands."""
_OPENING = frozenset("([{|\u2016\u27e8\u2308\u230a")
_ENDED = frozenset(("msup", "msub", "msubsup", "munder", "mover", "munderover", "mfrac"))
"""What another name behind would seem a part of: `x_i y`."""
_MARKS = frozenset(("'", "''", "*", "\u2020", "\u00b0"))
"""What stands behind a name without a sign between."""
_ATOM = re.compile(r"[^\W_]+'*|\d+(?:[.,]\d+)?|\S|(?:[a-z]+)?(?:\([^()]*\)|\[[^\[\]]*\])")


def linear(math: Element) -> str:
    """What a `<math>` draws in one line; its mere text where it is nested beyond reason."""
    depth = deepest = 0
    for event, _ in etree.iterwalk(math, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return one_line(_row(math) if deepest <= _DEEPEST else "".join(math.itertext())).strip()


def local_name(element: Element) -> str:
    """Of `mml:mi`: mi."""
    return str(element.tag).rpartition(":")[2].rpartition("}")[2]


def _written(element: Element) -> str:
    name = local_name(element)
    way = _WAYS.get(name)
    return way(element) if way else _row(element) if len(element) else _token(element)


def _token(element: Element) -> str:
    text = one_line(element.text or "").translate(_INVISIBLE)
    if text and all(ord(sign) >= 0x1D400 for sign in text):
        text = unicodedata.normalize("NFKC", text)
    return _SYMBOLS.get(text.strip(), text if local_name(element) == "mtext" else text.strip())


def _row(element: Element) -> str:
    return _joined(list(element))


def _joined(parts: Sequence[Element]) -> str:
    out = ""
    ended = False
    for part in parts:
        if not (said := _written(part)):
            continue
        if local_name(part) == "mo" and said in _SPACED:
            out += f" {said} " if out.strip() and not out.endswith((" ", *_OPENING)) else said
        elif local_name(part) == "mo" and said in (",", ";"):
            out = f"{out.rstrip()}{said} "
        else:
            out += f" {said}" if _run_together(out, said) or (ended and said[0].isalnum()) else said
        ended = local_name(part) in _ENDED
    return out.rstrip() if out.strip() else out


def _run_together(before: str, after: str) -> bool:
    """Whether two names, or a name and a number, would read as one."""
    if not (before and before[-1].isalnum() and after[0].isalnum()):
        return False
    word = re.search(r"[^\W\d_]+$", before)
    first = re.match(r"[^\W_]+", after)
    long = (word and len(word[0]) > 1) or (first and len(first[0]) > 1)
    return after[0].isdigit() or (bool(long) and not before[-1].isdigit())


def _grouped(text: str) -> str:
    return text if _ATOM.fullmatch(text) else f"({text})"


def _at(element: Element, number: int) -> str:
    return _written(element[number]) if number < len(element) else ""


def _scripts(element: Element, below: int | None, above: int | None) -> str:
    base = _grouped(text) if (text := _at(element, 0)) else ""
    low = _at(element, below) if below else ""
    high = _at(element, above) if above else ""
    if low:
        base += f"_{_grouped(low)}"
    if high:
        base += high if high in _MARKS - {"*"} else f"^{_grouped(high)}"
    return base


def _accented(element: Element, below: int | None, above: int | None) -> str:
    if len(element) == 2 and not len(element[1]) and (name := _ACCENTS.get(_token(element[1]))):
        return f"{name}({_at(element, 0)})"
    return _scripts(element, below, above)


def _fraction(element: Element) -> str:
    over, under = _at(element, 0), _at(element, 1)
    if (element.get("linethickness") or "").rstrip("ptxem%") == "0":
        return f"binom({over}, {under})"
    return f"{_grouped(over)}/{_grouped(under)}"


def _fenced(element: Element) -> str:
    separators = (element.get("separators", ",")).replace(" ", "")
    out = ""
    for at, part in enumerate(element):
        if at and separators:
            out += separators[min(at, len(separators)) - 1] + " "
        out += _written(part)
    return f"{element.get('open', '(')}{out}{element.get('close', ')')}"


def _table(table: Element) -> str:
    """Rows parted by `;`, cells by commas in a matrix, which stands in brackets, else by spaces."""
    before = table.getprevious()
    holder = table.getparent()
    bracketed = (before is not None and not len(before) and _token(before) in _OPENING) or (
        holder is not None and local_name(holder) == "mfenced"
    )
    rows = [[_written(cell) for cell in row] for row in table if local_name(row) in ("mtr", "mlabeledtr")]
    if bracketed:
        return "; ".join(", ".join(row) for row in rows)
    return "; ".join(" ".join(cell for cell in row if cell) for row in rows)


def _multiscripts(element: Element) -> str:
    names = [local_name(one) for one in element]
    split = names.index("mprescripts") if "mprescripts" in names else len(names)
    behind = [_written(one) for one in element[1:split]]
    before = [_written(one) for one in element[split + 1 :]]
    return _pairs(before) + (_grouped(_at(element, 0)) if len(element) else "") + _pairs(behind)


def _pairs(scripts: Sequence[str]) -> str:
    signs = ("_", "^")
    return "".join(f"{signs[at % 2]}{_grouped(text)}" for at, text in enumerate(scripts) if text)


def _enclosed(element: Element) -> str:
    return f"sqrt({_row(element)})" if "radical" in (element.get("notation") or "") else _row(element)


def _chosen(element: Element) -> str:
    selection = element.get("selection") or "1"
    return _at(
        element, int(selection) - 1 if selection.isdecimal() and len(selection) < 4 and int(selection) else 0
    )


def _nothing(_: Element) -> str:
    return ""


_WAYS: Mapping[str, Callable[[Element], str]] = {
    "msup": lambda one: _scripts(one, None, 1),
    "msub": lambda one: _scripts(one, 1, None),
    "msubsup": lambda one: _scripts(one, 1, 2),
    "mover": lambda one: _accented(one, None, 1),
    "munder": lambda one: _accented(one, 1, None),
    "munderover": lambda one: _accented(one, 1, 2),
    "mmultiscripts": _multiscripts,
    "mfrac": _fraction,
    "msqrt": lambda one: f"sqrt({_row(one)})",
    "mroot": lambda one: f"root({_at(one, 1)})({_at(one, 0)})",
    "mfenced": _fenced,
    "mtable": _table,
    "menclose": _enclosed,
    "semantics": lambda one: _at(one, 0),
    "maction": _chosen,
    "mspace": lambda _: " ",
    "ms": lambda one: f'"{_token(one)}"',
    **dict.fromkeys(
        ("mphantom", "annotation", "annotation-xml", "none", "mprescripts", "maligngroup"), _nothing
    ),
}
