"""The error of a full disk says how much space is left, and no other error does."""

import errno
import re
from pathlib import Path

import pytest

from shared.disk import free_megabytes, space_left


def test_a_full_disk_says_how_much_is_free(tmp_path: Path) -> None:
    absent = tmp_path / "not" / "there"
    assert re.fullmatch(r" \([\d,]+ MB free\)", space_left(errno.ENOSPC, absent))
    assert free_megabytes(absent) == pytest.approx(free_megabytes(tmp_path), abs=64)


def test_what_cannot_be_told_is_not_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert space_left(errno.ENOSPC, file / "below") == ""
    assert space_left(errno.EDQUOT, tmp_path) == ""
    assert space_left(None, tmp_path) == ""
