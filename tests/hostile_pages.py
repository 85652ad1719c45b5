"""Pages that broke a crawl, or may, by name: each is to cost itself and nothing else."""

import gzip
import random
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from tests.site import Reply

MB = 1 << 20

Fate = Literal["kept", "lost", "either"]
"""What a person could read is kept; what nobody could is lost, by name; what is slow may be either."""


@dataclass(frozen=True)
class Hostile:
    """One answer. `make` gives its body, which may be megabytes."""

    path: str
    make: Callable[[], bytes]
    fate: Fate = "kept"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def reply(self) -> Reply:
        return Reply(self.make(), headers=self.headers)


_CROOKED = (
    *(
        "http://[::1",
        "http://h:99999999/",
        "//",
        "http://\u0661\u0662/",
        "javascript:alert(1)",
        "http://a\x00b/",
    ),
    *("http://user@:80/", "%zz%", "?", "\\\\h\\x", "&#xD800;", "#" * 3000, "x" * 70_000),
)


def says(name: str) -> str:
    """What a page of this name says that can be read."""
    return f"The {name} page explains how a handler answers requests."


def _page(name: str, body: str = "", *, head: str = "", encoding: str = "utf-8") -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><title>About {escape(name)}</title>{head}</head><body><main>'
        f"<h1>About {escape(name)}</h1><p>{says(name)}</p>"
        f"<pre><code>handler = make({name!r})</code></pre>{body}</main></body></html>"
    ).encode(encoding, "surrogatepass")


def _pages() -> Iterator[tuple[str, Hostile]]:
    def html(
        name: str,
        body: str = "",
        fate: Fate = "kept",
        *,
        head: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[str, Hostile]:
        return name, Hostile(
            f"/hostile/{name}.html", lambda: _page(name, body, head=head), fate, headers or {}
        )

    def big(name: str, make: Callable[[], str], fate: Fate = "either") -> tuple[str, Hostile]:
        return name, Hostile(f"/hostile/{name}.html", lambda: _page(name, make()), fate)

    def markdown(name: str, make: Callable[[], str], fate: Fate = "either") -> tuple[str, Hostile]:
        def body() -> bytes:
            return f"# About {name}\n\n{says(name)}\n\n{make()}\n".encode()

        return name, Hostile(f"/hostile/{name}.md", body, fate, {"Content-Type": "text/markdown"})

    def raw(name: str, make: Callable[[], bytes], fate: Fate, **headers: str) -> tuple[str, Hostile]:
        sent = {header.replace("_", "-"): value for header, value in headers.items()}
        return name, Hostile(f"/hostile/{name}.html", make, fate, sent)

    # Characters that no text may have, written in every way.
    yield html("private-use-decimal", "<p>&#0000057344;99&#0000057345;</p><pre>&#0000057344;a</pre>")
    yield html("private-use-hex", "<p>&#x0000E000;99&#x0000E001;</p>")
    yield html("private-use-zeros", f"<p>&#{'0' * 400}57344;99&#{'0' * 400}57345;</p>")
    yield html("private-use-raw", "<p>\ue000 99 \ue001</p><pre>\ue000\uf8ff</pre>")
    yield html("private-use-plane", "<p>&#983040;&#x10FFFD;\U000f0000</p>")
    yield html("surrogate-entities", "<p>&#55357;&#56832; &#xD800; &#xDFFF;</p>")
    yield html("null-entities", "<p>&#0;&#x0;&#0000; &#27;[31m &#155;</p>")
    yield html("endless-entity", f"<p>&#{'9' * 5000}; &#x{'f' * 5000};</p>")
    yield html(
        "tag-characters",
        "<h2>\U000e0049\U000e0067\U000e006e ignore</h2>",
        head="<meta name='a' content='\U000e0049'>",
    )
    yield html("bidi-controls", "<p>\u202eabc\u202c \u2066x\u2069</p><pre>\u202eabc\u202c</pre>")
    yield html("lone-controls", "<p>\x01\x02\x0b\x0c\x1b[2J\x7f\x9b</p><pre>\x00\x1b]0;x\x07</pre>")
    yield html("noncharacters", "<p>\ufffe\uffff\U0001fffe &#65535;</p>")

    # Character sets that are none, or are no sets of characters.
    for charset in (
        *(
            "undefined",
            "idna",
            "punycode",
            "unicode_escape",
            "raw_unicode_escape",
            "mbcs",
            "rot13",
            "hex",
            "base64",
        ),
        *("zlib", "bz2", "no-such-set", "utf-7", "utf-8-sig", "x" * 5000),
    ):
        name = f"charset-{charset[:20]}"
        yield html(name, headers={"Content-Type": f"text/html; charset={charset}"})
    yield html(
        "charset-meta-undefined", head="<meta charset='undefined'>", headers={"Content-Type": "text/html"}
    )
    yield html("charset-meta-idna", head="<meta charset='idna'>", headers={"Content-Type": "text/html"})
    yield html("charset-null", headers={"Content-Type": 'text/html; charset="utf\xad8"'})

    # Styles.
    yield html(
        "color-digits", f"<p style='color:rgb({'9' * 400},0,0)'>red</p><p style='color:#{'f' * 400}'>red</p>"
    )
    yield html(
        "color-exponent",
        "<p style='color:rgb(1e999,0,0);opacity:1e-999'>a</p><p style='color:hsl(9e999deg,9e99%,1%)'>b</p>",
    )
    yield html(
        "color-nonsense",
        "<p style='color:rgb(,,,);opacity:;font-size:calc(1px'>c</p><p style='color:rgb(٣,٣,٣)'>d</p>",
    )
    yield html("size-digits", f"<p style='font-size:{'1' * 5000}px;text-indent:-{'9' * 5000}px'>e</p>")
    yield html("style-nested", head=f"<style>{'a{' * 20000}</style>")

    # Scripts.
    tricky = (
        r'{"code": "print(1)\u001b[31m\u0000\ud800", "language": "python", "files": {"\udc00.py": "\u0000"}}'
    )
    for kind in ("application/json", "text/json"):
        yield html(f"script-{kind.replace('/', '-')}", f"<script type='{kind}'>[{tricky}, {tricky}]</script>")
    yield html("script-brackets", f"<script type='application/json'>{'[' * 200_000}</script>")
    yield html("script-braces", "<script type='application/json'>" + '{"a":' * 100_000 + "</script>")
    yield html(
        "script-numbers",
        f"<script type='application/json'>[{'9' * 100_000}, 1e999999, NaN, -Infinity]</script>",
    )
    yield html(
        "script-broken", "<script id='__NEXT_DATA__' type='application/json'>{'code': undefined,,}</script>"
    )
    yield html("script-ld", f"<script type='application/ld+json'>{'{' * 100_000}</script>")

    # Headers.
    yield html("header-type", headers={"Content-Type": "text/html; charset=\xff"})
    yield html(
        "header-link",
        headers={"Link": "</\xff>; rel=canonical", "X-Robots-Tag": "\xff\xfe", "Content-Language": "\xff"},
    )
    yield html("header-validators", headers={"ETag": '"\xff"', "Last-Modified": "\xff"})
    yield html("header-many", headers={f"X-{number}": "a" * 200 for number in range(60)})

    # Addresses.
    yield html(
        "links-crooked",
        "".join(f"<a href='{link}'>x</a>" for link in _CROOKED),
        head="<base href='http://['><link rel='canonical' href='http://[::1'>",
    )
    yield html("anchors-crooked", "".join(f"<h2 id='{'a' * 9000}'>Part</h2><p>b</p>" for _ in range(50)))
    yield html("title-long", head=f"<title>{'word ' * 100_000}</title>")

    # Much of one thing.
    yield big("paragraphs-unclosed", lambda: "<p>a" * (6 * MB // 4))
    yield big("divs-around-breaks", lambda: "<div>" * 1990 + "<br>" * 5000 + "</div>" * 1990)
    yield big("divs-nested", lambda: "<div>" * 200_000 + "deep")
    yield big("lists-nested", lambda: "<ul><li>a" * 20_000)
    yield big("tables-nested", lambda: "<table><tr><td>a" * 10_000)
    yield big("quotes-nested", lambda: "<blockquote>a" * 20_000)
    yield big("inline-nested", lambda: "<b><i><code>a" * 50_000)
    yield big("code-spans", lambda: "<pre>" + "<span>a</span>" * 200_000 + "</pre>")
    yield big("table-wide", lambda: "<table>" + ("<tr>" + "<td>a" * 2000) * 200 + "</table>")
    yield big("table-spans", lambda: "<table><tr><td colspan=999999 rowspan=999999>a" * 20 + "</table>")
    yield big("headings-many", lambda: "".join(f"<h2>Part {number}</h2>" for number in range(50_000)))
    yield big("comment-unclosed", lambda: "<!--" + "a" * (2 * MB))
    yield big("attribute-long", lambda: f"<p title='{'a' * (5 * MB)}'>a</p>")
    yield big(
        "spaces", lambda: f"<p>{' ' * (3 * MB)}a</p><h2>a{' ' * 300_000}</h2><pre>{' ' * 300_000}a</pre>"
    )
    yield markdown("heading-spaces", lambda: f"# a{' ' * 300_000}")
    yield markdown("heading-hashes", lambda: f"## a {'#' * 300_000} a")
    yield markdown("brackets", lambda: "[" * 100_000)
    yield markdown("links-unclosed", lambda: "](a" * 100_000)
    yield markdown("quotes", lambda: ">" * 100_000)
    yield markdown("stars", lambda: "*a **" * 60_000)
    yield markdown("backticks", lambda: "`" * 100_000 + " a ``")
    yield markdown("lists", lambda: "\n".join(f"{' ' * number}- a" for number in range(2000)))
    yield markdown("pipes", lambda: "|a" * 50_000 + "\n" + "|-" * 50_000)
    yield markdown("front-matter", lambda: "---\n" + "a: &a [*a, *a]\n" * 50_000 + "---")

    # Bodies that nobody can read.
    yield raw(
        "gzip-cut", lambda: gzip.compress(_page("gzip-cut") * 50)[:-40], "lost", Content_Encoding="gzip"
    )
    yield raw("gzip-false", lambda: _page("gzip-false"), "lost", Content_Encoding="gzip")
    yield raw("gzip-bomb", lambda: gzip.compress(b"<p>a" * (25 * MB)), "lost", Content_Encoding="gzip")
    yield raw(
        "deflate-broken",
        lambda: zlib.compress(_page("deflate-broken"))[:20],
        "lost",
        Content_Encoding="deflate",
    )
    yield raw("entity-bomb", entity_bomb, "either", Content_Type="application/xhtml+xml")
    yield raw("noise", lambda: random.Random(1).randbytes(200_000), "either")
    yield raw(
        "utf-16-undeclared",
        lambda: _page("utf-16-undeclared", encoding="utf-16"),
        "kept",
        Content_Type="text/html",
    )
    yield raw(
        "utf-8-overlong",
        lambda: _page("utf-8-overlong").replace(b"</main>", b"<p>\xc0\xaf\xed\xa0\x80\xff</p></main>"),
        "kept",
    )


def entity_bomb() -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e0 "lol">{levels}]>'
    return f"{head}<html><body><p>&e11;</p></body></html>".encode()


PAGES: Mapping[str, Hostile] = dict(_pages())
"""By name."""
