"""Bytes become text by the encoding they are in, whatever is claimed."""

import pytest
from lxml import html

from ingest.extract.charset import codec_of
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
    "charset",
    [
        *(
            "undefined",
            "idna",
            "punycode",
            "hex",
            "zlib",
            "bz2",
            "base64",
            "rot13",
            "uu",
            "quopri",
            "unicode_escape",
        ),
        *(
            "raw_unicode_escape",
            "charmap",
            "palmos",
            "mbcs",
            "utf-7",
            "utf-32",
            "hz",
            "aliases",
            "utf-8\0",
            "\0",
            "\udcff",
        ),
        *("é", "", " ", "x" * 10_000, "../utf_8", "utf-8; q=1", "utf-16"),
    ],
)
@pytest.mark.parametrize("text", ["naïve café, +AGE- &amp; \\x41", "plain ascii"])
def test_an_encoding_that_browsers_do_not_know_is_none(charset: str, text: str) -> None:
    head = f'<meta charset="{charset}">'.encode("utf-8", "replace")
    assert decode(text.encode(), charset) == text
    assert decode(head + text.encode()).endswith(text)


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("Windows-874", "cp874"),
        ("x-sjis", "cp932"),
        ("visual", "iso8859-8"),
        ("x-mac-cyrillic", "mac-cyrillic"),
        ("l2", "iso8859-2"),
        ("iso_8859-1:1987", "cp1252"),
        ("GB_2312-80", "gb18030"),
    ],
)
def test_an_encoding_is_known_by_the_names_that_browsers_know(label: str, codec: str) -> None:
    assert codec_of(label) == codec


def test_what_a_page_declares_in_plain_bytes_is_not_utf_16() -> None:
    page = f'<meta charset="utf-16">{"Ein schöner Text über Bücher. " * 10}'
    assert decode(page.encode("cp1252")) == page


def test_an_escape_in_utf_8_does_not_make_it_another_encoding() -> None:
    assert decode("\x1b[1mé".encode(), "iso-8859-1") == "[1mé"


@pytest.mark.parametrize(
    "hidden",
    [
        *(
            "&lrm;",
            "\u2066",
            "&#xE0041;",
            "\ufeff",
            "&#1;",
            "\U000e0041",
            "&#x2060;",
            "\u200b" * 3,
            "&#8203;" * 8,
        ),
        *(
            "&#X200E;",
            "&#0000000008206;",
            f"&#x{'0' * 5000}E0041;",
            f"&#{'9' * 5000};",
            "&#xD800;",
            "&#xFDD0;",
            "&#0;",
        ),
    ],
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


@pytest.mark.parametrize("icon", ["\ue0b0", "&#57520;", "&#0000057520;", "&#XE0b0"])
def test_a_private_character_stays_in_code_alone(icon: str) -> None:
    text = decode(f"<p title='a{icon}'>b{icon} </p><pre title='{icon}'>c{icon} d</pre>".encode())
    tree = html.fromstring(f"<div>{text}</div>")
    only_in_code(tree)
    left = html.tostring(tree, encoding="unicode")
    assert left == '<div><p title="a">b </p><pre title="">c\ue0b0 d</pre></div>'


def test_a_tree_is_cleaned_of_what_the_parser_made() -> None:
    tree = html.fromstring(
        "<div><p id='&#X200E;a&#0000917569;'>b&#1;&#12;&#x200B;c</p><pre>&#x200b;d</pre>&shy;e</div>"
    )
    only_in_code(tree)
    assert html.tostring(tree, encoding="unicode") == '<div><p id="a">bc</p><pre>\u200bd</pre>e</div>'


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
