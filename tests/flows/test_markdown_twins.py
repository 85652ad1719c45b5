"""Pages that a script draws in part or whole, and the Markdown that the site keeps of them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import Result

from tests.site import Answer, Reply, Request, Site, html, redirect

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


def _short(name: str, head: str = "") -> str:
    """A page that lacks an example, and does not know it."""
    return html(title=name, text=f"The lamp {name} burns oil.", head=head)


def _whole(name: str) -> Reply:
    return Reply(
        f"---\ntitle: {name}\n---\n\n# {name}\n\nThe lamp {name} burns oil.\n\n```sh\nlight {name}\n```\n",
        headers=PLAIN,
    )


def _crawl(ingest: Ingest, site: Site) -> dict[str, Any]:
    crawled = ingest("crawl", "/acme/docs", f"{site.url}/", "--allow-private", "--json")
    assert crawled.exit_code == 0, crawled.stderr
    report: dict[str, Any] = json.loads(crawled.stdout)
    return report


def _answers(ingest: Ingest, name: str) -> list[str]:
    """The addresses of the passages that hold the example of a page."""
    asked = json.loads(ingest("ask", "/acme/docs", f"how to light {name}", "--json").stdout)
    return [one["source_url"] for one in asked["snippets"] if f"light {name}" in json.dumps(one)]


NAMES = [f"lantern{number}" for number in range(30)]


@pytest.mark.parametrize("listed", ["guessed", "in llms.txt", "by the page"])
def test_twins_that_hold_more_are_used_for_all_pages_of_a_site(ingest: Ingest, listed: str) -> None:
    beside = {"guessed": "/{}.md", "in llms.txt": "/{}.mdx", "by the page": "/raw/{}.md"}[listed]
    head = f'<link rel=alternate type="text/markdown" href="{beside}">' if listed == "by the page" else ""
    pages: dict[str, Answer] = {"/": html(*(f"/{name}" for name in NAMES), title="Lanterns")}
    if listed == "in llms.txt":
        pages["/llms.txt"] = "# Lanterns\n\n" + "".join(
            f"- [{name}]({beside.format(name)})\n" for name in NAMES
        )
    for name in NAMES:
        pages[f"/{name}"] = _short(name, head.format(name))
        pages[beside.format(name)] = _whole(name)
    with Site(pages) as site:
        report = _crawl(ingest, site)
        assert report["pages"] == len(NAMES) + 1
        for name in (NAMES[0], NAMES[12], NAMES[-1]):
            assert f"{site.url}/{name}" in _answers(ingest, name)
        twins = [path for path in site.paths if path.endswith((".md", ".mdx")) and path in pages]
        assert sorted(twins) == sorted(beside.format(name) for name in NAMES)
        again = [path for path in site.paths if path.strip("/") in NAMES]
        assert len(again) <= len(NAMES) + 1, "a page is asked for its Markdown once"


def test_twins_that_hold_no_more_are_left_after_the_first_twenty(ingest: Ingest) -> None:
    names = [f"lamp{number}" for number in range(40)]
    pages: dict[str, Answer] = {"/": html(*(f"/{name}" for name in names), title="Lamps")}
    for name in names:
        pages[f"/{name}"] = _short(name)
        pages[f"/{name}.md"] = Reply(f"# {name}\n\nThe lamp {name} burns oil.\n", headers=PLAIN)
    with Site(pages) as site:
        assert _crawl(ingest, site)["pages"] == len(names) + 1
        twins = [path for path in site.paths if path.endswith(".md")]
    assert 20 <= len(twins) < 40  # those under way when the twentieth came are brought to their end


SIGN_IN = (
    '<!doctype html><html><title>Sign in</title><body><form method="post"><input name="user">'
    '<input type="password" name="password"><button>Sign in</button></form></body></html>'
)
INDEX = Reply(
    "# Lanterns\n\nAll lanterns: the lamp lantern0 burns oil.\n\n```sh\nlight all\n```\n", headers=PLAIN
)


@pytest.mark.parametrize(
    "answer",
    [
        Reply("<h1>Not found</h1>", status=404),
        Reply("<!doctype html><title>Not found</title><h1>Not found</h1>"),
        Reply("<!doctype html><title>Not found</title><h1>light wrong</h1>", headers=PLAIN),
        Reply("Not found", headers={"Content-Type": "text/plain"}),
        Reply(SIGN_IN),
        Reply(SIGN_IN, status=401),
        redirect("/"),
        INDEX,
        redirect("/everything.md"),
        Reply("", status=503),
    ],
    ids=[
        "404", "a web page", "a web page as Markdown", "a soft 404", "sign-in", "sign-in with 401",
        "the start page", "the same text for all", "one page for all", "no answer",
    ],
)  # fmt: skip
def test_a_site_without_twins_is_asked_little_and_its_pages_are_kept_as_they_are(
    ingest: Ingest, answer: Reply
) -> None:
    pages: dict[str, Answer] = {"/": html(*(f"/{name}" for name in NAMES), title="Lanterns")}
    pages |= {f"/{name}": _short(name) for name in NAMES}
    before = len(pages)
    pages |= {f"/{name}.md": answer for name in NAMES} | {"/everything.md": INDEX}
    with Site(pages) as site:
        assert _crawl(ingest, site)["pages"] == before
        extra = [path for path in site.paths if path.endswith(".md")]
        extra += [
            path for path in set(site.paths) if path in pages and site.paths.count(path) > 1 and path != "/"
        ]
        tries = 3 if answer.status == 503 else 2 if answer.status == 302 else 1
        assert len(extra) <= 4 * tries, extra
    assert not any("light" in json.dumps(json.loads(ingest("ask", "/acme/docs", name, "--json").stdout))
                   for name in (NAMES[0], NAMES[-1]))  # fmt: skip


def test_twins_are_requests_like_any_others(ingest: Ingest) -> None:
    """Robots, the scope and the limit of pages hold for them."""
    head = '<link rel=alternate type="text/markdown" href="{}">'
    with Site({"/lantern2.md": _whole("lantern2")}) as other:
        pages: dict[str, Answer] = {
            "/robots.txt": "User-agent: *\nDisallow: /raw/",
            "/": html("/lantern0", "/lantern1", "/lantern2", title="Lanterns"),
            "/lantern0": _short("lantern0"),
            "/lantern0.md": _whole("lantern0"),
            "/lantern1": _short("lantern1", head.format("/raw/1.md")),
            "/raw/1.md": _whole("lantern1"),
            "/lantern2": _short("lantern2", head.format(f"{other.url}/lantern2.md")),
        }
        with Site(pages) as site:
            assert _crawl(ingest, site)["pages"] == 4
            assert f"{site.url}/lantern0" in _answers(ingest, "lantern0")
            assert "/raw/1.md" not in site.paths
            assert other.requests == []
