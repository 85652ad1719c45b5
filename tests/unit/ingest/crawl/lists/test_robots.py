from ingest.crawl.lists.robots import Robots, parse_robots


def test_rules_delay_and_sitemaps_are_read() -> None:
    robots = parse_robots(
        b"User-agent: *\nDisallow: /private/\nAllow: /private/open\nCrawl-delay: 2.5\n"
        b"Sitemap: https://h/map.xml\nSitemap: /other.xml\n"
    )
    assert robots.allows("https://h/a")
    assert not robots.allows("https://h/private/a")
    assert robots.allows("https://h/private/open/a")
    assert robots.delay == 2.5
    assert robots.sitemaps == ("https://h/map.xml", "/other.xml")


def test_rules_for_us_go_before_rules_for_all() -> None:
    robots = parse_robots(b"User-agent: *\nDisallow: /\n\nUser-agent: lectern\nDisallow: /no\n")
    assert robots.allows("https://h/a")
    assert not robots.allows("https://h/no")


def test_without_rules_everything_is_allowed() -> None:
    for body in (
        b"",
        b"\xef\xbb\xbf",
        b"<!doctype html><p>User-agent: *\nDisallow: /",
        b"\xff\xfe\x00",
        b"Disallow: /",
    ):
        assert parse_robots(body).allows("https://h/a")
    assert Robots().delay == 0.0
    assert Robots().sitemaps == ()


def test_a_byte_order_mark_hides_no_rule() -> None:
    assert not parse_robots(b"\xef\xbb\xbfUser-agent: *\nDisallow: /").allows("https://h/a")


def test_an_absurd_delay_is_bounded() -> None:
    assert parse_robots(b"User-agent: *\nCrawl-delay: 86400").delay == 60.0
    assert parse_robots(b"User-agent: *\nCrawl-delay: -1").delay == 0.0
    assert parse_robots(b"User-agent: *\nCrawl-delay: soon").delay == 0.0
