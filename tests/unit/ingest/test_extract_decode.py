"""Bytes become text by the encoding they are in, whatever is claimed."""

import pytest
from lxml import html

from ingest.extract.decode import Kind, decode, kind_of, only_in_code


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("héé".encode(), None, "héé"),
        ("héé".encode(), "iso-8859-1", "héé"),
        (b"\xef\xbb\xbf" + "é".encode(), "latin-1", "é"),
        ("é".encode("utf-16"), None, "é"),
        ("<p>é</p>".encode("utf-16-le"), None, "<p>é</p>"),
        ("“é”".encode("cp1252"), "iso-8859-1", "“é”"),
        (
            b'<meta charset="windows-1251">' + "Привет".encode("cp1251"),
            None,
            '<meta charset="windows-1251">Привет',
        ),
        ("日本".encode("shift_jis"), "Shift_JIS", "日本"),
        ("日本".encode("iso-2022-jp"), "iso-2022-jp", "日本"),
        (b"a" * 300 + b"\xff", "utf-8", "a" * 300 + "�"),
        ("é".encode(), "no-such-charset", "é"),
        (b"a\r\nb\rc", None, "a\nb\nc"),
    ],
)
def test_the_encoding_is_found(body: bytes, charset: str | None, text: str) -> None:
    assert decode(body, charset) == text


@pytest.mark.parametrize(
    "hidden",
    ["&lrm;", "\u2066", "&#xE0041;", "\ufeff", "&#1;", "\U000e0041", "&#x2060;", "\u200b" * 3, "&#8203;" * 8],
)
def test_what_a_reader_cannot_see_is_dropped(hidden: str) -> None:
    assert decode(f"a{hidden}b".encode()) == "ab"


@pytest.mark.parametrize("hint", ["\u200b", "&#8203;", "&#x200B;", "&ZeroWidthSpace;"])
def test_a_zero_width_space_stays_in_code_alone(hint: str) -> None:
    text = decode(f"<p title='a{hint}b'>c{hint}d</p><pre>e{hint}<b>f{hint}g</b>h</pre>i{hint}j".encode())
    tree = html.fromstring(f"<div>{text}</div>")
    only_in_code(tree)
    left = html.tostring(tree, encoding="unicode")
    assert left == '<div><p title="ab">cd</p><pre>e\u200b<b>f\u200bg</b>h</pre>ij</div>'


@pytest.mark.parametrize("seen", ["&#8212;", "&#150;", "&amp;", "é", "👍", "&nbsp;"])
def test_what_a_reader_sees_stays(seen: str) -> None:
    assert decode(f"a{seen}b".encode()) == f"a{seen}b"


@pytest.mark.parametrize(
    ("text", "url", "kind"),
    [
        ("<!-- x --><!doctype html><p>", "http://h/", Kind.HTML),
        ("<?xml version='1.0'?><html xmlns='x'><body/></html>", "http://h/", Kind.HTML),
        ("# Title", "http://h/", Kind.TEXT),
        ("<div>\n\n# Title", "http://h/readme.md", Kind.TEXT),
        ("<!DOCTYPE html><p>", "http://h/readme.md", Kind.HTML),
        ("<urlset></urlset>", "http://h/", Kind.OTHER),
        ('{"a": 1}', "http://h/", Kind.OTHER),
    ],
)
def test_the_kind_is_told_by_the_content_first(text: str, url: str, kind: Kind) -> None:
    assert kind_of(text.encode(), text, url) == kind


def test_an_emoji_keeps_what_makes_it_one() -> None:
    tree = html.fromstring("<p>\u2764\ufe0f 1\ufe0f\u20e3 \U0001f469\u200d\U0001f4bb a\ufe0fb\u200dc</p>")
    only_in_code(tree)
    assert tree.text == "\u2764\ufe0f 1\ufe0f\u20e3 \U0001f469\u200d\U0001f4bb abc"
