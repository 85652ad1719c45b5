"""How much room is left is told of a disk that is full, and of nothing else."""

import errno
import re
from pathlib import Path

import pytest

from shared.disk import free_megabytes, room


def test_a_full_disk_says_how_much_is_free(tmp_path: Path) -> None:
    absent = tmp_path / "not" / "there"
    assert re.fullmatch(r" \([\d,]+ MB free\)", room(errno.ENOSPC, absent))
    assert free_megabytes(absent) == pytest.approx(free_megabytes(tmp_path), abs=64)


def test_what_cannot_be_told_is_not_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert room(errno.ENOSPC, file / "below") == ""
    assert room(errno.EDQUOT, tmp_path) == ""
    assert room(None, tmp_path) == ""
