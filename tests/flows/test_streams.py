"""Both command lines where standard streams are closed, full, or read by nobody: one line, no traceback."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.settings import IngestSettings
from tests.flows.asking import server_environment

EMAIL = "ada@example.org"
Typed = Callable[..., tuple[int, str]]


@pytest.fixture
def typed(make_settings: Callable[..., IngestSettings], tmp_path: Path) -> Typed:
    """Runs a line of a shell, in which `ingest` and `admin` are ours; its code, and what it said on standard error."""
    env = server_environment(make_settings(embedding_model_path=tmp_path))

    def run(line: str) -> tuple[int, str]:
        ours = "".join(f'{name}() {{ "{sys.executable}" -m {name} "$@"; }}; ' for name in ("ingest", "admin"))
        command = ["bash", "-c", f"set -o pipefail; {ours}{line}"]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
        assert "Traceback" not in done.stderr
        assert "Exception" not in done.stderr
        return done.returncode, done.stderr

    return run


LINES = [
    "ingest library list",
    "ingest --help",
    "ingest --version",
    "admin user list",
    "admin usage show --csv",
]


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
@pytest.mark.parametrize("line", LINES)
def test_output_that_cannot_be_written_is_one_line(typed: Typed, line: str) -> None:
    for where, why in ((">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")):
        code, told = typed(f"{line} {where}")
        assert (code, told.count("\n")) == (1, 1), told
        assert f"standard output cannot be written ({why})" in told
    assert typed(f"{line} | true") in ((1, ""), (0, ""))


def test_closed_input_is_empty(typed: Typed) -> None:
    assert typed(f"admin user add {EMAIL}")[0] == 0
    for line, told in (
        (f"user remove {EMAIL}", "--yes"),
        (f"user password {EMAIL}", "--password-stdin"),
        (f"user password {EMAIL} --password-stdin", "less than 8"),
    ):
        code, said = typed(f"admin {line} <&-")
        assert code == 2
        assert told in said
    assert typed(f"admin user show {EMAIL} 2>&- <&-")[0] == 0
    assert typed("admin user show nobody@example.org 2>&-") == (1, "")


def test_no_key_is_made_that_nobody_sees(typed: Typed) -> None:
    typed(f"admin user add {EMAIL}")
    code, told = typed(f"admin key create {EMAIL} >&-")
    assert code == 1
    assert "cannot be written" in told
    assert typed("test $(admin key list --json | wc -c) = 3") == (0, "")
    code, told = typed(f"admin key create {EMAIL} | true")
    assert "was made, and could not be printed" in told
    command = told.rpartition("lectern-")[2].strip()
    assert typed(f"{command} --json")[0] == 0
