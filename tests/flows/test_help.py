"""Help in words that a person knows, with an example of every command, and each exit code once."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from ingest.cli import app
from shared.terminal.exits import ExitCode
from shared.terminal.help import EXAMPLE
from tests.flows.test_readme import parse

PAGE = (Path(__file__).parents[2] / "docs" / "pages" / "ingest.md").read_text()


def every(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from every(child, (*path, name))


COMMANDS = dict(every(get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_names_values_in_words_and_shows_examples_that_the_program_takes(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*path, "--help"])
    assert shown.exit_code == ExitCode.DONE
    assert not re.search(r"<\w|\[\[|[╭│]|\[(?:default|required)", shown.stdout)
    before, _, after = shown.stdout.partition("\nExamples\n")
    assert max(map(len, before.splitlines())) <= 80
    examples = [line.strip() for line in after.splitlines() if line.strip()]
    lines = map(str.strip, (COMMANDS[path].help or "").splitlines())
    assert examples == [line.removeprefix(EXAMPLE) for line in lines if line.startswith(EXAMPLE)]
    assert examples
    for example in examples:
        words = re.findall(r"'[^']*'|\"[^\"]*\"|\S+", example)
        assert words[: len(path) + 1] == ["ingest", *path] or not path
        if not example.endswith("--help"):
            parse([word.strip("'\"") for word in words])


def test_a_flag_takes_no_value_and_an_option_names_its_own() -> None:
    shown = CliRunner().invoke(app, ["crawl", "--help"]).stdout
    assert re.search(r"^  --allow-private +Allow all", shown, re.MULTILINE)
    assert re.search(r"^  --include GLOB +Only paths", shown, re.MULTILINE)
    assert re.search(r"^  --concurrency N +.*\(1 to 32; default: 4\)$", shown, re.MULTILINE)
    assert (
        shown.startswith("Usage  ingest crawl LIBRARY_ID [URL] [OPTIONS]\n")
        or "crawl LIBRARY_ID [URL]" in shown
    )


def test_exit_codes_are_listed_once_in_the_help_and_once_in_the_reference() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    listed = re.findall(r"^  (\d+) +(\w.*(?:\n {8,}\w.*)*)", shown.partition("Exit codes")[2], re.MULTILINE)
    assert {int(code): " ".join(meaning.split()) for code, meaning in listed} == {
        code: code.meaning for code in ExitCode
    }
    assert re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE) == [str(int(code)) for code in ExitCode]
