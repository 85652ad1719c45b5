"""Addresses without end: calendars, parameters that only grow, folders that repeat themselves."""

import hashlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from ingest.crawl.addresses.naming import words
from ingest.crawl.addresses.urls import path_of, stem
from shared.model.document import Document

_LONGEST = 2_000
_DEEPEST = 20
_PARAMETERS = 4
_REPEATS = 3
_NUMBERED = 500
"""Addresses that differ only in a date, or in the numbers of their query."""
_ECHOES = 20
"""Queries of one address that gave a page that was there already."""

_VALUES = 50
"""Values of a parameter after which it is judged: by then most of its pages must say something new."""
_TELLING = 3
"""Characters of a value that are no accident in a word."""
_READ = 20_000
"""Characters of a page that are compared."""

_MONTH = re.compile(
    r"(?<=/)(?:19|20|21)\d\d/(?:0?[1-9]|1[0-2])(?:/[0-3]?\d)?(?=/|$)|(?<!\d)(?:19|20|21)\d\d-\d\d(?:-\d\d)?(?!\d)"
)
_NUMBER = re.compile(r"\d+")


def endless(url: str) -> str | None:
    """Why an address by itself looks as if a program went on making them, or None."""
    if len(url) > _LONGEST:
        return f"URL longer than {_LONGEST:,} characters"
    if url.count("&") >= _PARAMETERS:
        return f"more than {_PARAMETERS} query parameters"
    folders = [folder for folder in path_of(url).split("/") if folder]
    if len(folders) > _DEEPEST:
        return f"path deeper than {_DEEPEST} folders"
    if folders and max(Counter(folders).values()) > _REPEATS:
        return "path repeats itself"
    return None


@dataclass(slots=True)
class _Parameter:
    """What the pages of one parameter of one address say, but for its value."""

    values: set[str] = field(default_factory=set)
    said: set[bytes] = field(default_factory=set)
    pages: int = 0

    @property
    def empty(self) -> bool:
        return len(self.values) >= _VALUES and 2 * len(self.said) < self.pages


class Traps:
    """What only many addresses of one crawl show together."""

    def __init__(self) -> None:
        self._shapes: Counter[str] = Counter()
        self._echoes: Counter[str] = Counter()
        self._parameters: defaultdict[tuple[str, str], _Parameter] = defaultdict(_Parameter)

    def bars(self, url: str) -> str | None:
        """Why one more address of this kind is not fetched, or None; called once for each."""
        if "?" in url and self._echoes[stem(url)] >= _ECHOES:
            return f"the same page as {_ECHOES} other queries of its address"
        if reason := self.cut_off(url):
            return reason
        shape = _shape(url)
        if shape == url:
            return None
        self._shapes[shape] += 1
        if self._shapes[shape] > _NUMBERED:
            return f"over {_NUMBERED} addresses that differ only in a date or a number"
        return None

    def cut_off(self, url: str) -> str | None:
        """Why an address is not fetched any more, or None: most values of a parameter gave nothing but themselves."""
        if not self._parameters or "?" not in url:
            return None
        name = next((name for name, _ in _query(url) if self._is_empty(url, name)), None)
        return name and f"?{name}= says nothing new but its value, by {_VALUES} of them"

    def said(self, url: str, document: Document) -> None:
        """A page says this."""
        query = _query(url)
        text = words(document)[:_READ] if query else ""
        for name, value in query:
            parameter = self._parameters[stem(url), name]
            parameter.values.add(value)
            parameter.pages += 1
            parameter.said.add(_but_for(value, text))

    def _is_empty(self, url: str, name: str) -> bool:
        found = self._parameters.get((stem(url), name))
        return found is not None and found.empty

    def echo(self, url: str) -> None:
        """This address gave a page that is known under another one."""
        if "?" in url:
            self._echoes[stem(url)] += 1


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(url.partition("?")[2]) if "?" in url else []


def _but_for(value: str, text: str) -> bytes:
    """A text without the value that was asked for, and without the words that hold it, if it is no mere letter."""
    said, asked = text.lower(), value.lower()
    if len(asked) < _TELLING:
        said = re.sub(rf"\b{re.escape(asked)}\b", "", said)
    words = " ".join(word for word in said.split() if len(asked) < _TELLING or asked not in word)
    return hashlib.sha256(words.replace(asked, "").encode() if " " in asked else words.encode()).digest()


def _shape(url: str) -> str:
    """A URL without its dates, and without the numbers of its query."""
    path, mark, query = url.partition("?")
    return _MONTH.sub("<date>", path) + mark + _NUMBER.sub("<number>", query)
