"""The small selector language of the generators' table."""

import pytest
from lxml import html

from ingest.extract.generators.registry import GENERATORS, matcher
from ingest.extract.tree.selectors import Matcher, first, selector

TREE = html.document_fromstring(
    "<body><div id=a class='x y' role=main><p class=x>1</p></div><dl class=py><dt id=t>2</dt></dl>"
    "<script src='a/_static/b.js?v=1'></script>"
)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("p", ["p"]),
        (".x", ["div", "p"]),
        ("div.x.y", ["div"]),
        ("#a", ["div"]),
        ("[role=main]", ["div"]),
        ("dl.py>dt[id]", ["dt"]),
        ("p>dt", []),
        ("script[src*=_static/b.js]", ["script"]),
        ("script[src=_static/b.js]", []),
    ],
)
def test_a_selector_finds_what_it_names(text: str, tags: list[str]) -> None:
    assert [one.tag for one in Matcher([text]).within(TREE)] == tags
    found = first(TREE, [text])
    assert (found.tag if found is not None else None) == (tags[0] if tags else None)


def test_anything_beyond_the_language_is_refused() -> None:
    with pytest.raises(ValueError, match="not a simple selector"):
        selector("a:hover")


def test_every_selector_of_every_generator_can_be_read() -> None:
    for one in GENERATORS:
        for selectors in (
            one.marks,
            one.regions,
            one.drop,
            one.signatures,
            one.terms,
            one.listings,
            one.prototypes,
            one.titles,
            one.kept,
            one.owner,
        ):
            matcher(selectors)
        assert one.regions, f"{one.name} names no region"
