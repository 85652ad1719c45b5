"""What stands on every page of a site is no text of any of them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from tests.flows.test_refresh import tagged
from tests.site import Answer, Reply, Site

Ingest = Callable[..., Result]

BANNER = '<p>Version five of our lamps is out: <a href="{}">read the news</a> about it.</p>'
NOTE = "<p>Lamps of brass are sold by the Lamp Company of London, at your own risk.</p>"
FOOT = "<h2>Help</h2><p>Ask the keepers of the lamps in our forum whenever you like.</p>"
NAMES = [f"lamp{number}" for number in range(12)]


def _page(name: str, number: int, more: str = "") -> str:
    links = "".join(f'<a href="/{one}">{one}</a> ' for one in NAMES)
    note = NOTE if number % 4 == 0 else ""
    return (
        f"<html><head><title>{name}</title></head><body><nav>{links}</nav><main><h1>{name}</h1>"
        f"{BANNER.format('news' if number % 2 else '/news')}{note}<p>The {name} burns oil of kind {number}. {more}</p>"
        f"<h2>Light</h2><p>How one lights the {name}.</p><pre>light {name}</pre>{FOOT}</main></body></html>"
    )


def _site(server: Callable[[str], Answer]) -> dict[str, Answer]:
    pages = {f"/{name}": server(_page(name, number)) for number, name in enumerate(NAMES)}
    return {"/": server(_page("lamps", 99)), **pages}


def _run(ingest: Ingest, *arguments: str) -> dict[str, Any]:
    came = ingest(*arguments, "--json")
    assert came.exit_code == 0, came.stderr
    report = json.loads(came.stdout)
    found: dict[str, Any] = report[0] if isinstance(report, list) else report
    return found


def _said(ingest: Ingest, question: str) -> str:
    return ingest("ask", "/acme/docs", question, "--json").stdout


def _is_clear(ingest: Ingest) -> None:
    for question in ("version five is out", "ask the keepers in the forum"):
        answer = _said(ingest, question)
        assert "read the news" not in answer
        assert "our forum" not in answer
    assert "at your own risk" in _said(ingest, "lamps of brass, Lamp Company of London")


@pytest.mark.parametrize("server", [Reply, tagged], ids=["without validators", "with validators"])
def test_a_banner_goes_a_note_on_some_pages_stays_and_a_refresh_changes_nothing(
    ingest: Ingest, server: Callable[[str], Answer]
) -> None:
    with Site(_site(server)) as site:
        first = _run(ingest, "crawl", "/acme/docs", f"{site.url}/", "--allow-private")
        assert first["pages"] == len(NAMES) + 1
        assert len(first["banners"]) == 2
        _is_clear(ingest)
        assert "burns oil of kind 3" in _said(ingest, "oil of kind 3")
        again = _run(ingest, "refresh", "/acme/docs")
        assert (again["outcome"], again["unchanged"]) == ("unchanged", len(NAMES) + 1)
        site.pages["/lamp3"] = server(_page("lamp3", 3, "It is new."))
        changed = _run(ingest, "refresh", "/acme/docs")
        assert (changed["outcome"], changed["fetched"], len(changed["banners"])) == ("published", 1, 2)
        assert "It is new" in _said(ingest, "oil of kind 3")
        _is_clear(ingest)
        assert "left out of all pages: Version five" in ingest("refresh", "/acme/docs").stdout
