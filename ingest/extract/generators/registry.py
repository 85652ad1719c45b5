"""Which of the documentation generators we know made a page. A new one is a new row in one of the three tables."""

import re
from fnmatch import fnmatchcase
from functools import cache

from lxml.etree import _Element as Element

from ingest.extract.generators.api import APIS
from ingest.extract.generators.generator import Generator
from ingest.extract.generators.manuals import REFERENCE
from ingest.extract.generators.sites import SITES
from ingest.extract.tree.selectors import Matcher

GENERATORS = (*REFERENCE, *APIS, *SITES)

UNKNOWN = Generator("")

_COMMENT = re.compile(
    r"<!--[^>\n]{0,60}?(?:generated|created|converted) (?:by|with|using|from) (?:GNU )?([^>\n]{3,60})", re.I
)
_HEAD = 40_000
"""Characters of a page within which such a comment stands."""


def generated_by(text: str) -> str | None:
    """What a page's comment says it was made with: `javadoc (11.0.18)`."""
    found = _COMMENT.search(text, 0, _HEAD)
    return found[1].strip() if found else None


def recognise(tree: Element, meta: str | None) -> Generator:
    """What made a page: by its `<meta name="generator">`, else by an element only it writes; else UNKNOWN."""
    for one in GENERATORS:
        if meta and one.meta and re.match(one.meta, meta.strip(), re.IGNORECASE):
            return one
    marks = matcher(tuple(mark for one in GENERATORS for mark in one.marks))
    found = next(marks.within(tree), None)
    if found is None:
        return UNKNOWN
    return next(one for one in GENERATORS if matcher(one.marks).matches(found))


def is_machinery(generator: Generator, path: str) -> bool:
    """Whether a URL's path names an index or a search page, which no reader asks for."""
    return any(fnmatchcase(path, glob) for glob in generator.machinery)


@cache
def matcher(selectors: tuple[str, ...]) -> Matcher:
    return Matcher(selectors)
