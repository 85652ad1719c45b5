"""What may be a banner of a page, and the page without it."""

import pytest

from ingest.extract.markdown.edges import digest_of, edge_texts, without_texts
from shared.model.document import Document, Section

BANNER = "Version five is out: read [the news](https://docs.example/news) about it."
FOOT = "> **Note:** Lamps are sold by the Lamp Company of London."
TEXT = f"""# Oil

{BANNER}

A lamp burns oil.

## Fill

Fill it like this:

```sh
lamp --fill

lamp --light
```

## Trim

The wick is trimmed with scissors, when it is cold.

### Why

It smokes otherwise, and blackens the glass.

## Help

{FOOT}
"""
FENCE = TEXT.split("\n").index("```sh")
SECTIONS = tuple(
    Section(line.strip("# "), line.count("#"), None, at)
    for at, line in enumerate(TEXT.split("\n"))
    if line[:1] == "#"
)
DOCUMENT = Document("https://docs.example/oil", "Oil", TEXT, SECTIONS, listings=((FENCE, FENCE + 4),))


def digests(*said: str) -> set[bytes]:
    return {digest for digest, text in edge_texts(TEXT).items() if any(one in text for one in said)}


def test_sentences_at_the_edges_may_be_banners_wherever_their_links_lead() -> None:
    texts = list(edge_texts(TEXT).values())
    assert texts[0] == "Version five is out: read the news about it."
    assert "Note: Lamps are sold by the Lamp Company of London." in texts
    other = TEXT.replace("https://docs.example/news", "../news")
    assert edge_texts(other) == edge_texts(TEXT)
    assert all(digest_of(text) == digest for digest, text in edge_texts(TEXT).items())


@pytest.mark.parametrize(
    "block",
    [
        "**Parameters**",
        "Install it with a command of your system:",
        "This is how one lights a lamp\n\n```sh\nlamp\n```",
    ],
    ids=["a label", "introduces", "stands before code"],
)
def test_labels_and_what_introduces_code_are_no_banners(block: str) -> None:
    assert edge_texts(f"# Oil\n\n{block}\n") == {}


def test_what_stands_in_the_middle_is_no_banner() -> None:
    middle = "A sentence that stands in the middle of a page."
    blocks = [f"This is sentence number {at} of them." for at in range(20)]
    blocks[9] = middle
    assert middle not in edge_texts("\n\n".join(blocks)).values()


def test_a_page_without_its_banners_keeps_its_sections_and_listings_in_place() -> None:
    cleared = without_texts(DOCUMENT, digests("Version five", "Lamp Company"))
    assert "Version five" not in cleared.markdown
    assert "## Help" not in cleared.markdown
    lines = cleared.markdown.split("\n")
    assert [lines[one.line].strip("# ") for one in cleared.sections] == ["Oil", "Fill", "Trim", "Why"]
    [(start, end)] = cleared.listings
    assert lines[start:end] == ["```sh", "lamp --fill", "", "lamp --light"]
    assert "\n\n\n" not in cleared.markdown


def test_a_page_that_holds_none_of_them_or_nothing_else_is_as_it_was() -> None:
    assert without_texts(DOCUMENT, {b"another"}) is DOCUMENT
    alone = Document("https://docs.example/", "Oil", f"# Oil\n\n{BANNER}\n")
    assert without_texts(alone, digests("Version five")) is alone
