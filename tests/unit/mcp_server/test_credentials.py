"""The key of this user's calls: where it is looked for, how its file is kept, what speaks against one."""

import io
import os
import stat
import sys
from pathlib import Path

import pytest

from mcp_server import __main__ as front_door
from mcp_server.credentials import FILE, Kept, Target, api_key, drop, keep, kept, target
from shared.accounts.keys import mint
from shared.errors import InvalidKey, LecternError
from shared.locks import free, open_lock, taken
from shared.settings import ServerSettings, load

KEY = mint(lambda size: bytes(range(size))).key
OTHER = mint(bytes).key


def settings(home: Path, **more: object) -> ServerSettings:
    return load(ServerSettings, home=home, **more)


def test_the_variable_stands_above_the_file_and_nothing_is_no_key(tmp_path: Path) -> None:
    assert api_key(settings(tmp_path)) is None
    keep(tmp_path, Kept(KEY))
    assert api_key(settings(tmp_path)) == KEY
    assert api_key(settings(tmp_path, api_key=OTHER)) == OTHER


def test_the_operator_asks_without_a_key(tmp_path: Path) -> None:
    keep(tmp_path, Kept(KEY))
    assert api_key(settings(tmp_path, as_operator=True)) is None


def test_what_is_kept_is_its_users_alone_and_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    home = tmp_path / "new"
    keep(home, Kept(OTHER))
    path = keep(home, Kept(f" {KEY}\n"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in home.iterdir()] == [FILE]
    assert api_key(settings(home)) == KEY
    assert drop(home)
    assert not drop(home)
    assert api_key(settings(home)) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_read_is_refused_with_the_mode_to_set(tmp_path: Path, mode: int) -> None:
    keep(tmp_path, Kept(KEY)).chmod(mode)
    with pytest.raises(LecternError, match="can be read by other users") as refused:
        api_key(settings(tmp_path))
    assert refused.value.hint == f"close it: chmod 600 {tmp_path / FILE}"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (b"[default", "is no TOML"),
        (b"\xff\xfe", "is no TOML"),
        (b"", "has no key"),
        (b'default = "x"', "has no key"),
        (b"[default]\nkey = 5", "has no key"),
        (b'[other]\nkey = "x"', "has no key"),
        (b'[default]\nkey = "x"\nserver = "http://docs.example.org"', "must start with https://"),
        (b'[default]\nkey = "x"\nserver = 5', "`server` in "),
    ],
)
def test_a_file_that_says_no_key_gets_one_line(tmp_path: Path, written: bytes, why: str) -> None:
    path = tmp_path / FILE
    path.write_bytes(written)
    path.chmod(0o600)
    with pytest.raises(LecternError, match=why) as refused:
        api_key(settings(tmp_path))
    assert "run `lectern-mcp login` again" in refused.value.line
    assert "\n" not in refused.value.line


HERE, THERE = "https://docs.example.org/team", "https://other.example.org"


def test_a_service_is_kept_beside_its_key_and_known_by_either_of_its_addresses(tmp_path: Path) -> None:
    assert target(settings(tmp_path)) is None
    keep(tmp_path, Kept(KEY))
    assert target(settings(tmp_path)) is None
    keep(tmp_path, Kept(KEY, HERE, is_signed_in=True))
    assert kept(tmp_path) == Kept(KEY, HERE, is_signed_in=True)
    assert target(settings(tmp_path)) == Target(HERE, KEY)
    assert target(settings(tmp_path, server=f"{HERE}/mcp/")) == Target(HERE, KEY)


def test_a_key_that_is_kept_goes_to_no_other_service_than_its_own(tmp_path: Path) -> None:
    keep(tmp_path, Kept(KEY, HERE))
    assert target(settings(tmp_path, server=THERE)) == Target(THERE, None)
    assert target(settings(tmp_path, server=THERE, api_key=OTHER)) == Target(THERE, OTHER)
    assert target(settings(tmp_path, api_key=OTHER)) == Target(HERE, OTHER)
    keep(tmp_path, Kept(KEY))
    assert target(settings(tmp_path, server=THERE)) == Target(THERE, None)


def test_what_is_no_key_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(InvalidKey):
        keep(tmp_path, Kept(KEY[:-1]))
    assert not list(tmp_path.iterdir())


def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str, typed: bytes = b""
) -> tuple[int, str]:
    """Exit code and standard error of a command of the server's."""
    monkeypatch.setattr(sys, "argv", ["lectern-mcp", *words])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
    with pytest.raises(SystemExit) as left:
        front_door.main()
    told = capsys.readouterr()
    assert told.out == ""
    return int(left.value.code or 0), told.err


def test_a_key_is_kept_and_removed_by_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LECTERN_HOME", str(tmp_path))
    path = tmp_path / FILE
    typed = f"{KEY}\n".encode()
    assert command(monkeypatch, capsys, "login", "--key", typed=typed) == (
        0,
        f"lectern-mcp: the key is in {path}, for stores that lectern-mcp opens itself "
        "(a service is named by --server https://...)\n",
    )
    assert api_key(settings(tmp_path)) == KEY
    monkeypatch.setenv("LECTERN_API_KEY", OTHER)
    _, told = command(monkeypatch, capsys, "login", "--key", typed=typed)
    assert told.endswith("; LECTERN_API_KEY is set, and stands above it\n")
    assert command(monkeypatch, capsys, "logout") == (0, f"lectern-mcp: {path} is removed\n")
    assert command(monkeypatch, capsys, "logout") == (0, "lectern-mcp: there was no key to remove\n")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (b"", "the API key is empty"),
        (b"sk-" + b"a" * 48, "this is no API key of Lectern's"),
        (KEY[:-1].encode(), "incomplete or damaged"),
        (b"\xff" * 20_000_000, "this is no API key"),
        ((KEY[:-1] + ("A" if KEY[-1] != "A" else "B")).encode(), "its checksum does not fit"),
    ],
)
def test_what_is_no_key_gets_one_line_that_does_not_show_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: bytes,
    why: str,
) -> None:
    monkeypatch.setenv("LECTERN_HOME", str(tmp_path))
    code, told = command(monkeypatch, capsys, "login", "--key", typed=typed)
    assert code == 1
    assert told.startswith("lectern-mcp: ")
    assert why in told
    assert told.count("\n") == 1
    assert not typed or typed.decode(errors="replace") not in told
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    "words", [("login", "lect_x"), ("login", "--serve"), ("logout", "now"), ("whoami", "-v"), ("x",)]
)
def test_other_arguments_get_the_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, told = command(monkeypatch, capsys, *words)
    assert code == 2
    assert "lectern-mcp login    sign in at a service" in told


@pytest.mark.parametrize("words", [("--help",), ("login", "--help"), ("whoami", "-h")])
def test_who_asks_for_help_gets_the_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, told = command(monkeypatch, capsys, *words)
    assert code == 0
    assert "lectern-mcp login    sign in at a service" in told


@pytest.mark.parametrize("words", [("login",), ("whoami",), ("login", "--no-browser")])
def test_without_a_service_it_is_said_how_to_name_one(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("LECTERN_HOME", str(tmp_path))
    code, told = command(monkeypatch, capsys, *words)
    assert code == 1
    assert told.endswith("name one: lectern-mcp login --server https://..., or set LECTERN_SERVER\n")
    assert told.count("\n") == 1


def test_a_key_may_be_kept_for_a_service_and_its_logout_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LECTERN_HOME", str(tmp_path))
    typed = f"{KEY}\n".encode()
    code, told = command(
        monkeypatch, capsys, "login", "--key", "--server", "http://docs.example.org", typed=typed
    )
    assert (code, told.count("\n")) == (1, 1)
    assert "the address of the service must start with https://" in told
    command(monkeypatch, capsys, "login", "--server", f"{HERE}/", "--key", typed=typed)
    command(monkeypatch, capsys, "login", "--key", typed=f"{OTHER}\n".encode())
    assert kept(tmp_path) == Kept(OTHER, HERE)
    monkeypatch.setenv("LECTERN_SERVER", THERE)
    _, told = command(monkeypatch, capsys, "login", "--server", HERE, "--key", typed=typed)
    assert told.endswith("; LECTERN_SERVER is set, and stands above it\n")
    assert command(monkeypatch, capsys, "logout")[0] == 0


def test_a_logout_whose_service_is_away_removes_the_key_and_says_that_it_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LECTERN_HOME", str(tmp_path))
    keep(tmp_path, Kept(KEY, "http://127.0.0.1:1", is_signed_in=True))
    code, told = command(monkeypatch, capsys, "logout")
    assert code == 1
    still = (
        "the key of the sign-in at http://127.0.0.1:1 is still valid: nothing answers at http://127.0.0.1:1"
    )
    assert f"is removed, but {still}" in told
    assert not (tmp_path / FILE).exists()
    keep(tmp_path, Kept(KEY, "http://127.0.0.1:1", is_signed_in=True))
    code, told = command(monkeypatch, capsys, "login", "--key", typed=f"{OTHER}\n".encode())
    assert code == 0
    assert f"the key is in {tmp_path / FILE}, for http://127.0.0.1:1; {still}" in told
    assert kept(tmp_path) == Kept(OTHER, "http://127.0.0.1:1")


def test_one_login_waits_for_its_browser_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LECTERN_HOME", str(tmp_path))
    lock = open_lock(tmp_path / ".credentials.lock")
    assert taken(lock)
    code, told = command(monkeypatch, capsys, "login", "--server", HERE)
    free(lock)
    assert code == 1
    assert "another `lectern-mcp login` waits for its browser: finish it, or end it with Ctrl+C" in told


@pytest.mark.skipif(os.name != "posix", reason="a folder without rights")
def test_a_home_that_cannot_be_written_gets_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LECTERN_HOME", str(tmp_path / "file"))
    code, told = command(monkeypatch, capsys, "login", "--key", typed=KEY.encode())
    assert code == 1
    assert told.count("\n") == 1
    assert str(tmp_path / "file" / FILE) in told
