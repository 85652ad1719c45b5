"""Cookies that a site sets: kept for the crawl, sent to the host that set them and to no other."""

from collections.abc import Callable

import pytest

from shared.errors import FetchFailed
from tests.crawling import crawl_all
from tests.site import Reply, Request, Site, html, redirect

pytestmark = pytest.mark.anyio


def walled(
    page: str, setting: str = "session=1; Path=/", needed: str = "session=1"
) -> Callable[[Request], Reply]:
    """Redirects to itself until the cookie comes back."""

    def answer(request: Request) -> Reply:
        if needed in request.headers.get("Cookie", ""):
            return Reply(page)
        return Reply(status=302, headers={"Location": request.path, "Set-Cookie": setting})

    return answer


def cookies(site: Site, path: str) -> list[str | None]:
    return [request.headers.get("Cookie") for request in site.requests if request.path == path]


async def test_a_cookie_wall_is_passed_once() -> None:
    with Site() as site:
        site.pages = {"/": walled(html("/a", "/b")), "/a": walled(html()), "/b": walled(html())}
        outcome = await crawl_all(f"{site.url}/")
        assert (set(outcome.kept), outcome.failed) == ({"/", "/a", "/b"}, {})
        assert cookies(site, "/") == [None, "session=1"]
        assert cookies(site, "/a") == ["session=1"]


async def test_a_wall_may_lead_over_another_page_and_begin_below_the_start() -> None:
    with Site() as site:
        site.pages = {
            "/": html("/a"),
            "/a": lambda request: (
                Reply(html()) if request.headers.get("Cookie") else redirect("/check?next=/a")
            ),
            "/check?next=/a": Reply(status=302, headers={"Location": "/a", "Set-Cookie": "seen=yes"}),
        }
        assert set((await crawl_all(f"{site.url}/")).kept) == {"/", "/a"}


async def test_a_cookie_goes_to_no_other_host_whatever_it_says() -> None:
    with Site(host="127.0.0.1") as site, Site(host="127.0.0.2") as other, Site(host="127.0.0.1") as port:
        site.pages = {
            "/": Reply(html("/out", "/port"), headers={"Set-Cookie": "secret=1; Domain=127.0.0.2; Path=/"}),
            "/out": Reply(
                status=302, headers={"Location": f"{other.url}/out", "Set-Cookie": "secret=1; Path=/"}
            ),
            "/port": Reply(
                status=302, headers={"Location": f"{port.url}/port", "Set-Cookie": "secret=1; Path=/"}
            ),
        }
        for one in (other, port):
            one.pages = {"/robots.txt": Reply(status=404), "/out": html(), "/port": html()}
        await crawl_all(f"{site.url}/", include=("*",))
        await crawl_all(f"{site.url}/out")
        await crawl_all(f"{site.url}/port")
        assert "secret=1" in cookies(site, "/out")
        assert other.requests
        assert port.requests
        assert not [
            request for one in (other, port) for request in one.requests if "Cookie" in request.headers
        ]


async def test_paths_and_secure_are_heeded() -> None:
    def setting(path: str, *links: str) -> Reply:
        return Reply(html(*links), headers={"Set-Cookie": path})

    with Site() as site:
        site.pages = {
            "/": setting("a=1; Path=/deep", "/deep/x", "/flat"),
            "/deep/x": setting("b=2; Secure; Path=/", "/flat"),
            "/flat": html("/last"),
            "/last": html(),
        }
        await crawl_all(f"{site.url}/", concurrency=1)
        assert (cookies(site, "/deep/x"), cookies(site, "/flat"), cookies(site, "/last")) == (
            ["a=1"],
            [None],
            [None],
        )


async def test_the_operators_own_cookie_is_sent_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "session=mine")
    with Site() as site:
        site.pages = {"/": Reply(html("/a"), headers={"Set-Cookie": "session=theirs; Path=/"}), "/a": html()}
        await crawl_all(f"{site.url}/", headers=("Cookie: $MINE",))
        assert cookies(site, "/a") == ["session=mine"]


async def test_a_wall_that_no_cookie_of_its_own_opens_says_so() -> None:
    counted = iter(range(1000))

    def again(_: Request) -> Reply:
        return Reply(status=302, headers={"Location": "/", "Set-Cookie": f"n={next(counted)}"})

    for pages in ({"/": walled("", needed="another")}, {"/": again}):
        with Site(pages) as site:
            with pytest.raises(FetchFailed, match="a cookie wall, needs --header") as caught:
                await crawl_all(f"{site.url}/")
            assert "--header" in caught.value.hint
            assert len(site.paths) < 30


async def test_a_circle_is_no_cookie_wall_because_another_page_sets_cookies() -> None:
    with Site() as site:
        site.pages = {
            "/": Reply(html("/a", "/c"), headers={"Set-Cookie": "seen=1; Path=/"}),
            "/a": redirect("/b"),
            "/b": redirect("/a"),
            "/c": html(),
        }
        outcome = await crawl_all(f"{site.url}/")
        assert outcome.failed == {"/a": "redirects for ever"}
        assert cookies(site, "/a") == ["seen=1"]


async def test_a_cookie_that_cannot_be_sent_is_not_kept() -> None:
    with Site() as site:
        bad = Reply(html("/a"), headers={"Set-Cookie": "a=\xff; Path=/"})
        site.pages = {"/": bad, "/a": html()}
        assert set((await crawl_all(f"{site.url}/")).kept) == {"/", "/a"}
        assert cookies(site, "/a") == [None]
