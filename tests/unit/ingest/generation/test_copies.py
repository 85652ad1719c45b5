from uuid import UUID

import pytest

from ingest.generation.copies import MOST_COMPARED, copies, said

PROSE = (
    "The server reads its settings once when it starts, looks for the file beside the program, and keeps what it "
    "found until it ends. A change of the file is noticed after the next start, so that every worker answers from "
    "the same settings for as long as it lives, whatever an operator may write there meanwhile. Where a "
    "file is missing the server says so in a line, and goes on with what was built in."
)
CODE = f"{PROSE}\n\n```python\nserver.run(debug=True)\n```"


def same(*texts: str, headings: tuple[str, ...] = ()) -> list[int | None]:
    """For each text the place of the first that says the same."""
    places = {UUID(int=place): place for place in range(len(texts))}
    heads = headings or ("",) * len(texts)
    found = copies((place, said(text, head)) for place, text, head in zip(places, texts, heads, strict=True))
    return [places.get(found.get(place, UUID(int=999))) for place in places]


def test_equal_passages_lead_to_the_first_of_them_and_others_stand_alone() -> None:
    assert same("alone", CODE, "other", CODE, CODE) == [None, 1, None, 1, 1]


def test_breaks_spaces_and_punctuation_around_words_make_no_difference() -> None:
    assert same(PROSE, PROSE.replace(". ", ".\n").replace(" it ", "  it, ")) == [0, 0]


def test_blanks_at_the_end_of_a_line_make_no_difference_to_equal_passages_or_to_near_ones() -> None:
    blank = CODE.replace("\n", "  \n")
    assert same(CODE, blank, headings=("`--verbose`", "`--debug`")) == [0, 0]
    assert same(CODE, blank.replace("every worker", "each worker")) == [0, 0]


def test_a_plain_word_more_or_less_in_a_long_passage_is_near() -> None:
    assert same(CODE, CODE.replace("every worker", "each worker")) == [0, 0]
    assert same(CODE, f"{CODE}\n\nSee below.") == [0, 0]


def test_other_words_in_a_short_passage_are_another_passage() -> None:
    assert same("The server starts at once.", "The server stops at once.") == [None, None]


def test_half_of_the_words_are_not_enough() -> None:
    assert same(PROSE, PROSE[: len(PROSE) // 2]) == [None, None]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("reads `debug` first", "reads `trace` first"),
        ("reads set_debug first", "reads set_trace first"),
        ("reads app.debug first", "reads app.trace first"),
        ("reads appDebug first", "reads appTrace first"),
        ("reads DEBUG first", "reads TRACE first"),
        ("reads --debug first", "reads --trace first"),
        ("reads 10 lines first", "reads 20 lines first"),
        ("reads ten1 lines first", "reads ten2 lines first"),
        ("waits for +1 second", "waits for -1 second"),
        ("where a < b holds", "where a > b holds"),
        ("where it is! so", "where it is? so"),
        ("it is supported", "it is not supported"),
        ("it does so", "it doesn't so"),
        ("it does so", "it doesn\u2019t so"),
        ("`set a to b` first", "`set b to a` first"),
        ("`let a be` first", "`let b be` first"),
        ("a [guide](https://a.example/one)", "a [guide](https://a.example/two)"),
        ("first a1 then b2 is read", "first b2 then a1 is read"),
    ],
)
def test_another_name_number_sign_or_denial_is_another_passage(one: str, other: str) -> None:
    assert same(f"{PROSE} It {one}.", f"{PROSE} It {other}.") == [None, None]


@pytest.mark.parametrize(
    ("one", "other"),
    [("x = 1", "x = 2"), ("if a:\n    b", "if a:\nb"), ("print out", "print in"), ("a", "A")],
)
def test_code_is_equal_to_the_letter(one: str, other: str) -> None:
    assert same(f"{PROSE}\n\n~~~~\n{one}\n~~~~", f"{PROSE}\n\n~~~~\n{other}\n~~~~") == [None, None]


@pytest.mark.parametrize(("fence", "inner"), [("````", "```"), ("~~~", "```"), ("```", "~~~~")])
def test_a_fence_is_ended_by_its_own_kind_that_is_as_long(fence: str, inner: str) -> None:
    text = f"{fence}md\n{inner}\nplain words, more {PROSE}\n{fence}"
    assert same(text, text.replace("every worker", "each worker")) == [None, None]


def test_equal_passages_are_equal_below_any_heading_and_near_ones_only_where_it_names_the_same() -> None:
    near = CODE.replace("every worker", "each worker")
    assert same(CODE, CODE, headings=("`--verbose`", "`--debug`")) == [0, 0]
    assert same(CODE, near, headings=("`--verbose`", "`--debug`")) == [None, None]
    assert same(CODE, near, headings=("`--verbose`", "`--verbose`")) == [0, 0]


@pytest.mark.parametrize(("symbol", "together"), [("File.close", True), ("Socket.close", False)])
def test_near_entries_of_other_symbols_are_other_passages(symbol: str, together: bool) -> None:
    near = CODE.replace("every worker", "each worker")
    first, second = said(CODE, "close", ("File.close",)), said(near, "close", (symbol,))
    assert bool(copies([(UUID(int=1), first), (UUID(int=2), second)])) == together


def test_what_is_equal_to_a_near_one_leads_to_the_first_too() -> None:
    near = CODE.replace("every worker", "each worker")
    assert same(CODE, near, near) == [0, 0, 0]


def test_what_is_near_to_two_that_are_not_near_to_each_other_leads_to_the_first() -> None:
    one, other = PROSE.replace("every worker", "each worker"), PROSE.replace("the program", "the tool")
    assert same(one, other, PROSE) == [0, None, 0]


def test_a_page_of_passages_that_hardly_differ_is_compared_with_few() -> None:
    many = [" ".join(f"{chr(97 + at % 26)}{chr(97 + at // 26)}" for _ in range(9)) for at in range(600)]
    assert len(set(many)) > MOST_COMPARED
    assert same(*many) == [None] * len(many)
    last, beyond = (f"{many[at]} {many[at][:2]}" for at in (MOST_COMPARED - 1, MOST_COMPARED))
    assert same(*many, last, beyond)[-2:] == [MOST_COMPARED - 1, None]
