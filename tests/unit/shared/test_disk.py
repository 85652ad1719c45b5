"""How much space is left, which only the error of a full disk says; files are written whole."""

import errno
import re
from pathlib import Path

import pytest

from shared.disk import free_megabytes, space_left, write_whole


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


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(file)
    write_whole(link, b"one")
    assert (file.read_bytes(), file.stat().st_mode & 0o777, link.is_symlink()) == (b"one", 0o600, True)
    file.chmod(0o644)
    write_whole(file, b"two")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"two", 0o644)
    with pytest.raises(TypeError):
        write_whole(file, "no bytes")  # type: ignore[arg-type]
    assert file.read_bytes() == b"two"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]
    with pytest.raises(FileNotFoundError) as failed:
        write_whole(tmp_path / "absent" / "file", b"")
    assert failed.value.filename == str(tmp_path / "absent" / "file")
