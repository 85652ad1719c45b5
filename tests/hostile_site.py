"""A good site with every hostile page and list in it: its own pages are complete, whatever becomes of those."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.hostile_lists import LISTS
from tests.hostile_pages import PAGES, Hostile
from tests.site import Answer, Site

GOOD = 200
"""Pages of the good site, its start page among them."""


def good_page(number: int, pages: int = GOOD) -> str:
    """Page `number` of the good site; page 0 is its start and names the list of versions and all other pages."""
    switcher = "<script>var theme_switcher_json_url = '/switcher.json';</script>" if number == 0 else ""
    links = [f"{other}.html" for other in range(1, pages)] if number == 0 else ["/"]
    links += ["hostile/index.html"] if number == 0 else []
    listed = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return (
        f'<!doctype html><html lang="en"><head><title>Good {number}</title>'
        f'<meta name="generator" content="sphinx mkdocs">{switcher}</head>'
        f"<body><main><h1>Good {number}</h1><p>{good_text(number)}</p>"
        f"<pre><code>good.handler({number})</code></pre></main><nav><ul>{listed}</ul></nav></body></html>"
    )


def good_text(number: int) -> str:
    return f"Number {number} tells how handler {number} is registered and when it answers."


def hostile_index() -> str:
    links = "".join(f'<p><a href="{one.path}">{name}</a></p>' for name, one in PAGES.items())
    return (
        f"<html><title>Index</title><body><main><h1>Index</h1><p>All of them.</p>{links}</main></body></html>"
    )


def answers(lists: Mapping[str, Hostile] = LISTS) -> dict[str, Answer]:
    """What the site says, by path."""
    pages: dict[str, Answer] = {"/": good_page(0), "/hostile/index.html": hostile_index()}
    pages |= {f"/{number}.html": good_page(number) for number in range(1, GOOD)}
    for one in (*PAGES.values(), *lists.values()):
        pages[one.path] = lambda _, one=one: one.reply  # type: ignore[misc]
    return pages


@contextmanager
def hostile_site(lists: Mapping[str, Hostile] = LISTS) -> Iterator[Site]:
    """The good site with every hostile page, and these lists."""
    with Site(answers(lists)) as site:
        yield site
