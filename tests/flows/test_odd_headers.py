"""Headers that no standard allows, on real sockets: what is sent with them is read all the same."""

import pytest

from ingest.crawl.entry import no_page
from ingest.crawl.fetch.fetcher import open_fetcher
from ingest.extract import extract
from shared.errors import FetchFailed
from shared.guard.guard import Guard
from tests.crawling import QUICK
from tests.site import Reply, Site, html

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/html; charset=\xff"},
        {"Content-Type": "text/html; charset=\xf3\xa0\x81\x81"},
        {"Content-Type": 'text/html; charset="\x01"'},
        {"Content-Type": "text/html; charset*=utf-8''%ff"},
        {"Content-Type": "text/html; charset=undefined"},
        {"Content-Type": "text/html; charset"},
        {"Content-Type": "\xff"},
        {"Content-Type": "text/\xff"},
        {"Content-Type": "a" * 5000},
        {"ETag": '"\xff"', "Last-Modified": "\xff"},
        {"X-Robots-Tag": "\xff", "Link": "</\xff>; rel=\xff", "Set-Cookie": "\xff=\xff"},
    ],
    ids=ascii,
)
async def test_a_page_is_read_whatever_is_said_beside_it(headers: dict[str, str]) -> None:
    page = html(title="Café", text="naïve")
    with Site({"/a": Reply(page, headers=headers)}) as site:
        async with open_fetcher(Guard(allow_private=True), QUICK) as fetcher:
            fetched = await fetcher.get(f"{site.url}/a", wanted=no_page)

    assert "naïve" in extract(fetched.body, fetched.url, charset=fetched.charset).document.markdown
    (fetched.content_type + (fetched.charset or "") + (fetched.etag or "")).encode()


@pytest.mark.parametrize("header", ["Content-Encoding", "Location", "Retry-After", "WWW-Authenticate"])
async def test_a_reason_is_told_in_characters_that_can_be_written(header: str) -> None:
    status = {"Location": 302, "Retry-After": 429, "WWW-Authenticate": 401}.get(header, 200)
    with Site({"/a": Reply("x", status, {header: "//\xff"})}) as site:
        async with open_fetcher(Guard(allow_private=True), QUICK) as fetcher:
            with pytest.raises(FetchFailed) as told:
                await fetcher.get(f"{site.url}/a")

    assert str(told.value).encode().isascii() or "�" in str(told.value)
