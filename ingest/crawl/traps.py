"""Addresses without end: calendars, parameters that only grow, folders that repeat themselves."""

import re
from collections import Counter

from ingest.crawl.urls import path_of, stem

_LONGEST = 2_000
_DEEPEST = 20
_PARAMETERS = 4
_REPEATS = 3
_NUMBERED = 500
"""Addresses that differ only in a date, or in the numbers of their query."""
_ECHOES = 20
"""Queries of one address that gave a page that was there already."""

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


class Traps:
    """What only many addresses of one crawl show together."""

    def __init__(self) -> None:
        self._shapes: Counter[str] = Counter()
        self._echoes: Counter[str] = Counter()

    def bars(self, url: str) -> str | None:
        """Why one more address of this kind is not fetched, or None; asked once for each."""
        if "?" in url and self._echoes[stem(url)] >= _ECHOES:
            return f"the same page as {_ECHOES} other queries of its address"
        shape = _shape(url)
        if shape == url:
            return None
        self._shapes[shape] += 1
        if self._shapes[shape] > _NUMBERED:
            return f"over {_NUMBERED} addresses that differ only in a date or a number"
        return None

    def echo(self, url: str) -> None:
        """This address gave a page that is known under another one."""
        if "?" in url:
            self._echoes[stem(url)] += 1


def _shape(url: str) -> str:
    """A URL without its dates, and without the numbers of its query."""
    path, mark, query = url.partition("?")
    return _MONTH.sub("<date>", path) + mark + _NUMBER.sub("<number>", query)
