import pytest

from ingest.crawl.addresses.urls import OUTSIDE, Scope, join, origin, stem
from shared.errors import InvalidUrl
from shared.guard.urls import normalise


@pytest.mark.parametrize(
    ("written", "known_as"),
    [
        ("HTTP://Example.COM:80", "http://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        ("http://example.com./a", "http://example.com/a"),
        ("http://example.com/a/../b/./c", "http://example.com/b/c"),
        ("http://example.com/a#part", "http://example.com/a"),
        ("http://example.com/%7euser/%c3%bc", "http://example.com/~user/%C3%BC"),
        ("http://example.com/a b?q=x y", "http://example.com/a%20b?q=x+y"),
        ("http://example.com/a?", "http://example.com/a"),
        ("http://example.com/a?b=2&a=1", "http://example.com/a?a=1&b=2"),
        ("http://example.com/a?utm_source=x&id=7&fbclid=1&gclid=2", "http://example.com/a?id=7"),
        ("http://example.com/a;jsessionid=AB12?PHPSESSID=3&page=2", "http://example.com/a?page=2"),
        ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
        ("  http://example.com/a\n", "http://example.com/a"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
        ("http://example.com/a//b/", "http://example.com/a//b/"),
        ("http://example.com/index.html", "http://example.com/index.html"),
    ],
)
def test_a_page_is_known_by_one_spelling(written: str, known_as: str) -> None:
    assert normalise(written) == known_as
    assert normalise(known_as) == known_as


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/docs",
        "//example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "http://",
        "http:///etc",
        "http:\\\\example.com\\",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://exa mple.com/",
        "http://ex%61mple.com/",
        "http://example.com:99999/",
        "http://127.1/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://2130706433/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.1.2/",
        "http://[fe80::1%25eth0]/",
        "http://[::1",
        "http://a..b/",
    ],
)
def test_what_is_no_plain_http_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrl):
        normalise(url)


def test_a_refused_url_never_repeats_its_password() -> None:
    with pytest.raises(InvalidUrl) as refused:
        normalise("http://user:secret@example.com/")
    assert "secret" not in refused.value.line


def test_references_are_joined_to_their_page() -> None:
    assert join("http://h/docs/a.html", "../b.html#x") == "http://h/b.html"
    assert join("http://h/docs/", "?page=2") == "http://h/docs/?page=2"
    assert join("https://h/a", "//other/b") == "https://other/b"
    with pytest.raises(InvalidUrl):
        join("http://h/", "mailto:someone@example.com")


def test_the_origin_is_scheme_host_and_port() -> None:
    assert origin("http://h:81/a/b?c=/") == "http://h:81"


def test_addresses_of_one_page_have_a_common_stem() -> None:
    page = "http://h/x"
    for other in ("http://h/x/", "http://h/x.html", "http://h/x/index.html", "http://h/x?print=1"):
        assert stem(other) == stem(page)
    for other in ("http://h/", "http://h/y", "http://h/x/y", "http://g/x"):
        assert stem(other) != stem(page)


@pytest.mark.parametrize(
    ("start", "inside", "outside"),
    [
        ("http://h/", ["http://h/a/b"], ["http://g/a", "https://h/a", "http://h:81/"]),
        (
            "http://h/docs/",
            ["http://h/docs/", "http://h/docs/a/b"],
            ["http://h/", "http://h/blog", "http://h/docsy/"],
        ),
        ("http://h/docs", ["http://h/docs", "http://h/docs/a"], ["http://h/", "http://h/docs2"]),
        ("http://h/docs/index.html", ["http://h/docs/b.html", "http://h/docs/c/d"], ["http://h/a.html"]),
        ("http://h/docs/1.2", ["http://h/docs/1.2/a"], ["http://h/docs/1.3"]),
    ],
)
def test_the_start_url_says_what_belongs_to_the_crawl(
    start: str, inside: list[str], outside: list[str]
) -> None:
    scope = Scope.around(start)
    assert scope.admits(start) is None
    assert [scope.admits(url) for url in inside] == [None] * len(inside)
    assert [scope.admits(url) for url in outside] == [OUTSIDE] * len(outside)


@pytest.mark.parametrize(
    ("start", "landed", "prefix"),
    [
        ("http://h/", "https://h/", "/"),
        ("http://h/", "https://h/introduction", "/"),
        ("http://h/", "http://h/getting-started/install/", "/"),
        ("http://h/", "http://h/en/stable/", "/en/stable/"),
        ("http://h/docs/", "http://h/docs/3.2/intro.html", "/docs/3.2/"),
        ("http://h/docs", "http://h/docs/", "/docs"),
        ("http://h/old/", "http://g/new/guide.html", "/new/"),
        ("http://h/en/latest/a.html", "http://h/en/latest/a.html", "/en/latest/"),
    ],
)
def test_a_redirect_of_the_start_moves_the_scope(start: str, landed: str, prefix: str) -> None:
    scope = Scope.around(start, landed)
    assert scope.prefix == prefix
    assert scope.start == landed


def test_include_globs_take_the_place_of_the_prefix() -> None:
    scope = Scope.around(
        "http://h/guide/intro", include=["/guide/*", "/api/*"], exclude=["*/old/*", "http://h/api/x*"]
    )
    assert scope.admits("http://h/guide/a/b") is None
    assert scope.admits("http://h/api/a") is None
    assert scope.admits("http://h/blog/a") == OUTSIDE
    assert scope.admits("http://h/guide/old/a") == "excluded by --exclude"
    assert scope.admits("http://h/api/x1") == "excluded by --exclude"
    assert scope.admits("http://h/guide/intro") is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/logo.PNG", "not a page (.png)"),
        ("/book.pdf", "not a page (.pdf)"),
        ("/v1.2.tar.gz", "not a page (.gz)"),
        ("/_static/app.js", "not a page (.js)"),
    ],
)
def test_what_is_no_page_is_refused_with_a_reason(path: str, reason: str) -> None:
    assert Scope.around("http://h/").admits("http://h" + path) == reason


@pytest.mark.parametrize(
    "path", ["/release-1.2", "/v2.0", "/a.b/c", "/node.html", "/view.php?id=3", "/next.config"]
)
def test_dots_in_a_page_name_are_no_reason_to_leave_it_out(path: str) -> None:
    assert Scope.around("http://h/").admits("http://h" + path) is None


def test_plain_links_of_a_site_under_https_stay_at_home() -> None:
    scope = Scope.around("https://h/")
    assert scope.home("http://h/a") == "https://h/a"
    assert scope.home("http://h:8080/a") == "http://h:8080/a"
    assert scope.home("http://g/a") == "http://g/a"
    assert Scope.around("http://h/").home("https://h/a") == "https://h/a"
