"""A site that has several versions side by side, by the operator's own command."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import Result

from tests.site import Answer, Site, html, redirect

Ingest = Callable[..., Result]


def _version(name: str, *others: str) -> dict[str, Answer]:
    start, page = f"/en/{name}/", f"/en/{name}/page.html"
    switcher = [f"/en/{other}/" for other in others]
    return {start: html(page, *switcher, title=f"Start of {name}"), page: html(title=f"A page of {name}")}


@pytest.fixture
def site() -> Iterator[Site]:
    pages: dict[str, Answer] = {
        "/": redirect("/en/stable/"),
        **_version("stable", "1.4", "2.0", "dev"),
        **_version("1.4", "2.0"),
        **_version("2.0", "1.4"),
        **_version("0.9"),
    }
    with Site(pages) as site:
        yield site


@pytest.fixture
def crawl(ingest: Ingest, site: Site) -> Callable[..., Result]:
    assert ingest("library", "add", "/acme/docs", "--docs-url", f"{site.url}/").exit_code == 0
    return lambda *words: ingest("crawl", "/acme/docs", *words, "--allow-private")


def _served(ingest: Ingest) -> dict[str, bool]:
    shown: dict[str, Any] = json.loads(ingest("library", "show", "/acme/docs", "--json").stdout)
    return {version["version"]: version["is_latest"] for version in shown["versions"]}


def test_one_version_is_crawled_and_the_others_are_named(
    ingest: Ingest, crawl: Callable[..., Result], site: Site
) -> None:
    crawled = crawl("--json")
    report = json.loads(crawled.stdout)
    assert (crawled.exit_code, report["version"], report["pages"]) == (0, "latest", 2), crawled.stderr
    assert report["versions"] == {
        "own": "stable",
        "others": ["2.0", "1.4", "dev"],
        "latest": "stable",
        "released": None,
    }
    assert not any(path.startswith("/en/1.4") for path in site.paths)
    assert "other versions: 2.0, 1.4, dev; add them with --version or --all-versions" in crawl().stdout
    assert _served(ingest) == {"latest": True}


def test_a_version_is_crawled_where_it_stands(ingest: Ingest, crawl: Callable[..., Result]) -> None:
    for version in ("1.4", "2.0"):
        crawled = crawl("--version", version)
        assert crawled.exit_code == 0, crawled.stderr
    assert _served(ingest) == {"1.4": False, "2.0": True}
    asked = json.loads(ingest("ask", "/acme/docs/1.4", "a page", "--json").stdout)
    assert all("/en/1.4/" in snippet["source_url"] for snippet in asked["snippets"])
    newest = json.loads(ingest("ask", "/acme/docs/latest", "a page", "--json").stdout)
    assert newest["version"] == "2.0", "latest is the one that is the latest"
    refreshed = json.loads(ingest("refresh", "/acme/docs/1.4", "--json").stdout)
    assert refreshed[0]["outcome"] == "unchanged"


def test_a_version_that_nothing_links_to_is_looked_for_beside_the_others(
    ingest: Ingest, crawl: Callable[..., Result]
) -> None:
    assert crawl("--version", "0.9").exit_code == 0
    assert _served(ingest) == {"0.9": True}


def test_a_version_that_is_not_there_is_told_with_those_that_are(
    ingest: Ingest, crawl: Callable[..., Result]
) -> None:
    refused = crawl("--version", "9.9")
    assert refused.exit_code == 1
    assert "/acme/docs has no version 9.9 (available: stable, 2.0, 1.4, dev)" in refused.stderr
    assert "ingest crawl /acme/docs URL --version 9.9" in refused.stderr
    assert _served(ingest) == {}


def test_the_operators_own_address_may_be_called_as_he_likes(
    ingest: Ingest, crawl: Callable[..., Result], site: Site
) -> None:
    assert crawl(f"{site.url}/en/2.0/", "--version", "two").exit_code == 0
    assert crawl(f"{site.url}/en/1.4/").exit_code == 0
    assert set(_served(ingest)) == {"two", "1.4"}


@pytest.mark.slow
def test_all_versions(ingest: Ingest, crawl: Callable[..., Result]) -> None:
    crawled = crawl("--all-versions", "--json")
    reports = json.loads(crawled.stdout)
    assert crawled.exit_code == 0, crawled.stderr
    assert [(report["version"], report["pages"]) for report in reports] == [
        ("latest", 2),
        ("2.0", 2),
        ("1.4", 2),
    ]
    assert _served(ingest) == {"latest": True, "2.0": False, "1.4": False}
    assert "unchanged" in crawl("--all-versions").stdout


@pytest.mark.parametrize("more", [("--version", "1.4"), ("--retry-failed",)])
def test_all_versions_and_one_are_two_things(crawl: Callable[..., Result], more: tuple[str, ...]) -> None:
    refused = crawl("--all-versions", *more)
    assert refused.exit_code == 2
    assert "not both" in refused.stderr
