"""Versions by the addresses of a site."""

import json
from datetime import date

import pytest

from ingest.crawl.addresses.site_versions import (
    Versions,
    named_addresses,
    named_version,
    parse_switcher,
    same_version,
)
from shared.errors import ListUnreadable

SITE = "https://docs.example"


@pytest.mark.parametrize(
    ("path", "own", "label"),
    [
        ("/en/3.2/", "3.2", "3.2"),
        ("/en/v3.2/intro.html", "v3.2", "3.2"),
        ("/en/2.2.x/", "2.2.x", "2.2.x"),
        ("/docs/2.x/intro", "2.x", "2.x"),
        ("/v2/", "v2", "2"),
        ("/docs/15/index.html", "15", "15"),
        ("/doc/libs/1_82_0/", "1_82_0", "1.82.0"),
        ("/en/stable/", "stable", None),
        ("/docs/current/", "current", None),
        ("/docs/dev/", "dev", "dev"),
        ("/docs/dev/setup.html", "dev", None),
        ("/articles/15/", "", None),
        ("/docs/changes-1.4.html", "", None),
        ("/2024/", "", None),
        (f"/1.{'1' * 60}/", "", None),
        ("/", "", None),
    ],
)
def test_an_address_may_name_its_version(path: str, own: str, label: str | None) -> None:
    url = f"{SITE}{path}"
    assert Versions(url, url, "/").own == own
    assert named_version(url) == label


def _versions(start: str, *paths: str, asked: str = "", prefix: str = "/") -> Versions:
    versions = Versions(f"{SITE}{asked or start}", f"{SITE}{start}", prefix)
    versions.learn(f"{SITE}{path}" for path in paths)
    return versions


def test_what_stands_beside_the_version_of_the_start_is_another_one() -> None:
    versions = _versions(
        "/en/3.2/", "/en/1.4/", "/en/2.0/a.html", "/en/dev/", "/en/4.0rc1/", "/en/about/", "/de/3.2/"
    )
    assert [one.name for one in versions.others] == ["2.0", "1.4", "4.0rc1", "dev"]
    assert versions.latest is None


def test_two_folders_below_the_start_are_versions_and_one_alone_is_a_chapter() -> None:
    assert _versions("/docs/", "/docs/1.x/", prefix="/docs/").others == []
    versions = _versions("/docs/", "/docs/1.x/", "/docs/2.x/a", "/docs/dev/", "/docs/2024/", prefix="/docs/")
    assert [one.name for one in versions.others] == ["2.x", "1.x"]
    assert versions.latest == "", "the one that is crawled: its address needs no number"
    assert versions.bars(f"{SITE}/docs/1.x/a.html") == "another version: 1.x"
    assert versions.bars(f"{SITE}/docs/guide/") is None


@pytest.mark.parametrize(
    ("asked", "start", "others", "latest"),
    [
        ("/", "/en/5.0/", ("/en/4.0/", "/en/6.0/"), "5.0"),
        ("/latest/", "/5.0/", ("/4.0/",), "5.0"),
        ("/dev/", "/6.0/", ("/5.0/",), None),
        ("/en/stable/", "/en/stable/", (), "stable"),
        ("/en/latest/", "/en/latest/", ("/en/stable/", "/en/3.1/"), None),
        ("/docs/current/", "/docs/current/", ("/docs/17/", "/docs/18/"), "current"),
        ("/docs/16/", "/docs/16/", ("/docs/17/", "/docs/9.6/", "/docs/devel/"), None),
        ("/en/2.2.x/", "/en/2.2.x/", (), None),
        ("/main/", "/main/", ("/1.0/", "/1.1/"), None),
    ],
)
def test_the_latest_is_where_the_site_leads(
    asked: str, start: str, others: tuple[str, ...], latest: str | None
) -> None:
    assert _versions(start, *others, asked=asked).latest == latest


def test_a_list_for_the_switcher_says_it_better() -> None:
    pydata = [
        {"name": "dev", "version": "3.1dev", "url": f"{SITE}/dev/"},
        {"name": "3.0 (stable)", "version": "3.0", "url": f"{SITE}/stable/", "preferred": True},
        {"version": "2.9", "url": "https://docs.example/2.9", "release_date": "2024-05-06"},
    ]
    found = parse_switcher(json.dumps(pydata).encode(), f"{SITE}/stable/_static/switcher.json")
    versions = Versions(f"{SITE}/2.9/", f"{SITE}/2.9/", "/2.9/", found)
    assert versions.latest == "3.0"
    assert versions.released == date(2024, 5, 6)
    assert [one.name for one in versions.others] == ["3.0", "3.1dev"]
    mike = [{"version": "1.1", "title": "1.1", "aliases": ["latest"]}, {"version": "1.0", "aliases": []}]
    found = parse_switcher(json.dumps(mike).encode(), f"{SITE}/docs/versions.json")
    versions = Versions(f"{SITE}/docs/1.0/", f"{SITE}/docs/1.0/", "/docs/1.0/", found)
    assert (versions.latest, versions.address("1.1")) == ("1.1", f"{SITE}/docs/1.1/")


@pytest.mark.parametrize(
    "body",
    [
        b'[{"version": "3.0 <b>", "url": "/3/"}]',
        b"",
        b"<html>",
        b"{}",
        b"[1, null, {}]",
        b'[{"version": 3, "url": "x:y"}]',
    ],
)
def test_anything_else_is_no_list_of_versions(body: bytes) -> None:
    assert parse_switcher(body, f"{SITE}/versions.json") == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"\xff", "is no JSON"), (b'[{"version": ', "is no JSON"), (b"[" * 200_000, "is nested too deeply")],
)
def test_a_list_of_versions_that_is_broken_says_so(body: bytes, reason: str) -> None:
    with pytest.raises(ListUnreadable, match=reason):
        parse_switcher(body, f"{SITE}/versions.json")


def test_a_site_cannot_name_versions_without_end() -> None:
    versions = _versions("/en/3.2/", *(f"/en/{number}.0/" for number in range(5000)))
    assert len(versions.others) == 500


def test_a_version_begins_where_the_start_page_does_in_its_own() -> None:
    versions = _versions("/docs/3.2/manual/index.html", "/docs/1.4/changes.html")
    assert versions.address("1.4") == f"{SITE}/docs/1.4/manual/"
    assert versions.address("v1.4") == f"{SITE}/docs/1.4/manual/"
    assert versions.address("9") is None
    assert versions.guesses("2.0")[0] == f"{SITE}/docs/2.0/manual/"
    assert _versions("/docs/").guesses("2.0") == []


def test_names_of_one_version() -> None:
    assert same_version("v2.2.x", "2.2")
    assert same_version("1_82_0", "1.82.0")
    assert not same_version("2.20", "2.2")


def test_links_and_drop_down_lists_name_addresses() -> None:
    page = b"""<a href="../1.4/">1.4</a><option value='/en/2.0/?a=1&amp;b=2'>2.0</option><a href=x>"""
    assert named_addresses(page, f"{SITE}/en/3.2/") == [
        f"{SITE}/en/1.4/",
        f"{SITE}/en/2.0/?a=1&b=2",
        f"{SITE}/en/3.2/x",
    ]
