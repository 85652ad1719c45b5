"""The human languages that a crawl wants, and the links that lead to others."""

from ingest.crawl.addresses.languages import LanguageFilter
from shared.model.document import Document, ExtractedPage

GERMAN = "in another language: de (--language de takes it)"


def test_a_language_stands_for_its_regions_and_a_page_that_names_none_is_wanted() -> None:
    languages = LanguageFilter(["en"])
    assert [languages.bars(spoken) for spoken in ("en", "en-GB", "EN-us", "", None)] == [None] * 5
    assert languages.bars("de") == GERMAN
    assert languages.bars("enm")


def test_the_start_page_decides_where_no_language_is_named() -> None:
    languages, named = LanguageFilter(), LanguageFilter(["de"])
    assert languages.bars("de") is None
    for each in (languages, named):
        each.start("en-GB")
    assert (languages.bars("de"), languages.bars("en-US")) == (GERMAN, None)
    assert named.bars("de") is None


def test_links_to_other_languages_are_told_apart_and_a_page_in_a_wanted_one_is_a_link() -> None:
    page = ExtractedPage(
        Document("http://h/a", "A page", ""),
        links=("http://h/b", "http://h/de/a"),
        alternates=(("de", "http://h/de/a"), ("en-GB", "http://h/gb/a"), ("de-AT", "http://h/at/a")),
    )
    wanted, barred = LanguageFilter(["en"]).links(page)
    assert wanted == ["http://h/b", "http://h/gb/a"]
    assert barred == {"http://h/de/a": GERMAN}
