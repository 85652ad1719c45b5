"""What a crawl found different: every page in one list."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.report.changes import Changes, Move, compare

A, B = b"a", b"b"


def test_pages_are_added_changed_and_removed_by_what_they_say() -> None:
    before = {"/same": A, "/edited": A, "/gone": A}
    after = {"/same": A, "/edited": B, "/new": A}
    assert compare(before, after, moves={}) == Changes(
        added=("/new",), changed=("/edited",), removed=("/gone",)
    )


def test_a_page_that_moved_is_neither_added_nor_removed() -> None:
    moves = {"/old": "/between", "/between": "/new", "/new": "/new"}
    assert compare({"/old": A}, {"/new": A}, moves=moves) == Changes(moved=(Move("/old", "/new"),))


def test_a_page_that_was_merged_into_another_has_moved_there() -> None:
    changes = compare({"/one": A, "/two": B}, {"/two": B}, moves={"/one": "/two"})
    assert changes == Changes(moved=(Move("/one", "/two"),))


def test_a_page_that_leads_to_nothing_that_is_kept_is_removed() -> None:
    moves = {"/old": "https://elsewhere.example/", "/ring": "/ring2", "/ring2": "/ring"}
    assert compare({"/old": A, "/ring": B}, {}, moves=moves) == Changes(removed=("/old", "/ring"))


def test_a_page_that_is_gone_for_now_is_named_so_though_it_is_served() -> None:
    changes = compare({"/a": A}, {"/a": A}, moves={}, missing=["/a"])
    assert changes == Changes(missing=("/a",))


contents = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([A, B, None]))
leads = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefghxyz"))


@given(contents, contents, leads)
def test_every_url_of_both_sides_is_told_once_or_is_as_it_was(
    before: dict[str, bytes | None], after: dict[str, bytes | None], moves: dict[str, str]
) -> None:
    found = compare(before, after, moves=moves)
    old = [move.old for move in found.moved]
    same = [url for url in before if url in after and before[url] == after[url]]
    assert sorted([*found.removed, *found.changed, *old, *same]) == sorted(before)
    assert not set(found.added) & set(before)
    assert set(found.added) <= set(after)
    assert all(move.new in after for move in found.moved)
