"""Terminals that a script plays become code blocks, as they stand when they were played."""

import re
from itertools import islice

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.tree.elements import plain

_LINES = etree.XPath(".//*[@data-ty]")
_TERMINALS = frozenset(("termy", "termynal", "terminal"))
_PLAYING = re.compile(r"<(?:font|span)\s", re.IGNORECASE)
_COLOURED = re.compile(r"</?(?:font|span|b|i|u|em|strong)(?:\s[^<>]*)?>", re.IGNORECASE)
"""Markup that is text in the page, and that the script makes markup of."""
_PROMPT = "$ "


def show_terminals(region: Element) -> None:
    """`data-termynal` elements become a `<pre>` of their lines; in terminals, escaped colours are taken out."""
    for terminal in dict.fromkeys(one.getparent() for one in _LINES(region)):
        if lines := [line for one in terminal.iter() if (line := _line(one)) is not None]:
            tail = terminal.tail
            terminal.clear()
            terminal.tag, terminal.text, terminal.tail = "pre", "\n".join(lines), tail
            terminal.set("data-lang", "console")
    for pre in region.iter("pre"):
        if not _in_terminal(pre) or not _PLAYING.search("".join(pre.itertext())):
            continue
        for one in pre.iter():
            if one.text and "<" in one.text:
                one.text = _COLOURED.sub("", one.text)
            if one is not pre and one.tail and "<" in one.tail:
                one.tail = _COLOURED.sub("", one.tail)


def _in_terminal(pre: Element) -> bool:
    return any(
        not _TERMINALS.isdisjoint((up.get("class") or "").split())
        for up in (pre, *islice(pre.iterancestors(), 4))
    )


def _line(element: Element) -> str | None:
    kind = element.get("data-ty")
    if kind is None or kind == "progress":
        return None
    prompt = element.get("data-ty-prompt")
    return (f"{prompt} " if prompt else _PROMPT if kind == "input" else "") + plain(element)
