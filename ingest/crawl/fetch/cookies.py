"""Cookies of one crawl: in memory, each for the host that set it and for no other."""

import re
from collections.abc import Iterable
from http.cookies import SimpleCookie

from aiohttp import CookieJar
from yarl import URL

_SENDABLE = re.compile(r"[\x20-\x7e]{1,4000}")


class HostCookies:
    """A jar a host; http and https of one host share theirs, other ports do not.

    What a cookie says of other hosts (`Domain`) is not heeded. A host of `given` gets none: there the operator's own
    are sent.
    """

    def __init__(self, given: Iterable[str] = ()) -> None:
        self._given = {_host(_parsed(url)) for url in given}
        self._jars: dict[str, CookieJar] = {}

    def keep(self, url: str, cookies: SimpleCookie) -> None:
        """What came with the answer to a request for a normalised URL."""
        there = _parsed(url)
        if not cookies or _host(there) in self._given:
            return
        own = SimpleCookie()
        own.update({name: one for name, one in cookies.items() if _SENDABLE.fullmatch(one.OutputString([]))})
        for morsel in own.values():
            morsel["domain"] = ""
        jar = self._jars.setdefault(_host(there), CookieJar(unsafe=True, quote_cookie=False))
        jar.update_cookies(own, there)

    def sent(self, url: str) -> str:
        """The value of the header that is sent with a request for a normalised URL; empty if there is none."""
        there = _parsed(url)
        jar = self._jars.get(_host(there))
        return jar.filter_cookies(there).output(attrs=[], header="", sep=";").strip() if jar else ""


def _parsed(url: str) -> URL:
    return URL(url, encoded=True)


def _host(url: URL) -> str:
    return f"{url.raw_host}:{'' if url.is_default_port() else url.port}"
