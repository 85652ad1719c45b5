import pytest

from ingest.crawl.frontier import TWICE, Finished, Frontier, IllegalMove, State


def frontier(max_pages: int = 100, max_depth: int | None = None) -> Frontier:
    return Frontier(
        lambda url: "refused" if url.startswith("bad") else None, max_pages=max_pages, max_depth=max_depth
    )


def drain(pages: Frontier) -> list[str]:
    taken = []
    while url := pages.take():
        taken.append(url)
    return taken


def test_pages_come_in_the_order_in_which_they_were_found_each_once() -> None:
    pages = frontier()
    for url in ("a", "b", "a", "c", "b"):
        assert pages.offer(url, 1) is None
    assert drain(pages) == ["a", "b", "c"]
    assert pages.take() is None


def test_a_refusal_is_said_once() -> None:
    pages = frontier()
    assert pages.offer("bad", 1) == "refused"
    assert pages.offer("bad", 1) is None
    assert drain(pages) == []


def test_a_page_too_deep_is_taken_when_a_shorter_way_is_found() -> None:
    pages = frontier(max_depth=2)
    assert pages.offer("a", 3) == "deeper than --max-depth 2"
    assert pages.offer("a", 4) is None
    assert drain(pages) == []
    assert pages.offer("a", 2) is None
    assert drain(pages) == ["a"]
    assert pages.depth("a") == 2


def test_a_page_that_fails_or_is_skipped_makes_room_for_another() -> None:
    pages = frontier(max_pages=2)
    for url in "abcd":
        pages.offer(url, 1)
    assert drain(pages) == ["a", "b"]
    pages.fail("a")
    assert drain(pages) == ["c"]
    pages.read("b", "b")
    pages.skip("b")
    assert drain(pages) == ["d"]
    for url in "cd":
        pages.read(url, url)
        pages.keep(url, url)
    pages.offer("e", 1)
    assert drain(pages) == []
    assert pages.leftover() == ["e"]
    assert pages.leftover() == []


def test_a_site_that_makes_up_pages_nobody_keeps_comes_to_an_end() -> None:
    pages = frontier(max_pages=200)
    for number in range(5000):
        pages.offer(f"page {number}", 1)
    taken = 0
    while url := pages.take():
        (pages.fail if taken % 2 else pages.skip)(url)
        taken += 1
    assert taken == 2000, "ten times as many as are wanted"
    assert len(pages.leftover()) == 3000


def test_a_redirect_gives_the_page_its_new_name() -> None:
    pages = frontier()
    for url in ("old", "new"):
        pages.offer(url, 3)
    assert pages.take() == "old"
    assert pages.bars("new") is None
    assert pages.read("old", "new") == "new"
    assert pages.take() is None
    assert pages.keep("new", "new") == "new"
    assert (pages.state("old"), pages.state("new")) == (State.MOVED, State.DONE)


def test_a_redirect_to_a_page_that_is_known_is_dropped() -> None:
    pages = frontier()
    for url in ("page", "other"):
        pages.offer(url, 1)
    drain(pages)
    assert pages.bars("page") == TWICE
    assert pages.bars("bad") == "refused"
    assert pages.bars("elsewhere") is None
    assert pages.read("page", "page") == "page"
    assert pages.read("other", "page") is None
    assert pages.state("other") is State.SKIPPED


def test_a_canonical_name_is_claimed_by_the_first_who_bears_it() -> None:
    pages = frontier()
    for url in ("a?print=1", "a?print=2", "a"):
        pages.offer(url, 1)
    for url in ("a?print=1", "a?print=2"):
        assert pages.take() == url
        pages.read(url, url)
    assert pages.keep("a?print=1", "a") == "a"
    assert pages.keep("a?print=2", "a") is None
    assert pages.take() is None


def test_a_canonical_name_that_failed_costs_no_page() -> None:
    pages = frontier()
    for url in ("a", "a?x=1"):
        pages.offer(url, 1)
    drain(pages)
    pages.fail("a")
    pages.read("a?x=1", "a?x=1")
    assert pages.keep("a?x=1", "a") == "a?x=1"


def test_what_an_interrupted_run_has_finished_is_not_taken_again() -> None:
    pages = frontier(max_pages=3)
    pages.offer("start", 0)
    pages.restore([Finished("start", ("a",), 0), Finished("a", ("b",), 1)])
    for url in ("a", "b", "c"):
        pages.offer(url, 2)
    assert drain(pages) == ["start", "b"]
    assert pages.counts[State.DONE] == 1


def test_counts_follow_the_states() -> None:
    pages = frontier()
    for url in "abc":
        pages.offer(url, 1)
    drain(pages)
    pages.fail("a")
    pages.skip("b")
    pages.read("c", "c")
    assert {state: count for state, count in pages.counts.items() if count} == {
        State.FAILED: 1,
        State.SKIPPED: 1,
        State.READ: 1,
    }


def test_what_cannot_follow_is_a_mistake_of_the_program() -> None:
    pages = frontier()
    pages.offer("a", 1)
    with pytest.raises(IllegalMove):
        pages.fail("a")
    pages.take()
    pages.fail("a")
    for report in (pages.skip, pages.fail):
        with pytest.raises(IllegalMove):
            report("a")
