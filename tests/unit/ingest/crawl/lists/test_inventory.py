import zlib

import pytest

from ingest.crawl.lists.inventory import Inventory, parse_inventory, with_symbols
from shared.errors import ListUnreadable
from shared.model.document import Document, ExtractedPage, Section

HEAD = b"# Sphinx inventory version 2\n# Project: x\n# Version: 1\n# The rest is zlib.\n"
ENTRIES = b"""x.open py:function 1 api.html#$ -
DEBUG std:setting 1 settings.html#std-setting-$ -
intro std:label -1 index.html#intro The intro: with spaces
guide std:doc -1 guide.html Guide
a line that is none
"""


def inventory() -> Inventory:
    return parse_inventory(HEAD + zlib.compress(ENTRIES), "http://h/docs/objects.inv")


def test_an_inventory_lists_pages_and_what_they_define() -> None:
    found = inventory()
    assert found.listed == tuple(
        f"http://h/docs/{name}.html" for name in ("api", "settings", "index", "guide")
    )
    assert found.of("http://h/docs/api") == {"x.open": "x.open"}
    assert found.of("http://h/docs/settings.html") == {"std-setting-DEBUG": "DEBUG"}
    assert not found.of("http://h/docs/index.html")


def test_what_is_no_inventory_says_nothing() -> None:
    for body in (b"", b"<html>", HEAD[:30]):
        assert parse_inventory(body, "http://h/objects.inv") == Inventory()


def test_an_inventory_that_cannot_be_unpacked_says_so() -> None:
    with pytest.raises(ListUnreadable, match="cannot be unpacked"):
        parse_inventory(HEAD + b"no zlib", "http://h/objects.inv")


def test_what_can_be_read_of_an_inventory_that_is_cut_off_is_taken() -> None:
    whole = HEAD + zlib.compress(ENTRIES * 500)
    assert parse_inventory(whole, "http://h/docs/objects.inv").fault == ""
    found = parse_inventory(whole[:-40], "http://h/docs/objects.inv")
    assert found.listed
    assert found.fault == "is cut off, or larger than an inventory may be"


def test_a_bomb_is_not_unpacked_to_its_end() -> None:
    bomb = parse_inventory(HEAD + zlib.compress(b"x" * (30 << 20)), "http://h/objects.inv")
    assert bomb == Inventory(fault="is cut off, or larger than an inventory may be")


def test_no_name_or_anchor_holds_what_nobody_sees() -> None:
    order = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    entries = f"x.{order}o\0pen py:function 1 api.html#{order}$ -\n".encode()
    found = parse_inventory(
        HEAD + zlib.compress(entries + b"\xff\xfe py:class 1 b.html#$ -\n"), "http://h/objects.inv"
    )

    assert found.of("http://h/api.html") == {"x.open": "x.open"}


def test_a_line_of_any_length_is_read_at_once() -> None:
    entries = b"x" + b" " * 200_000 + b"\n" + ENTRIES
    assert parse_inventory(HEAD + zlib.compress(entries), "http://h/docs/objects.inv") == inventory()


def test_sections_get_their_symbols_by_anchor_or_by_heading() -> None:
    sections = (
        Section("Opening", 2, "x.open", 0),
        Section("DEBUG", 3, "debug", 2),
        Section("Else", 3, "else", 4),
    )
    page = ExtractedPage(Document("http://h/", "t", "", sections))
    names = {"x.open": "x.open", "std-setting-DEBUG": "DEBUG"}
    assert [one.symbol for one in with_symbols(page, names).document.sections] == ["x.open", "DEBUG", None]
    assert with_symbols(page, {}) is page


def test_the_title_of_a_page_about_one_symbol_is_no_second_entry_of_it() -> None:
    sections = (Section("x.open", 1, "x-open", 0), Section("open(path)", 2, "x.open", 2))
    page = ExtractedPage(Document("http://h/", "x.open", "", sections))
    assert [one.symbol for one in with_symbols(page, {"x.open": "x.open"}).document.sections] == [
        None,
        "x.open",
    ]
