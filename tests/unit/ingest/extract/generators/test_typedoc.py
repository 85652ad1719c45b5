"""TypeDoc's entries: signatures line by line, and flags apart from names."""

from ingest.extract import extract
from shared.model.document import Document

SPACES = "&nbsp;" * 4


def read(member: str) -> Document:
    page = (
        "<html><head><meta name=generator content='typedoc/0.28.20'></head><body>"
        "<div class=tsd-page-title><h1>Class Jar</h1></div><div class='col-8 col-content'>"
        f"<div class=tsd-page-title><h1>Class Jar</h1></div><p>It holds.</p>{member}</div></body></html>"
    )
    return extract(page.encode(), "https://docs.example/classes/Jar.html").document


def test_a_signature_of_several_lines_keeps_them() -> None:
    signature = (
        f"<div class=tsd-signature>open<span>(</span><br>{SPACES}path<span>:</span> string<span>,</span><br>"
        "<span>)</span>: void<a class=tsd-anchor-icon href='#open'><svg></svg></a></div>"
    )
    assert "```typescript\nopen(\n    path: string,\n): void\n```" in read(signature).markdown


def test_a_flag_stands_apart_from_the_name_and_is_no_part_of_the_symbol() -> None:
    member = (
        "<section class=tsd-member><h3 id=lid><code class=tsd-tag>Optional</code><span>lid</span></h3>"
        "<div class=tsd-signature>lid<span>?:</span> string</div></section>"
    )
    document = read(member)
    assert "### `Optional lid`\n\n```typescript\nlid?: string\n```" in document.markdown
    assert [one.symbol for one in document.sections if one.anchor == "lid"] == ["Jar.lid"]
