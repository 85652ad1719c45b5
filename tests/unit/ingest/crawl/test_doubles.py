"""Which of the addresses of a page it is kept under."""

from ingest.crawl.doubles import Doubles
from shared.model.document import Document, ExtractedPage

ROOT, FILE, SLASH = "http://h/", "http://h/git.html", "http://h/git/"


def page(text: str, named: str = "") -> ExtractedPage:
    return ExtractedPage(Document(ROOT, "Git", text), named=named)


def groups(doubles: Doubles, **links: int) -> list[tuple[str, tuple[str, ...]]]:
    return list(
        doubles.groups((ROOT, FILE, SLASH), {FILE: links.get("file", 0), SLASH: links.get("slash", 0)})
    )


def two(canonical: str | None = None) -> Doubles:
    doubles = Doubles()
    doubles.add(ROOT, page("See [the tools](http://h/tools)."), canonical)
    doubles.add(FILE, page("See [the tools](http://h/git/tools)."), canonical)
    return doubles


def test_the_address_that_links_name_is_kept_else_the_first() -> None:
    assert groups(two()) == [(ROOT, (FILE,))]
    assert groups(two(), file=3) == [(FILE, (ROOT,))]


def test_what_the_page_calls_itself_comes_before_what_links_name() -> None:
    assert groups(two(ROOT), file=3) == [(ROOT, (FILE,))]
    assert groups(two(FILE)) == [(FILE, (ROOT,))]
    assert groups(two("http://elsewhere/"), file=3) == [(FILE, (ROOT,))]


def test_pages_that_differ_in_text_or_title_are_two() -> None:
    doubles = two()
    doubles.add(FILE, page("See [the tools](http://h/tools), too."), None)
    assert groups(doubles) == []
    doubles.add(FILE, page("See [the tools](http://h/tools).", named="Git 2"), None)
    assert groups(doubles) == []


def test_only_what_is_kept_is_compared() -> None:
    assert list(two().groups([FILE], {})) == []


def test_a_page_that_was_not_read_says_what_another_does() -> None:
    doubles = two()
    doubles.says_as(SLASH, ROOT)
    assert groups(doubles, slash=2) == [(SLASH, (ROOT, FILE))]
