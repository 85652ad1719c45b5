"""Bot guards, sign-in forms and consent walls in place of pages: never served, and never a reason to drop a page."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from tests.marks import slow
from tests.site import Answer, Reply, Request, Site, html, redirect

Ingest = Callable[..., Result]

ANUBIS = (
    "<!doctype html><html><head><title>Making sure you're not a bot!</title>"
    '<meta name="robots" content="noindex,nofollow"><script id="anubis_challenge" type="application/json">{}</script>'
    "</head><body><main><h1>Making sure you're not a bot!</h1><p>Loading...</p>"
    '<a href="/trap">x</a></main></body></html>'
)
FORM = (
    '<html><head><title>Larder ID</title></head><body><h1>Sign in</h1><form method="post"><input type="email">'
    '<input type="password"><button>Continue</button></form></body></html>'
)
MARKED = {"cf-mitigated": "challenge"}
NEEDS = "a guard answered ({}), needs --header"


def _page(number: int) -> str:
    return html(
        title=f"Lid {number}", text=f"Lid {number} closes the jar of {number} plums for {number} days."
    )


def _site(count: int = 6) -> dict[str, Answer]:
    pages: dict[str, Answer] = {f"/{number}.html": _page(number) for number in range(count)}
    return {"/": html(*pages, title="Lids"), **pages}


def _crawl(ingest: Ingest, site: Site, path: str = "/") -> tuple[int, dict[str, Any]]:
    done = ingest("crawl", "/test/lids", f"{site.url}{path}", "--allow-private", "--json")
    return done.exit_code, json.loads(done.stdout) if done.stdout else {"error": done.stderr}


def _refresh(ingest: Ingest) -> tuple[int, dict[str, Any]]:
    done = ingest("refresh", "/test/lids", "--json")
    return done.exit_code, json.loads(done.stdout)[0] if done.stdout else {"error": done.stderr}


def _failed(report: dict[str, Any], site: Site) -> dict[str, str]:
    return {one["url"].removeprefix(site.url): one["reason"] for one in report["failed"]}


def test_a_guard_counts_as_a_failed_page_and_is_not_served(ingest: Ingest) -> None:
    with Site(_site()) as site:
        site.pages |= {
            "/1.html": ANUBIS,
            "/2.html": Reply(_page(2), headers=MARKED),
            "/3.html": Reply(FORM, status=403),
            "/4.html": Reply("<html><script>var gokuProps={}</script></html>", status=202),
        }
        code, report = _crawl(ingest, site)
        assert (code, report["outcome"], report["pages"]) == (4, "published", 3)
        assert _failed(report, site) == {
            "/1.html": NEEDS.format("Anubis"),
            "/2.html": NEEDS.format("Cloudflare"),
            "/3.html": f"403 Forbidden: {NEEDS.format('sign-in form')}",
            "/4.html": f"202 Accepted: {NEEDS.format('AWS WAF')}",
        }
        assert "/trap" not in site.paths
        assert report["skipped"] == {}


@pytest.mark.parametrize(
    "guard",
    [ANUBIS, *slow(FORM, Reply(_page(1), headers=MARKED), Reply(ANUBIS, status=503))],
)
def test_a_refresh_that_meets_a_guard_keeps_the_page_as_it_is_served(ingest: Ingest, guard: Answer) -> None:
    with Site(_site()) as site:
        assert _crawl(ingest, site)[0] == 0
        site.pages |= {"/1.html": guard, "/2.html": guard}
        for _ in range(2):
            code, report = _refresh(ingest)
            assert (code, report["outcome"], report["pages"], report["carried"]) == (4, "unchanged", 7, 2)
            assert all("a guard answered (" in reason for reason in _failed(report, site).values())
        assert site.paths.count("/1.html") == 3
        assert "closes the jar of 1 plums" in ingest("ask", "/test/lids", "the jar of 1 plums").stdout


def test_a_refresh_that_is_led_to_a_door_keeps_the_page(ingest: Ingest) -> None:
    with Site({"/login": FORM}) as elsewhere, Site(_site()) as site:
        assert _crawl(ingest, site)[0] == 0
        site.pages |= {
            "/0.html": "<p>One moment.</p><script>location.href = '/login?next=/0.html'</script>",
            "/1.html": redirect("/login?next=/1.html"),
            "/2.html": redirect("/login?next=/1.html"),
            "/3.html": redirect(f"{elsewhere.url}/login"),
            "/4.html": redirect("/welcome"),
            "/5.html": redirect("/welcome"),
            "/login?next=/1.html": FORM,
            "/welcome": FORM,
        }
        code, report = _refresh(ingest)
        assert (code, report["outcome"], report["carried"]) == (4, "unchanged", 6)
        assert _failed(report, site) == {f"/{n}.html": NEEDS.format("sign-in form") for n in range(6)}


def test_a_guard_at_the_start_publishes_nothing_and_says_what_it_needs(ingest: Ingest) -> None:
    answers: tuple[Answer, ...] = (ANUBIS, FORM, Reply(ANUBIS, status=403), Reply("", headers=MARKED))
    for answer in answers:
        with Site({"/": answer}) as site:
            code, report = _crawl(ingest, site)
            assert code == 1
            assert "a guard answered (" in report["error"]
            assert "--header" in report["error"]
    assert "/test/lids" not in ingest("library", "list").stdout


def test_a_sites_own_page_for_signing_in_is_no_failure(ingest: Ingest) -> None:
    with Site(_site()) as site:
        site.pages |= {"/": html("/1.html", "/login"), "/login": FORM}
        code, report = _crawl(ingest, site)
        assert (code, report["skipped"]) == (0, {"a page for signing in": 1})


def test_a_page_is_not_served_without_its_markdown_because_a_guard_stands_before_it(ingest: Ingest) -> None:
    tabs = (
        "<div><div role=tablist><button role=tab aria-selected=true>npm</button><button role=tab>pnpm</button></div>"
        "<div role=tabpanel><pre>npm i lid</pre></div></div></main>"
    )
    markdown = "# Lid 1\n\nLid 1\n\n```sh\nnpm i lid\n```\n\n```sh\npnpm add lid\n```\n"
    links = '<a href="/1.html"></a><a href="/2.html"></a>'
    drawn = f'<html><title>Drawn</title><body><div id="app"></div>{links}</body></html>'
    plain = {"Content-Type": "text/markdown"}
    with Site(_site()) as site:
        site.pages |= {
            "/1.html": _page(1).replace("</main>", tabs),
            "/1.md": Reply(markdown, headers=plain),
            "/2.html": drawn,
            "/2.md": Reply("# Lid 2\n\nA page that only a script draws.\n", headers=plain),
        }
        assert _crawl(ingest, site)[0] == 0
        site.pages |= {
            "/1.html": _page(1).replace("</main>", f"{tabs}<!-- built again -->"),
            "/1.md": Reply(ANUBIS, headers=plain),
            "/2.html": f"{drawn}<!-- built again -->",
            "/2.md": ANUBIS,
        }
        code, report = _refresh(ingest)
        assert (code, report["outcome"], report["carried"]) == (4, "unchanged", 2)
        assert _failed(report, site) == {f"/{number}.html": NEEDS.format("Anubis") for number in (1, 2)}


def test_a_guard_in_place_of_a_list_is_named(ingest: Ingest) -> None:
    with Site(_site()) as site:
        site.pages |= {
            "/sitemap.xml": ANUBIS,
            "/llms.txt": Reply("", status=403, headers=MARKED),
            "/llms-full.txt": html(title="Not found"),
            "/objects.inv": Reply(FORM, headers={"Content-Type": "application/octet-stream"}),
        }
        code, report = _crawl(ingest, site)
        assert (code, report["outcome"], report["failed"]) == (4, "published", [])
        assert {one["url"].removeprefix(site.url): one["reason"] for one in report["failed_lists"]} == {
            "/sitemap.xml": NEEDS.format("Anubis"),
            "/llms.txt": f"403 Forbidden: {NEEDS.format('Cloudflare')}",
            "/objects.inv": NEEDS.format("sign-in form"),
        }


def _unknown(request: Request) -> Reply:
    """A guard that nobody has heard of; each answer has a number of its own."""
    ticket = hashlib.md5(request.path.encode()).hexdigest()
    return Reply(
        html(
            title="Hold on",
            text=f"The keeper of this larder looks at who comes to {request.path}. No. {ticket}",
        )
    )


def _unspoken(_: Request) -> Reply:
    return Reply(html(title="Larder", text="The keeper of this larder is not in."))


def _silent(request: Request) -> Reply:
    return Reply(
        f"<html><body><script>keep({hashlib.md5(request.path.encode()).hexdigest()!r})</script></body></html>"
    )


def _hidden(request: Request) -> Reply:
    return Reply(html(title="Hold on", head='<meta name="robots" content="noindex">'))


@pytest.mark.parametrize("guard", [_unknown, *slow(_unspoken, _silent, _hidden)])
def test_what_many_addresses_say_alike_is_no_page(ingest: Ingest, guard: Answer) -> None:
    with Site(_site()) as site:
        assert _crawl(ingest, site)[0] == 0
        site.pages |= {f"/{number}.html": guard for number in range(1, 4)}
        code, report = _refresh(ingest)
        assert (code, report["outcome"], report["pages"], report["carried"]) == (4, "unchanged", 7, 3)
        same = NEEDS.format("the same page at 3 addresses")
        assert _failed(report, site) == {f"/{number}.html": same for number in range(1, 4)}
        assert "closes the jar of 1 plums" in ingest("ask", "/test/lids", "the jar of 1 plums").stdout


def test_stubs_that_differ_in_their_titles_are_pages(ingest: Ingest) -> None:
    def stub(number: int) -> str:
        return (
            f"<html><head><title>Class S{number}</title></head><body><main><h1>Class</h1>"
            "<p>This class has no documentation yet. It inherits from Object.</p></main></body></html>"
        )

    paths = [f"/same/S{number}" for number in range(30)]
    with Site({"/": html(*paths, title="Classes")}) as site:
        site.pages |= {path: stub(number) for number, path in enumerate(paths)}
        code, report = _crawl(ingest, site)
        assert (code, report["pages"], report["failed"]) == (0, 31, [])


def test_an_unknown_guard_at_every_page_publishes_nothing(ingest: Ingest) -> None:
    with Site(_site()) as site:
        site.pages |= dict.fromkeys(site.pages, _unknown) | {
            "/sitemap.txt": "\n".join(f"{site.url}{one}" for one in site.pages)
        }
        code, report = _crawl(ingest, site)
        assert (code, report["outcome"], report["pages"]) == (1, "failed", 0)
        assert set(_failed(report, site).values()) == {NEEDS.format("the same page at 7 addresses")}
