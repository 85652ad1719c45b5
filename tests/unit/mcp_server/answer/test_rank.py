import pytest

from mcp_server.answer.rank import (
    CANDIDATES,
    FETCHED,
    REACH,
    collapsed,
    distinct,
    fuse,
    reranked,
    spread,
    weighed,
)
from tests.unit.mcp_server.samples import hit


def test_first_in_both_rankings_scores_one_and_last_in_the_dense_one_nothing() -> None:
    fused = fuse([("a", 0.9), ("b", 0.5), ("c", 0.1)], [("a", 30.0), ("d", 4.0)])

    assert fused["a"] == pytest.approx(1)
    assert fused["c"] == 0


def test_agreement_of_both_rankings_beats_the_first_place_in_one() -> None:
    fused = fuse([("a", 0.9), ("both", 0.8), ("x", 0.2)], [("b", 9.0), ("both", 8.0), ("y", 2.0)])

    assert next(iter(fused)) == "both"


def test_a_lead_counts_by_how_large_it_is() -> None:
    close = fuse([("dense", 0.9), ("sparse", 0.89), ("x", 0.2)], [("sparse", 9.0), ("dense", 1.0)])
    clear = fuse([("dense", 0.9), ("sparse", 0.21), ("x", 0.2)], [("sparse", 9.0), ("dense", 8.0)])

    assert (next(iter(close)), next(iter(clear))) == ("sparse", "dense")


def test_equal_scores_keep_the_order_in_which_they_were_met() -> None:
    assert list(fuse([("one", 1.0), ("two", 1.0)], [])) == ["one", "two"]


def test_each_ranking_puts_its_first_forward_and_the_best_of_both_are_fetched() -> None:
    dense = [(f"dense {at}", 1 - at / 100) for at in range(REACH)]
    sparse = [(f"sparse {at}", 1 - at / 100) for at in range(REACH)]
    fused = fuse(dense, sparse)
    assert len(fused) == FETCHED < 2 * CANDIDATES < 2 * REACH
    assert f"sparse {CANDIDATES}" not in fused
    alone = fuse(dense, sparse[:1])
    assert f"dense {CANDIDATES - 1}" in alone
    assert f"dense {CANDIDATES}" not in alone
    assert fuse(dense, [(f"dense {REACH - 1}", 1.0)]).keys() == {
        key for key, _ in (*dense[:CANDIDATES], dense[-1])
    }


def test_of_passages_that_say_the_same_the_one_that_stands_best_in_both_rankings_stays() -> None:
    dense = [("copy 1", 0.9), ("copy 2", 0.8), ("x", 0.7)]
    sparse = [("copy 2", 9.0), ("y", 5.0), ("copy 3", 4.0), ("copy 1", 1.0)]
    same = dict.fromkeys(["copy 1", "copy 2", "copy 3"], "copy 1")

    assert collapsed(dense, sparse, same) == (
        [("copy 2", 0.9), ("x", 0.7)],
        [("copy 2", 9.0), ("y", 5.0)],
    )


def test_of_passages_that_say_the_same_one_in_both_rankings_stays_before_the_first_of_one() -> None:
    dense = [("copy 1", 0.9), ("copy 2", 0.8)]
    sparse = [("copy 2", 9.0), ("y", 5.0)]

    assert collapsed(dense, sparse, dict.fromkeys(["copy 1", "copy 2"], "copy 1")) == (
        [("copy 2", 0.9)],
        sparse,
    )


def test_copies_take_no_places_of_others() -> None:
    dense = [(f"copy {at}", 1.0 - at / 1000) for at in range(REACH)] + [
        (f"other {at}", 0.5) for at in range(REACH)
    ]
    [found, _] = collapsed(dense, [], {key: "copy 0" for key, _ in dense[:REACH]})

    assert [key for key, _ in found] == ["copy 0", *(f"other {at}" for at in range(REACH - 1))]


def test_rankings_of_passages_that_stand_alone_are_read_as_far_as_ever() -> None:
    dense = [(f"{at}", 1.0) for at in range(2 * REACH)]
    assert collapsed(dense, dense[:3], {}) == (dense[:REACH], dense[:3])


def test_an_empty_ranking_leaves_the_order_of_the_other() -> None:
    assert list(fuse([("x", 0.3), ("y", 0.2), ("z", 0.1)], [])) == ["x", "y", "z"]
    assert list(fuse([], [("x", 0.3), ("y", 0.2)])) == ["x", "y"]
    assert fuse([], []) == {}


@pytest.mark.parametrize(
    "path",
    ["changelog.html", "releases/3.2.html", "whatsnew/3.11.html", "release-15.html", "CHANGES", "genindex.html",
     "bookindex.html", "changelog_14.html", "news/", "release_notes"],
)  # fmt: skip
def test_pages_that_chronicle_or_list_come_later_unless_the_question_is_about_change(path: str) -> None:
    chronicle = hit("in a list", score=0.6, source_url=f"https://a.example/docs/{path}")
    explains = hit("explained", score=0.5, source_url="https://a.example/docs/guide.html")

    asked = "how do I run the app"
    assert weighed([chronicle, explains], asked)[0] == weighed([explains], asked)[0]
    assert weighed([chronicle, explains], "what changed in 3.2?")[0].content == "in a list"
    assert weighed([chronicle, explains], "why can it not be changed")[0].content == "explained"


@pytest.mark.parametrize(
    "path", ["sql-release-savepoint.html", "newsletter/", "searching.html", "indexes.html"]
)
def test_a_page_that_only_sounds_like_a_chronicle_is_as_good_as_any(path: str) -> None:
    page = hit("a", score=0.6, source_url=f"https://a.example/{path}")

    assert weighed([page], "how")[0].score > weighed([hit("b", score=0.5)], "how")[0].score


@pytest.mark.parametrize(
    ("content", "first"),
    [
        ("## See also\n\n- [Virtual hosts by address](https://a.example/ip)\n- [How matching is done](https://a.example/m)",
         False),
        ("Listen on both ports, see [the manual](https://a.example/manual/of/the/whole/server).", True),
        ("`[]()` is nothing", True),
    ],
)  # fmt: skip
def test_a_passage_that_only_leads_on_comes_after_one_that_says_something(content: str, first: bool) -> None:
    leads = hit(content, score=0.6, source_url="https://a.example/hosts")
    says = hit("Give each host a block of its own.", score=0.5, source_url="https://a.example/blocks")

    assert (weighed([leads, says], "virtual hosts")[0].content == content) is first


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

    assert weighed([prose, code], "how")[0].content == "code"


@pytest.mark.parametrize("asked", ["how to use Flask.route", "flask.Flask.route parameters", "route"])
def test_the_entry_of_the_symbol_asked_for_comes_before_what_shares_its_words(asked: str) -> None:
    other, entry = (
        hit("other", score=0.6, symbols=("flask.Flask.route_all",), source_url="https://a/1"),
        hit("entry", symbols=("flask.Flask.run", "flask.Flask.route"), source_url="https://a/2"),
    )

    assert weighed([other, entry], asked)[0].content == "entry"


def test_a_word_of_a_sentence_names_no_symbol() -> None:
    other, entry = hit("other", score=0.6), hit("entry", symbols=("flask.Flask.route",))

    assert weighed([other, entry], "which route is taken first")[0].content == "other"


def test_several_passages_of_a_page_strengthen_each_other() -> None:
    alone = hit("alone", score=0.52, source_url="https://a/1")
    together = [hit(text, score=0.5, source_url=f"https://a/2#{text}") for text in ("one", "two", "three")]

    assert [found.content for found in weighed([alone, *together], "how")] == ["one", "two", "three", "alone"]


def test_other_pages_are_heard_before_one_has_said_all() -> None:
    one = [hit(str(n), score=1 - n / 100, source_url=f"https://a/1#{n}") for n in range(9)]
    near, far = (
        hit("near", score=0.7, source_url="https://a/2"),
        hit("far", score=0.1, source_url="https://a/3"),
    )

    assert [found.content for found in spread([*one, near, far])] == [*"01", "near", *"2345678", "far"]
    assert spread(one) == one
    assert spread([]) == []


def test_weighed_scores_stay_between_zero_and_one() -> None:
    best = [hit(str(n), score=1.0, content_type="snippet") for n in range(20)]

    assert all(0.9 < found.score <= 1 for found in weighed(best, "how"))


def test_what_a_cross_encoder_has_read_comes_before_what_it_has_not() -> None:
    first, second, third = (hit(name, score=score) for name, score in (("a", 0.9), ("b", 0.5), ("c", 0.4)))

    judged = reranked([first, second, third], [0.1, 1.0])

    assert [(one.content, one.score) for one in judged] == [("b", 0.75), ("a", 0.5), ("c", 0.2)]


def test_a_post_comes_behind_a_guide_that_says_as_much_unless_the_question_is_about_change() -> None:
    post = hit("told once", score=0.6, source_url="https://a.example/blog/two", post=True)
    guide = hit("kept true", score=0.5, source_url="https://a.example/docs/guide")

    assert [one.content for one in weighed([post, guide], "how do I run the app")] == [
        "kept true",
        "told once",
    ]
    assert [one.content for one in weighed([post, guide], "what changed in 2.0")] == [
        "told once",
        "kept true",
    ]
