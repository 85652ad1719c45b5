"""A real page, however it is broken, becomes a document or a NotADocument with a reason; so does a list of pages."""

import zlib
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk.cut import chunk
from ingest.crawl.addresses.site_versions import named_addresses, parse_switcher
from ingest.crawl.addresses.urls import join_all
from ingest.crawl.fetch.faults import retry_after
from ingest.crawl.lists.inventory import parse_inventory
from ingest.crawl.lists.llms import named_pages
from ingest.crawl.lists.robots import parse_robots
from ingest.crawl.lists.sitemap import parse_sitemap
from ingest.extract import extract
from ingest.scan import scan
from shared.errors import ListUnreadable, NotADocument
from tests.hidden import HALVES, SIGNS, forms

PAGES = sorted((Path(__file__).parents[1] / "corpus" / "extract").glob("*.html"))
LISTS = (
    b"<urlset><url><loc>https://h/a</loc></url></urlset>",
    b'[{"version":"1.0","url":"/1.0/","aliases":["latest"],"released":"2020-01-01"}]',
    b"User-agent: *\nCrawl-delay: 1\nSitemap: /s.xml\nDisallow: /a*$\n",
    b"# t\n- [a](b.md)\nSource: https://h/x\n\n",
    b"x.open py:function 1 api.html#$ -\nDEBUG std:setting 1 s.html#std-$ -\n",
)
ODD = (
    *(
        "<p>",
        "<div>",
        "<table>",
        "<pre>",
        "</pre>",
        "<!--",
        "<![CDATA[",
        "<?xml",
        "<svg>",
        "<h1>",
        "<template>",
        "<title>",
    ),
    *(
        "<td colspan=99999999999 rowspan=-1>",
        f"<ol start={'9' * 400}><li value={'9' * 50}>",
        "<frameset>",
        "<body>",
    ),
    *(
        "<base href='http://['>",
        "<a href='http://x:99999999'>",
        f"<a href='&#{'9' * 5000};'>",
        "<a href='#\U000e0041'>",
    ),
    *(
        f"<p style='color:rgb({'9' * 400},1,1);opacity:nan'>",
        "<div data-termynal><span data-ty=input>\x01",
        "<math>",
    ),
    *(
        f"<meta http-equiv=refresh content='{'9' * 5000}; /x'>",
        "<meta charset=unicode_escape>",
        "<meta charset=utf-16>",
    ),
    "<script type=application/json>" + "[" * 9000 + '"code"</script>',
    '<script type=application/json>[{"code":"\\u0000","label":"a"},{"code":"\\ud800","label":"b"}]</script>',
    *(
        "```",
        "~~~",
        "> ",
        "- ",
        "# ",
        "|",
        "](a",
        "`",
        "\\",
        "<Tab>",
        ":::",
        "---\n",
        "{/*",
        "\t",
        "\n",
        " " * 3000,
        "&",
    ),
    *(
        "\x00",
        "\x1b$B",
        f"&#{'9' * 5000};",
        "&#xD800;",
        "&#0000057344;0&#0000057345;",
        "\ufdd00\ufdd1",
        "\ufeff",
        "\u2028",
    ),
)
PIECE = (
    st.sampled_from([odd.encode("utf-8", "surrogatepass") for odd in ODD])
    | st.sampled_from(SIGNS + HALVES).map(lambda sign: "".join(forms(sign)).encode("utf-8", "surrogatepass"))
    | st.binary(max_size=8)
)
BREAKS = st.lists(
    st.tuples(st.floats(0, 1), PIECE, st.integers(1, 40), st.integers(0, 400)), min_size=1, max_size=5
)
CHARSETS = st.sampled_from(
    [None, "utf-8", "undefined", "\udcff", "iso-2022-jp", "utf-16", "shift_jis", "big5", "x\0"]
)


def _broken(body: bytes, breaks: list[tuple[float, bytes, int, int]]) -> bytes:
    """With pieces put in, and something cut out behind each."""
    for place, piece, times, cut in breaks:
        at = int(place * len(body))
        body = body[:at] + piece * times + body[at + cut :]
    return body


@given(st.sampled_from(PAGES), BREAKS, CHARSETS, st.sampled_from([".html", ".md", ""]))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_a_broken_page_is_read_or_said_to_be_none(
    page: Path, breaks: list[tuple[float, bytes, int, int]], charset: str | None, suffix: str
) -> None:
    try:
        document = extract(
            _broken(page.read_bytes(), breaks), f"https://h/a{suffix}", charset=charset
        ).document
    except NotADocument:
        return
    for piece in chunk(document, lambda words: len(words) // 4, 200)[:20]:
        scan(piece.content)


@given(st.sampled_from(LISTS), BREAKS)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_a_broken_list_is_read_or_said_to_be_none(
    body: bytes, breaks: list[tuple[float, bytes, int, int]]
) -> None:
    broken = _broken(body, breaks)
    packed = b"# Sphinx inventory version 2\n\n\n\n" + zlib.compress(broken)
    for read in (
        lambda: parse_sitemap(broken),
        lambda: parse_sitemap(zlib.compress(broken, wbits=31)),
        lambda: parse_switcher(broken, "http://h/"),
        lambda: parse_inventory(packed, "http://h/objects.inv"),
        lambda: parse_inventory(_broken(packed, breaks), "http://h/objects.inv"),
    ):
        with suppress(ListUnreadable):
            read()
    rules = parse_robots(broken)
    assert isinstance(rules.allows("http://h/a"), bool)
    assert 0 <= rules.delay <= 60
    join_all(
        "http://h/", [*rules.sitemaps, *named_pages(broken, whole=True), *named_pages(broken, whole=False)]
    )
    named_addresses(broken, "http://h/")
    retry_after(broken[:200].decode("latin-1"), 1.0)
