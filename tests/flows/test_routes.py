"""Sites that a script draws by what stands behind `#/` in their addresses."""

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from tests.marks import slow
from tests.site import Reply, Site

Ingest = Callable[..., Result]

SHELL = "<html><title>Larder</title><body><div id=app>Loading</div>{}</body></html>"
DOCSIFY = SHELL.format('<script>window.$docsify={}</script><script src="//cdn.test/docsify.min.js"></script>')
PAGES = {
    "/README.md": "# Larder\n\nThe larder keeps jars.\n\n[API](#/api/jars)\n",
    "/guide.md": "# Guide\n\nOpen a jar first.\n\n## Close it\n\nTurn the lid to the right.\n",
    "/api/jars.md": "# Jars\n\nCall the list of jars.\n",
}


def _site(shell: str) -> Site:
    plain = {"Content-Type": "text/markdown"}
    pages = {path: Reply(text, headers=plain) for path, text in PAGES.items()}
    return Site(
        {"/": shell, **pages, "/_sidebar.md": Reply("* [Home](/)\n* [Guide](guide.md)\n", headers=plain)}
    )


@pytest.mark.parametrize(
    ("shell", "start"),
    [(DOCSIFY, "/"), *slow((DOCSIFY, "/#/guide"), (SHELL.format("<script></script>"), "/#/guide"))],
)
def test_a_site_that_a_script_draws_is_read_from_its_markdown(ingest: Ingest, shell: str, start: str) -> None:
    with _site(shell) as site:
        crawled = ingest("crawl", "/test/larder", f"{site.url}{start}", "--allow-private", "--json")
        report = json.loads(crawled.stdout)
        assert (crawled.exit_code, report["pages"], report["failed"]) == (0, 3, [])
        assert any("script" in reason for reason in report["skipped"])
        answer = ingest("ask", "/test/larder", "turn the lid to the right", "--json").stdout
        assert f"{site.url}/#/guide" in answer
        again = json.loads(ingest("refresh", "/test/larder", "--json").stdout)[0]
        assert (again["outcome"], again["pages"]) == ("unchanged", 3)


def test_a_site_that_keeps_no_markdown_is_said_to_be_drawn(ingest: Ingest) -> None:
    with Site({"/": "<html><body><div id=root></div><script src=/app.js></script></body></html>"}) as site:
        crawled = ingest("crawl", "/test/larder", f"{site.url}/", "--allow-private")
        assert crawled.exit_code == 1
        assert "a script draws the page" in crawled.stdout
