"""A console is as wide and as coloured as the stream that a command finds, whatever the module was imported under."""

from io import StringIO

import pytest

from shared.terminal.console import WIDE, errors, output


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def a_plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "44")


def test_colour_and_width_follow_the_stream_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, pipe = Screen(), StringIO()
    for stream in (screen, pipe, screen):
        monkeypatch.setattr("sys.stdout", stream)
        output().print("[red]word[/] " * 40)
    assert "\x1b[" in screen.getvalue()
    assert max(map(len, screen.getvalue().replace("\x1b[31m", "").replace("\x1b[0m", "").splitlines())) <= 44
    assert pipe.getvalue() == "word " * 40 + "\n"


def test_each_stream_is_judged_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", StringIO())
    monkeypatch.setattr("sys.stderr", Screen())
    assert (output().is_terminal, output().width) == (False, WIDE)
    assert (errors().is_terminal, errors().width) == (True, 44)


def test_a_stream_that_is_closed_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    output().print("nobody reads this")
