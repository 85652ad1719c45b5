"""Lists of a site's own that broke a crawl, or may, by name: each is to cost itself and nothing else."""

import gzip
import random
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from tests.hostile_pages import MB, Fate, Hostile, entity_bomb

_XML = {"Content-Type": "application/xml"}
_TEXT = {"Content-Type": "text/plain"}
_JSON = {"Content-Type": "application/json"}
_ENTRY = "<url><loc>/1.html</loc></url>"
_FORMAT = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def _urlset(entries: str) -> bytes:
    return f'<?xml version="1.0"?><urlset {_FORMAT}>{entries}</urlset>'.encode()


def _inventory(*lines: str) -> bytes:
    head = "# Sphinx inventory version 2\n# Project: Good\n# Version: 1\n# The remainder is compressed using zlib.\n"
    return head.encode() + zlib.compress("\n".join(lines).encode())


def _noise(seed: int, size: int = 50_000) -> bytes:
    return random.Random(seed).randbytes(size)


def _sitemaps() -> Iterator[tuple[str, Hostile]]:
    def one(name: str, make: Callable[[], bytes], fate: Fate = "either") -> tuple[str, Hostile]:
        return name, Hostile(f"/maps/{name}", make, fate, _XML)

    yield one("control-bytes.xml", lambda: _urlset(f"\x01\x02{_ENTRY}\x00\x1b" * 3))
    yield one("unclosed.xml", lambda: _urlset("<url><loc>/1.html" * 20_000))
    yield one("unclosed-tags.xml", lambda: b"<urlset>" + b"<a>" * 20_000)
    yield one("entity-bomb.xml", entity_bomb)
    yield one(
        "loop.xml", lambda: b"<sitemapindex><sitemap><loc>/maps/loop.xml</loc></sitemap></sitemapindex>"
    )
    yield one("cut.xml", lambda: _urlset(_ENTRY * 100)[:-60])
    yield one("location-long.xml", lambda: _urlset(f"<url><loc>/{'a' * (2 * MB)}</loc></url>"))
    yield one("noise.xml", lambda: b"\x1f\x8b" + _noise(2), "lost")
    yield one("gzip-cut.xml.gz", lambda: gzip.compress(_urlset(_ENTRY * 5000))[:-40], "lost")
    yield one("gzip-bomb.xml.gz", lambda: gzip.compress(_urlset(" " * (60 * MB))), "lost")


SITEMAPS: Mapping[str, Hostile] = dict(_sitemaps())
"""Named by robots.txt."""


def _robots() -> bytes:
    rules = f"User-agent: *\nCrawl-delay: 9e999\nAllow: /\x00\x1b\nDisallow: /private{'*' * 2000}$\n"
    named = "".join(f"Sitemap: {one.path}\n" for one in SITEMAPS.values())
    return rules.encode() + b"\xff\xfe\n" * 50 + named.encode()


def _symbols() -> bytes:
    return _inventory(
        "good.handler py:function 1 1.html#good.handler -",
        "a\x00b py:function 1 1.html#a\x00b -",
        f"a{' ' * 80_000}b",
        f"c{' ' * 80_000} py:function 1 2.html#$ -",
        "\U000e0049\U000e0067 py:class 1 3.html#tag -",
        "x py:function 1 http://[::1 -",
    )


_CUT_JSON = b'[{"version": {"a": []}, "url": ["x"]}, 3, null, "a'

LISTS: Mapping[str, Hostile] = {
    **SITEMAPS,
    "sitemap.xml": Hostile("/sitemap.xml", lambda: b"<urlset>\x00\x01\x02" + b"\xff" * 2000, "either", _XML),
    "robots.txt": Hostile("/robots.txt", _robots, "either", _TEXT),
    "llms.txt": Hostile("/llms.txt", lambda: b"# Good\n" + b"\n" * 40_000, "either", _TEXT),
    "llms-full.txt": Hostile(
        "/llms-full.txt", lambda: b"Source: " * 20_000 + b"](a" * 99_999, "either", _TEXT
    ),
    "objects.inv": Hostile("/objects.inv", _symbols, "either"),
    "versions.json": Hostile("/versions.json", lambda: b"[" * 200_000, "lost", _JSON),
    "switcher": Hostile("/switcher.json", lambda: _CUT_JSON, "lost", _JSON),
}
"""By name; each kind of list has one place at a site, but for sitemaps."""


def _others() -> Iterator[tuple[str, Hostile]]:
    def one(place: str, what: str, make: Callable[[], bytes], fate: Fate = "either") -> tuple[str, Hostile]:
        return f"{place} of {what}", replace(LISTS[place], make=make, fate=fate)

    yield one("llms.txt", "links", lambda: b"# Good\n" + b"](a" * 40_000)
    yield one("llms.txt", "noise", lambda: _noise(3))
    yield one("llms-full.txt", "lines", lambda: b"\n" * 40_000)
    yield one("objects.inv", "a null", lambda: _inventory("a\x00b py:function 1 1.html#a\x00b -"), "kept")
    yield one("objects.inv", "half", lambda: _inventory("a py:function 1 1.html#a -" * 999)[:-20], "lost")
    yield one("objects.inv", "noise", lambda: _inventory("")[:-8] + _noise(4), "lost")
    yield one("versions.json", "types", lambda: b'[{"version": 3, "aliases": 5}, {"version": null}]')
    yield one("versions.json", "controls", lambda: b'[{"version": "1\\u0000", "aliases": ["\\ud800"]}]')
    yield one("versions.json", "a number", lambda: b'[{"version": ' + b"9" * 50_000 + b"}]")
    yield one("switcher", "brackets", lambda: b"[" * 200_000, "lost")
    yield one("switcher", "braces", lambda: b'{"a":' * 100_000, "lost")
    yield one("switcher", "bytes", lambda: b"\xff\xfe\x00[", "lost")


OTHER_LISTS: Mapping[str, Hostile] = dict(_others())
"""More answers for the places of `LISTS`: a site can serve one at a time."""
