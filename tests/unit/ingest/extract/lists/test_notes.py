"""Notes at the foot of a page begin with the sign that leads to them."""

import pytest

from ingest.extract.page import extract

BRACKET = '<span class="fn-bracket">[</span>{}<span class="fn-bracket">]</span>'
NOTES = [
    f'<aside class="footnote brackets" role="doc-footnote"><span class="label">'
    f"{BRACKET.format('<a role=doc-backlink href=#id1>1</a>')}</span><p>It is cold.</p></aside>",
    f'<aside class="footnote brackets" role="doc-footnote"><span class="label">{BRACKET.format("1")}</span>'
    '<span class="backrefs">(<a role="doc-backlink" href="#id1">1</a>,<a role="doc-backlink" href="#id2">2</a>)</span>'
    "<p>It is cold.</p></aside>",
    f'<div class="citation" role="doc-biblioentry"><span class="label">'
    f"{BRACKET.format('<a role=doc-backlink href=#id1>1</a>')}</span><p>It is cold.</p></div>",
]


@pytest.mark.parametrize("note", NOTES)
def test_a_note_begins_with_its_sign(note: str) -> None:
    html = f"<html><body><main><h1>Cellar</h1><p>Mind the step, and the door.</p>{note}</main></body></html>"
    markdown = extract(html.encode(), "https://kitchen.example/cellar").document.markdown
    assert markdown.endswith("Mind the step, and the door.\n\n[1] It is cold.\n")


def test_links_back_to_several_places_are_no_part_of_a_term() -> None:
    note = (
        '<dl class="footnote brackets"><dt class="label"><span class="brackets">1</span>'
        '<span class="fn-backref">(<a href="#id1">1</a>,<a href="#id2">2</a>)</span></dt>'
        "<dd><p>It is cold.</p></dd></dl>"
    )
    html = f"<html><body><main><h1>Cellar</h1><p>Mind the step.</p>{note}</main></body></html>"
    markdown = extract(html.encode(), "https://kitchen.example/cellar").document.markdown
    assert markdown.endswith("- **1**: It is cold.\n")
