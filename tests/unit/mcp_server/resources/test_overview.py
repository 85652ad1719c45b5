"""Libraries and pages as Markdown."""

from datetime import UTC, datetime
from uuid import UUID

from mcp_server.resources.overview import library_text, page_text, page_uri, version_text
from shared.model.library import Generation, Library, LibraryVersion
from shared.model.page import PageName, PagePart, Passage

NOW = datetime(2026, 11, 20, 3, 15, tzinfo=UTC)
ID = UUID(int=1)
LIBRARY = Library(
    "/a/b", "B", docs_url="https://b.example/", default_version="2", description="A library\nof lamps."
)
GENERATION = Generation(ID, ID, "/a/b", "2", "edge", "index", "model", "print", 384, 3, 40, 5000, NOW)
PAGES = [PageName("https://b.example/a?b=1&c", "Oil  lamps")]


def test_a_library_names_its_versions_and_pages_with_addresses_that_can_be_read_on() -> None:
    versions = [
        LibraryVersion(ID, "/a/b", "2", True, generation=GENERATION),
        LibraryVersion(ID, "/a/b", "1", False),
    ]

    assert library_text(LIBRARY, versions, PAGES, None) == (
        "# B\n\n"
        "A library of lamps.\n\n"
        "- Id: `/a/b`\n"
        "- Documentation: https://b.example/\n"
        "- Default version: 2\n\n"
        "| Version | Pages | Snippets | Tokens | Published |\n"
        "|---|---|---|---|---|\n"
        "| [2](lectern://library/a/b/2) | 3 | 40 | 5000 | 2026-11-20 |\n\n"
        "## Pages of 2\n\n"
        "- [Oil lamps](lectern://page/a/b/2?url=https%3A%2F%2Fb.example%2Fa%3Fb%3D1%26c): "
        "https://b.example/a?b=1&c\n"
    )


def test_a_version_says_how_much_there_is_of_it() -> None:
    text = version_text(LIBRARY, GENERATION, [], "https://b.example/2/")

    assert text.startswith("# B 2\n\n")
    assert "- Documentation: https://b.example/2/\n" in text
    assert text.endswith("3 pages, 40 snippets, 5000 tokens, published 2026-11-20.\n")


def test_a_page_says_each_heading_once_above_its_text() -> None:
    passages = (
        Passage("\nLight it.\n", ("Lamps",)),
        Passage("Oil burns.", ("Lamps", "Oil")),
        Passage("Slowly.", ("Lamps", "Oil")),
        Passage("Gas too.", ("Lamps", "Gas", "Town gas")),
        Passage("No heading.", ()),
    )

    assert page_text("/a/b", "2", PagePart("https://b.example/a", 1, 2, passages, NOW)) == (
        "---\n"
        "source: https://b.example/a\n"
        "library: /a/b\n"
        "version: 2\n"
        "fetched_at: 2026-11-20T03:15:00+00:00\n"
        "part: 1 of 2\n"
        "---\n\n"
        "# Lamps\n\nLight it.\n\n"
        "## Oil\n\nOil burns.\n\nSlowly.\n\n"
        "## Gas\n\n### Town gas\n\nGas too.\n\n"
        "No heading.\n"
    )


def test_a_table_that_was_cut_is_whole_on_its_page() -> None:
    passages = [
        Passage(f"| Name |\n| --- |\n| {name} |", section)
        for name, section in (("a", ("Lamps",)), ("b", ("Lamps",)), ("c", ("Lamps", "Oil")))
    ]

    text = page_text("/a/b", "2", PagePart("https://b.example/a", 1, 1, tuple(passages), NOW))

    assert text.endswith("# Lamps\n\n| Name |\n| --- |\n| a |\n| b |\n\n## Oil\n\n| Name |\n| --- |\n| c |\n")


def test_a_signature_is_the_heading_of_its_entry() -> None:
    passages = (
        Passage("## class lamps.Oil(wick)\n\nBurns.", ("API", "lamps.Oil")),
        Passage("### light()\n\nLights.", ("API", "lamps.Oil", "lamps.Oil.light")),
    )

    assert page_text("/a/b", "2", PagePart("https://b.example/a", 1, 1, passages, NOW)).endswith(
        "---\n\n# API\n\n## class lamps.Oil(wick)\n\nBurns.\n\n### light()\n\nLights.\n"
    )


def test_an_address_in_an_address_is_quoted() -> None:
    assert page_uri("/a/b", "1", "https://x.example/ä#b") == (
        "lectern://page/a/b/1?url=https%3A%2F%2Fx.example%2F%C3%A4%23b"
    )
