"""Text of strangers on a terminal: nothing is obeyed, nothing is unseen, what is copied is whole."""

import unicodedata
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from shared.errors import FetchFailed
from shared.terminal.console import errors, output
from shared.terminal.ending import complain
from shared.terminal.legible import address, drawn, exact, legible, sentence, words
from shared.terminal.page import show_page
from shared.terminal.table import Column, show_table

NASTY = "a\x1b[31mb\x9b2Jc\x07\x00\x7f\u202ed\u2066e\u200bf\U000e0041[red]g[/red]\\"
OBEYED = {chr(code) for code in (*range(32), *range(0x7F, 0xA0))} - {"\n", "\t"}
TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def a_plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("written", [exact, address, words, sentence])
def test_what_a_terminal_obeys_and_markup_are_shown_as_what_they_are(written: object) -> None:
    shown = Text.from_markup(written(NASTY)).plain  # type: ignore[operator]
    assert not OBEYED & set(shown)
    assert not TURNING & set(shown)
    assert "<U+001B>[31m" in shown
    assert "<U+009B>2J" in shown
    assert "[red]g[/red]\\" in shown


@given(st.text())
def test_no_text_is_obeyed_or_turns_a_line(text: str) -> None:
    for shown in (legible(text), drawn(text), Text.from_markup(words(text)).plain):
        assert not (OBEYED | TURNING) & set(shown)
    assert legible(legible(text)) == legible(text)
    assert all(
        unicodedata.category(sign) not in ("Cc", "Cf", "Cs") for sign in legible(text) if sign not in "\n\t"
    )


def test_scripts_and_pictures_keep_the_signs_that_join_them() -> None:
    for text in ("می\u200cخواهم", "👩\u200d💻", "⚠\ufe0f", "1\ufe0f", "क्\u200dष"):
        assert drawn(text) == text
    assert drawn("a\u200db\u200b") == "a<U+200D>b<U+200B>"


def test_ids_are_whole_addresses_are_cut_late_and_other_text_soon() -> None:
    long = "x" * 5000
    assert exact(f"/{long}") == f"/{long}"
    assert len(address(f"http://{long}")) == 2000
    assert address(f"http://{long}").endswith("…")
    assert len(words(long)) == 300
    assert words("two\n  lines") == "two lines"


@pytest.mark.parametrize("text", [NASTY, Text(NASTY)])
def test_what_no_command_has_escaped_is_spelled_out_by_the_console(
    text: str | Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream, console in (("sys.stdout", output), ("sys.stderr", errors)):
        for written in (StringIO(), Screen()):
            monkeypatch.setattr(stream, written)
            console().print(text, markup=False)
            assert not (OBEYED | TURNING) & set(written.getvalue())
            assert "U+202E" in written.getvalue().replace("\n", "")


def test_markdown_cannot_hide_signs_in_entities_or_links(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    show_page(
        output(),
        "a&#27;[2Jb [here](http://evil.example/&#x9b;x) &#x202e;\n\n```sh\necho \x1b]0;owned\x07\n```\n",
    )
    assert not (OBEYED | TURNING) & set(screen.getvalue())
    assert "http://evil.example/" in screen.getvalue()


def test_code_stands_on_a_screen_as_it_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    long = f"    return {'+'.join('abcdefgh' * 4)}_{'x' * 90}"
    show_page(output(), f"Before.\n\n```python\ndef f():\n{long}\n```\n\nAfter.\n")
    lines = screen.getvalue().splitlines()
    at = lines.index("def f():")
    assert lines[at + 1] == long
    assert (lines[at - 1].strip(), lines[at + 2].strip()) == ("", "")


def test_a_fence_in_code_ends_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    show_page(output(), "~~~markdown\n```python\n~~~sh\nf()\n~~~\n\nAfter.\n")
    assert [line.rstrip() for line in screen.getvalue().splitlines()] == [
        "```python", "~~~sh", "f()", "", "After.",
    ]  # fmt: skip


def test_an_error_is_one_line_whatever_a_site_has_said(monkeypatch: pytest.MonkeyPatch) -> None:
    written = StringIO()
    monkeypatch.setattr("sys.stderr", written)
    complain(
        FetchFailed(f"http://a.example/{'b' * 5000}", f"{NASTY}\nsecond line {'word ' * 500}", hint="look")
    )
    assert written.getvalue().count("\n") == 1
    assert not OBEYED & set(written.getvalue().strip())
    assert len(written.getvalue()) < 2600
    assert written.getvalue().endswith("→ look\n")


ROWS = [
    ("/" + "o" * 30 + "/" + "p" * 30, "A name", "1,234,567,890", "https://docs.example/" + "d" * 80),
    ("/a/b", "B", "1", "https://b.example/"),
]
COLUMNS = ((Column("Library"), Column("Name")), (Column("Tokens", right=True), Column("Documentation")))


def test_a_narrow_table_cuts_and_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    show_table(output(), *COLUMNS, ROWS)
    lines = screen.getvalue().splitlines()
    assert len(lines) == 2 * (1 + len(ROWS))
    for row in ROWS:
        for cell in row:
            assert any(cell in line for line in lines)
    assert lines[1].index("Tokens") + len("Tokens") == lines[3].index("0 ") + 1 == lines[5].index("1 ") + 1


def test_a_table_that_fits_is_a_line_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    show_table(output(), *COLUMNS, ROWS[1:])
    assert (
        screen.getvalue()
        == "Library  Name  Tokens  Documentation\n/a/b     B          1  https://b.example/\n"
    )


def test_a_table_fits_that_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    row = ("/a/b", "B", "1", "https://b.example/" + "d" * 39)
    show_table(output(), *COLUMNS, [row])
    assert [len(line) for line in screen.getvalue().splitlines()] == [36, 80]


def test_prose_at_the_end_of_a_row_that_does_not_fit_goes_on_below_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    named, told = (Column("When"), Column("What")), (Column("About"), Column("Change", prose=True))
    change = ", ".join(f"quota_{name} - → 10000" for name in ("minute", "day", "month"))
    show_table(output(), named, told, [("today", "key set", "ada", change), ("today", "key end", "ada", "")])
    assert screen.getvalue().splitlines() == [
        "When   What",
        "  About  Change",
        "today  key set",
        "  ada    quota_minute - → 10000, quota_day - →",
        "         10000, quota_month - → 10000",
        "today  key end",
        "  ada",
    ]


def test_through_a_pipe_cells_are_parted_by_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = StringIO()
    monkeypatch.setattr("sys.stdout", pipe)
    show_table(output(), *COLUMNS, ROWS)
    titles, *lines = pipe.getvalue().splitlines()
    assert titles.split("\t") == ["Library", "Name", "Tokens", "Documentation"]
    assert [tuple(line.split("\t")) for line in lines] == ROWS
