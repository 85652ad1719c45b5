"""Bytes become text by the encoding they are in, whatever is claimed."""

import pytest

from ingest.extract.decode import Kind, decode, kind_of


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
    ["\u200b", "&#8203;", "&#x200B;", "&ZeroWidthSpace;", "&lrm;", "\u2066", "&#xE0041;", "\ufeff", "&#1;"],
)
def test_what_a_reader_cannot_see_is_dropped(hidden: str) -> None:
    assert decode(f"a{hidden}b".encode()) == "ab"


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
