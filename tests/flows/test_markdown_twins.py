"""Pages that a script draws in part or whole, and the Markdown that the site keeps of them."""

import json
from collections.abc import Callable, Iterator

import pytest
from typer.testing import Result

from tests.site import Answer, Reply, Request, Site, html

Ingest = Callable[..., Result]

GROUP = (
    "<div><div role=tablist><button role=tab aria-selected=true>npm</button><button role=tab>pnpm</button></div>"
    "<div role=tabpanel><pre>npm i {name}</pre></div></div>"
)


def _page(name: str, *links: str, head: str = "") -> str:
    body = html(*links, title=name, head=head)
    return body.replace("</main>", GROUP.format(name=name) + "</main>")


def _markdown(name: str) -> str:
    return f"# {name}\n\n{name}\n\n```sh\nnpm i {name}\n```\n\n```sh\npnpm add {name}\n```\n"


def _negotiated(request: Request) -> Reply:
    if "text/markdown" in request.headers.get("Accept", ""):
        return Reply(_markdown("asked"), headers={"Content-Type": "text/markdown; charset=utf-8"})
    return Reply(_page("asked"))


DRAWN = '<html><title>Drawn</title><body><div id="app"></div><a href="/a"></a><a href="/b"></a></body></html>'
PLAIN = {"Content-Type": "text/markdown"}


@pytest.fixture
def site() -> Iterator[Site]:
    pages: dict[str, Answer] = {
        "/": html("/named", "/beside", "/asked", "/drawn", "/none1", title="Start"),
        "/named": _page("named", head='<link rel="alternate" type="text/markdown" href="/raw/7">'),
        "/raw/7": Reply(_markdown("named"), headers=PLAIN),
        "/beside": _page(
            "beside", head='<link rel="alternate" type="text/markdown" href="http://joe:word@x/">'
        ),
        "/beside.md": Reply(_markdown("beside"), headers=PLAIN),
        "/asked": _negotiated,
        "/drawn": DRAWN,
        "/drawn.md": Reply("# Drawn\n\nA page that only a script draws, and its text.\n", headers=PLAIN),
        "/none1": _page("none1"),
    }
    with Site(pages) as site:
        yield site


def test_the_markdown_twin_gives_what_the_page_lacks(ingest: Ingest, site: Site) -> None:
    crawled = ingest("crawl", "/acme/docs", f"{site.url}/", "--allow-private", "--json")
    assert crawled.exit_code == 0, crawled.stderr
    report = json.loads(crawled.stdout)
    assert report["pages"] == 6, report
    for name in ("named", "beside", "asked"):
        asked = json.loads(ingest("ask", "/acme/docs", f"pnpm add {name}", "--json").stdout)
        found = [one for one in asked["snippets"] if f"pnpm add {name}" in json.dumps(one)]
        assert found, name
        assert found[0]["source_url"].startswith(f"{site.url}/{name}")
    drawn = json.loads(ingest("ask", "/acme/docs", "a page that only a script draws", "--json").stdout)
    assert any(one["source_url"] == f"{site.url}/drawn" for one in drawn["snippets"])


def test_a_site_without_twins_is_not_asked_for_ever(ingest: Ingest) -> None:
    names = [f"/page{number}" for number in range(12)]
    pages: dict[str, Answer] = {"/": html(*names), **{name: _page(name[1:]) for name in names}}
    with Site(pages) as site:
        crawled = ingest("crawl", "/acme/docs", f"{site.url}/", "--allow-private", "--json")
        assert json.loads(crawled.stdout)["pages"] == 13
        asked = [path for path in site.paths if path.endswith(".md")]
    assert len(asked) == 3
