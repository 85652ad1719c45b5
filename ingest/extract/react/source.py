"""Languages of code on a page that names none, but sends the Markdown it was written in."""

import re
from collections.abc import Iterator

from lxml.etree import _Element as Element

from ingest.extract.code.block import code_text
from ingest.extract.code.language import code_language
from ingest.extract.react.flight import sent_nodes, within

_SOURCE = "sourceCode"
"""The property in which Nextra keeps it, for its button that copies a page."""
_FENCE = re.compile(
    r"^[ \t>]*(`{3,}|~{3,})[ \t]*([\w+#.-]+)[^\n`]*\n(.*?)^[ \t>]*\1[ \t]*$", re.MULTILINE | re.DOTALL
)
_NOTE = re.compile(r"\W*\[!code[^\n]*|^\s*// (?:@|\^)[^\n]*", re.MULTILINE)
"""What highlighters read, and no reader sees."""


def name_languages(region: Element) -> None:
    """Give code blocks the language of the fence that begins as they do: both stand in the same order."""
    blocks = [pre for pre in region.iter("pre") if not code_language(pre)]
    fences = [*_fences(region)] if blocks else []
    for pre in blocks if fences else ():
        begins = _beginning(code_text(pre))
        at = next((at for at, (_, first) in enumerate(fences) if first == begins), None)
        if at is not None:
            pre.set("data-lang", fences[at][0])
            del fences[: at + 1]


def _fences(region: Element) -> Iterator[tuple[str, str]]:
    """Language and first line of each."""
    for node in within(sent_nodes(region, _SOURCE)):
        source = node.properties.get(_SOURCE)
        if isinstance(source, str):
            yield from ((fence[2], _beginning(fence[3])) for fence in _FENCE.finditer(source))


def _beginning(code: str) -> str:
    lines = ("".join(line.split()) for line in _NOTE.sub("", code).split("\n"))
    return next(filter(None, lines), "")
