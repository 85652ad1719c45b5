"""A misspelt variable is told once, on standard error, and stops neither door."""

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from tests.flows.server_process import server

WARNING = "no setting is called LECTERN_HOMEE (is LECTERN_HOME meant?)"


def test_a_command_goes_on(ingest: Callable[..., Result]) -> None:
    result = ingest("library", "list", "--json", LECTERN_HOMEE="/data", LECTERN_TEST_ANY="x")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [f"warning: {WARNING}"]
    assert [json.loads(line) for line in result.stdout.splitlines()] in ([], [[]])


def test_the_server_goes_on_and_keeps_it_off_the_wire(tmp_path: Path) -> None:
    with server(tmp_path / "home", homee="/data") as process:
        assert process.open()["serverInfo"]["name"] == "lectern"
        process.stdin.close()
        _, told = process.ended()
    assert told.decode().count(WARNING) == 1
