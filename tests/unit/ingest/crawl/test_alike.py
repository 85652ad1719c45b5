"""When equal pages at several addresses are a guard's, and when they are pages."""

from ingest.crawl.alike import MOST, Alike
from shared.model.document import Document


def groups(*pages: tuple[str, str]) -> list[tuple[str, ...]]:
    alike = Alike()
    for path, text in pages:
        alike.add(f"http://h{path}", Document(f"http://h{path}", "A page", text))
    return list(alike.groups(len(pages), {}))


STUB = "# Class\n\nThis class has no documentation yet. It inherits from Object.\n"


def stubs(text: str = STUB, *, titles: bool = False, count: int = 30) -> Alike:
    alike = Alike()
    for number in range(count):
        url = f"http://h/same/S{number}"
        named = f"Class S{number}" if titles else "Class"
        alike.add(url, Document(url, "Class", text), named=named, content=b"now")
    return alike


def test_the_same_words_at_three_unlike_addresses_are_no_page() -> None:
    assert groups(("/a", "Wait."), ("/b/", "Wait."), ("/c.html", "Wait.")) == [
        ("http://h/a", "http://h/b/", "http://h/c.html")
    ]
    assert groups(("/a", "Wait."), ("/b", "Wait.")) == []
    assert groups(("/a", "Wait."), ("/b", "Wait."), ("/c", "Go on.")) == []


def test_versions_languages_and_spellings_of_one_address_are_not_unlike() -> None:
    assert groups(("/1/a", "Yes."), ("/2/a.html", "Yes."), ("/en/a/", "Yes."), ("/en/a?x=1", "Yes.")) == []


def test_what_a_guard_makes_up_for_each_answer_is_no_difference() -> None:
    said = "You asked for {}, ray {}, from {}."
    tickets = (
        ("/a", "8f3a9c2e1b7d4f60", "10.0.0.1"),
        ("/b", "91b2c3d4e5f60718", "10.0.0.2"),
        ("/c", "a1b2-c3d4-e5f6", "10.0.0.3"),
    )
    assert len(groups(*((path, said.format(path, ray, address)) for path, ray, address in tickets))) == 1
    assert groups(("/a", "Lid 1"), ("/b", "Lid 2"), ("/c", "Lid 3")) == []


def test_documentation_that_stands_at_several_addresses_stays() -> None:
    for text in ("long " * MOST, "Run this:\n\n```\nlarder\n```", ""):
        assert groups(("/a", text), ("/b", text), ("/c", text)) == []


def test_pages_whose_titles_differ_are_different_pages() -> None:
    assert list(stubs(titles=True).groups(30, {})) == []


def test_stubs_of_a_site_that_came_whole_stay_unless_they_are_most_of_it() -> None:
    assert list(stubs().groups(60, {})) == []
    assert len(list(stubs().groups(59, {}))) == 1
    assert len(list(stubs().groups(60, {}, whole=False))) == 1


def test_stubs_that_speak_of_a_door_do_not_stay() -> None:
    assert len(list(stubs("One moment: the keeper looks at your browser.").groups(60, {}))) == 1


def test_what_stands_in_place_of_different_pages_does_not_stay() -> None:
    addresses = [f"http://h/same/S{number}" for number in range(30)]
    different: dict[str, bytes | None] = {url: url.encode() for url in addresses}
    assert len(list(stubs().groups(60, different))) == 1
    for same in (b"now", b"before", None):
        assert list(stubs().groups(60, dict.fromkeys(addresses, same))) == []
    few = dict.fromkeys(addresses, b"now") | dict(list(different.items())[:2])
    assert list(stubs().groups(60, few)) == []
