import pytest

from bench.measures import Interval, hit, interval, page, rank, reciprocal


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://127.0.0.1:1/flask/quickstart.html#routing", "quickstart"),
        ("http://127.0.0.1:1/flask/deploying/index.html", "deploying"),
        ("http://127.0.0.1:1/flask/deploying/?q=1", "deploying"),
        ("http://127.0.0.1:1/flask/", ""),
        ("http://127.0.0.1:1/flask/index.html", ""),
        ("http://127.0.0.1:1/flask/flattened-index.html", "flattened-index"),
    ],
)
def test_a_page_is_its_path_under_the_root(url: str, path: str) -> None:
    assert page(url, "http://127.0.0.1:1/flask/") == path


def test_a_page_counts_once_at_its_first_passage() -> None:
    assert rank(["a", "a", "b", "c"], ["c.html", "b.html"]) == 2
    assert rank(["a"], ["b.html"]) is None


def test_what_is_not_found_is_worth_nothing() -> None:
    assert [reciprocal(found) for found in (1, 4, None)] == [1.0, 0.25, 0.0]
    assert [hit(3)(found) for found in (3, 4, None)] == [1.0, 0.0, 0.0]


def test_an_interval_holds_its_mean_and_is_repeatable() -> None:
    found = interval([0.0, 1.0] * 30)
    assert found.low < found.mean == 0.5 < found.high
    assert found == interval([0.0, 1.0] * 30)
    assert interval([1.0]) == Interval(1.0, 1.0, 1.0)
