from mcp_server.rank import distinct, fuse
from tests.unit.mcp_server.samples import hit


def test_first_in_every_ranking_scores_one() -> None:
    assert fuse([["a", "b"], ["a", "c"]])["a"] == 1.0


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
