import pytest

from mcp_server.rank import distinct, fuse, weighed
from tests.unit.mcp_server.samples import hit


def test_first_in_every_ranking_scores_one() -> None:
    assert fuse([["a", "b"], ["a", "c"]])["a"] == pytest.approx(1)


def test_agreement_of_both_rankings_beats_the_first_place_in_one() -> None:
    fused = fuse([["a", "both"], ["b", "both"]])

    assert next(iter(fused)) == "both"


def test_equal_scores_keep_the_order_in_which_they_were_met() -> None:
    assert list(fuse([["dense"], ["sparse"]])) == ["dense", "sparse"]


def test_an_empty_ranking_leaves_the_order_of_the_other() -> None:
    assert list(fuse([["x", "y", "z"], []])) == ["x", "y", "z"]
    assert fuse([[], []]) == {}


def test_the_same_content_elsewhere_is_said_once() -> None:
    first = hit("app.run()", source_url="https://a.example/one")
    again = hit("app.run()\n", source_url="https://a.example/two")

    assert distinct([first, again]) == [first]


def test_a_part_of_a_better_hit_is_dropped_and_a_larger_later_one_kept() -> None:
    part, whole, more = (
        hit("run the app"),
        hit("to run the app, call it"),
        hit("to run the app, call it; then stop"),
    )

    assert distinct([whole, part, more]) == [whole, more]


def test_a_hit_without_text_says_nothing() -> None:
    assert distinct([hit(" \n")]) == []


def test_a_passage_with_code_comes_before_an_equal_one_without() -> None:
    prose, code = (
        hit("prose", source_url="https://a/1"),
        hit("code", content_type="snippet", source_url="https://a/2"),
    )

    assert weighed([prose, code])[0].content == "code"


def test_several_passages_of_a_page_strengthen_each_other() -> None:
    alone = hit("alone", score=0.52, source_url="https://a/1")
    together = [hit(text, score=0.5, source_url=f"https://a/2#{text}") for text in ("one", "two", "three")]

    assert [found.content for found in weighed([alone, *together])] == ["one", "two", "three", "alone"]


def test_weighed_scores_stay_between_zero_and_one() -> None:
    best = [hit(str(n), score=1.0, content_type="snippet") for n in range(20)]

    assert all(0.9 < found.score <= 1 for found in weighed(best))
