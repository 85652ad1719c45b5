from collections.abc import Callable

import pytest

from ingest.extract import extract
from ingest.extract.limits import without_stuffed_tags
from shared.errors import NotADocument

MANY = 200_000


def _page(main: str) -> bytes:
    return f"<html><body><main><h1>Title</h1>{main}</main></body></html>".encode()


@pytest.mark.parametrize(
    "attribute",
    [
        lambda n: f" a{n}",
        lambda n: f" a{n}=1",
        lambda n: f"a{n}='1'",
        lambda n: f" a{n}='>'",
        lambda n: f'/a{n} ="<"',
    ],
)
def test_a_tag_with_attributes_without_end_loses_them(attribute: Callable[[int], str]) -> None:
    tag = "<p " + "".join(map(attribute, range(MANY))) + ">"
    markdown = extract(_page(f"{tag}text</p>"), "http://h/p").document.markdown
    assert markdown.splitlines()[-1] == "text"


@pytest.mark.parametrize(
    "html",
    [
        f'<img src="data:image/png;base64,{"A1/+" * 5000}" alt="x">',
        f'<p class="{"word " * 5000}">text</p>',
        "<div data-page='" + '{"key": "value", ' * 3000 + "'>text</div>",
        f"<script>if (a<b) {{ {'a0=1 ' * 5000} }}</script>",
        f"<!-- <p {'a0=1 ' * 5000}> -->",
        "<p a=1 b=2>text</p>" * 5000,
        "a < b " * 5000,
    ],
)
def test_other_long_markup_is_left_alone(html: str) -> None:
    assert without_stuffed_tags(html) == html


@pytest.mark.parametrize("tag", ["div", "span", "blockquote", "b", "x-y", "svg><g"])
def test_a_page_nested_without_end_is_no_document(tag: str) -> None:
    with pytest.raises(NotADocument, match="nested too deeply"):
        extract(_page(f"<{tag}>" * MANY + "text"), "http://h/p")


def test_a_page_nested_as_deep_as_any_real_one_is_read() -> None:
    deep = "<div>" * 300 + "<p>deep</p><pre>x = 1</pre>" + "</div>" * 300 + "<p>after</p>"
    markdown = extract(_page(deep), "http://h/p").document.markdown
    assert "deep" in markdown
    assert "x = 1" in markdown
    assert "after" in markdown


def test_a_page_of_megabytes_is_read_whole() -> None:
    code = "".join(f"line {n}\n" for n in range(400_000))
    line = "".join(f"<p>paragraph {n}</p>" for n in range(50_000))
    assert code in extract(_page(f"<pre>{code}</pre>"), "http://h/p").document.markdown
    assert "paragraph 49999" in extract(_page(line), "http://h/p").document.markdown


@pytest.mark.parametrize(
    "body", [b'{"a": [1, 2]}' * 1000, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)) * 99]
)
def test_what_only_calls_itself_html_is_no_document(body: bytes) -> None:
    with pytest.raises(NotADocument, match="not HTML"):
        extract(body, "http://h/p")
