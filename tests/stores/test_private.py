"""What others could read under the home, or in a directory of snapshots, is closed; what is not ours is let be."""

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from shared import settings
from shared.settings import IngestSettings
from shared.stores.private import AT_ONCE, Closing, close, is_own


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.lstat().st_mode):03o}"


def file(path: Path, rights: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    path.chmod(rights)
    return path


@pytest.fixture(autouse=True)
def open_umask() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def chosen(home: Path) -> IngestSettings:
    return settings.load(home=home)


def test_a_home_that_is_not_there_is_not_made(chosen: IngestSettings, home: Path) -> None:
    assert close(chosen) == Closing()
    assert not home.exists()


def test_what_older_versions_left_open_is_closed(
    chosen: IngestSettings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = file(home / "snapshots" / "acme" / "book" / "1" / "a.tar.gz")
    program = file(home / "models" / "run.sh", 0o755)
    for_all = file(home / "vectors" / "everybody", 0o777)
    read_only = file(home / "models" / "weights", 0o444)
    os.mkfifo(home / "pipe", 0o666)
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(home)  # whose whole path may be too long for a socket
        listener.bind("s")
        (home / "s").chmod(0o777)

        closing = close(chosen, AT_ONCE)

    assert (closing.others, closing.open) == ((), ())
    assert closing.closed == 13
    assert {mode(path) for path in home.rglob("*") if path.is_dir()} == {"700"}
    assert [mode(path) for path in (home, text, program, for_all, read_only, home / "s")] == [
        "700", "600", "700", "700", "400", "700",
    ]  # fmt: skip
    assert close(chosen) == Closing()


def test_links_are_not_followed(chosen: IngestSettings, home: Path, tmp_path: Path) -> None:
    outside = file(tmp_path / "outside" / "file")
    home.mkdir()
    (home / "file").symlink_to(outside)
    (home / "models").symlink_to(outside.parent)
    (home / "nowhere").symlink_to(tmp_path / "nothing")
    close(chosen)
    assert (mode(outside), mode(outside.parent)) == ("644", "755")


def test_a_home_that_is_a_link_is_closed_where_it_lies(tmp_path: Path) -> None:
    inside = file(tmp_path / "disk" / "vectors" / "lock")
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    close(settings.load(home=tmp_path / "home"))
    assert (mode(tmp_path / "disk"), mode(inside)) == ("700", "600")


def test_what_belongs_to_others_is_named_and_not_touched(
    chosen: IngestSettings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(home / "vectors" / "lock")
    (home / "lost+found").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert close(chosen).others == (str(home), str(home / "vectors"))  # what is in it could not be read
    assert (mode(home), mode(home / "vectors" / "lock")) == ("755", "644")


def test_what_the_disk_keeps_open_is_named(
    chosen: IngestSettings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = file(home / "vectors" / "lock")
    monkeypatch.setattr(os, "chmod", lambda path, mode: None)
    assert close(chosen) == Closing(0, (), (str(home), str(lock.parent), str(lock)))


def test_a_large_home_is_looked_at_from_the_top_and_wholly_once_something_is_open(
    chosen: IngestSettings, home: Path
) -> None:
    for number in range(30):
        file(home / "vectors" / f"{number:02}" / "shard", 0o600)
    close(chosen)
    deep = home / "vectors" / "00" / "shard"
    deep.chmod(0o644)
    assert close(chosen, 20) == Closing()
    assert close(chosen, 100) == Closing(1)
    deep.chmod(0o644)
    home.chmod(0o755)
    assert close(chosen, 20) == Closing(2)


@pytest.mark.parametrize("why", ["the user's own", "the program's", "everybody's"])
def test_a_home_that_holds_more_than_our_data_stays_as_it_is_and_our_part_is_closed(
    chosen: IngestSettings, home: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    ours, other = file(home / "vectors" / "lock"), file(home / "photos" / "cat.jpg")
    match why:
        case "the user's own":
            monkeypatch.setenv("HOME", str(home))
        case "the program's":
            monkeypatch.setattr("sys.prefix", str(home / "venv"))
        case _:
            home.chmod(0o1777)
    assert not is_own(home)
    before = mode(home)

    close(chosen)

    assert (mode(home), mode(other), mode(other.parent)) == (before, "644", "755")
    assert (mode(ours), mode(ours.parent)) == ("600", "700")


class TestADirectoryOfSnapshots:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return tmp_path / "archive"

    @pytest.fixture
    def archive(self, root: Path) -> Path:
        return file(root / "acme" / "book" / "1.0" / f"{uuid4()}-0123abcd.tar.gz")

    @pytest.fixture
    def run(self, home: Path, root: Path) -> Callable[[], Closing]:
        return lambda: close(settings.load(home=home, snapshot_url=f"file://{root}"))

    def test_is_closed(self, archive: Path, root: Path, run: Callable[[], Closing]) -> None:
        part = file(archive.with_name(f".{archive.name}.part"))
        assert run() == Closing(6)
        assert [mode(path) for path in (archive, part)] == ["600", "600"]
        assert {mode(path) for path in [root, *list(archive.parents)[:3]]} == {"700"}

    def test_is_closed_before_anything_is_in_it(self, root: Path, run: Callable[[], Closing]) -> None:
        root.mkdir()
        assert run() == Closing(1)

    def test_keeps_the_rights_of_whatever_else_is_in_it(
        self, archive: Path, root: Path, run: Callable[[], Closing]
    ) -> None:
        others = [
            file(root / "acme" / "letter.txt"),
            file(root / "site" / "a" / "b" / "index.html"),
            file(root / "site" / "a" / "b" / "c" / f"{uuid4()}-0123abcd.tar.gz"),
        ]
        run()
        assert [mode(path) for path in others] == ["644", "644", "644"]
        assert {mode(path) for path in (root, root / "acme", root / "site" / "a" / "b")} == {"755"}
        assert [mode(path) for path in (archive, archive.parent, archive.parents[1])] == ["600", "700", "700"]

    def test_is_left_alone_where_it_is_a_bucket(self, home: Path) -> None:
        assert close(settings.load(home=home, snapshot_url="s3://acme/docs")) == Closing()
