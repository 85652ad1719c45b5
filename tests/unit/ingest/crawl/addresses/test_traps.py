import pytest

from ingest.crawl.addresses.traps import Traps, endless
from shared.model.document import Document


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/a" * 21, "path deeper than 20 folders"),
        ("/x/y/x/y/x/y/x/y", "path repeats itself"),
        ("/c?a=1&b=2&c=3&d=4&e=5", "more than 4 query parameters"),
        ("/" + "a" * 2000, "URL longer than 2,000 characters"),
    ],
)
def test_an_endless_address_is_refused_with_a_reason(path: str, reason: str) -> None:
    assert endless("http://h" + path) == reason


@pytest.mark.parametrize(
    "shape", ["/calendar/{}/05/", "/events/{}-05/day", "/calendar?month={}-05", "/list?page={}"]
)
def test_a_calendar_ends_after_500_pages(shape: str) -> None:
    traps = Traps()
    years = [traps.bars("http://h" + shape.format(1900 + year % 300)) for year in range(501)]
    assert years[:500] == [None] * 500
    assert years[500] == "over 500 addresses that differ only in a date or a number"


def test_pages_that_differ_in_words_or_release_numbers_are_all_wanted() -> None:
    traps = Traps()
    words = ["a" * length for length in range(600)]
    urls = [f"/wiki?title={word}" for word in words] + [f"/2024/{word}" for word in words]
    urls += [form.format(number) for number in range(600) for form in ("/2.{}/", "/errors/{}")]
    assert {traps.bars(f"http://h{url}") for url in urls} == {None}


def test_queries_that_only_give_the_page_again_are_left_alone() -> None:
    traps = Traps()
    for turn in range(20):
        assert traps.bars(f"http://h/page?token=t{turn}x") is None
        traps.echo(f"http://h/page?token=t{turn}x")
    assert traps.bars("http://h/page?token=other") == "the same page as 20 other queries of its address"
    assert traps.bars("http://h/other?token=other") is None


def page(text: str) -> Document:
    return Document("http://h/", "A page", text)


def test_a_parameter_that_says_nothing_but_its_value_is_cut_off() -> None:
    traps = Traps()
    for number in range(49):
        traps.said(
            f"http://h/find?search=wor{number}",
            page(f"Results for Wor{number}: [more](/find?search=wor{number}x)."),
        )
        assert traps.bars("http://h/find?search=x") is None
    traps.said("http://h/find?search=last", page("Results for last: [more](/find?search=lastx)."))
    reason = traps.bars("http://h/find?search=x")
    assert reason is not None
    assert "?search=" in reason
    assert traps.cut_off("http://h/find?a=1&search=y") == reason
    assert traps.bars("http://h/find?title=x") is None
    assert traps.bars("http://h/other?search=x") is None


def test_a_parameter_whose_pages_differ_is_read_on() -> None:
    traps = Traps()
    for number in range(500):
        assert traps.bars(f"http://h/wiki?title=w{'x' * number}") is None
        traps.said(f"http://h/wiki?title=w{'x' * number}", page(f"About {number} jars."))
