"""A clock that someone sets must neither keep nor drop anything: durations come from clocks that only run."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SETTABLE = re.compile(r"\btime\.time\(|\btime_ns\(|\butcnow\(|from time import")


@pytest.mark.parametrize(
    "path",
    [path for room in ("mcp_server", "shared") for path in sorted((ROOT / room).rglob("*.py"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_duration_is_taken_from_a_clock_that_can_jump(path: Path) -> None:
    assert not SETTABLE.search(path.read_text())
