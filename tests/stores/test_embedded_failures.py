"""What stops the embedded engines from starting, each told in one clear line."""

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

import shared
from shared.errors import EngineFailed
from shared.locks import is_held
from shared.stores.embedded import place as places
from shared.stores.embedded import power
from shared.stores.embedded.binaries import Server
from shared.stores.embedded.engines import attach
from shared.stores.embedded.place import place_of
from shared.stores.embedded.postgres import fitting

pytestmark = [pytest.mark.anyio, pytest.mark.processes]

ROOT = Path(shared.__file__).parents[1]

ATTACH = """
import asyncio, sys
from pathlib import Path
from shared.errors import LecternError
from shared.stores.embedded.engines import attach
try:
    asyncio.run(attach(Path(sys.argv[1])))
except LecternError as error:
    sys.exit(error.line)
"""


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Path]:
    yield tmp_path / "home"
    if (tmp_path / "home").is_dir():
        await power.down(tmp_path / "home", force=True)
        shutil.rmtree(place_of(tmp_path / "home").sockets, ignore_errors=True)


async def failure(home: Path, pg_bin: Path | None = None) -> str:
    with pytest.raises(EngineFailed) as caught:
        await attach(home, pg_bin=pg_bin)
    assert "\n" not in caught.value.line
    return caught.value.line


def attach_in_a_process(home: Path, prefix: list[str], before: Callable[[], object] | None = None) -> str:
    """What a process that cannot attach says last."""
    done = subprocess.run(
        [*prefix, sys.executable, "-c", ATTACH, str(home)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        preexec_fn=before,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


async def test_a_limit_on_file_sizes_is_named(home: Path) -> None:
    assert "File too large" in attach_in_a_process(home, [], limit_files)
    assert not list((home / "engines").glob("postgres-*"))


@pytest.mark.parametrize("megabytes", [1, 20, 35])
async def test_a_full_disk_is_named_and_leaves_no_half_made_data(tmp_path: Path, megabytes: int) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f'mount -t tmpfs -o size={megabytes}m none "$0" && "$@"; ls "$0"/engines >"$0".seen; exit 1'
    prefix = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(disk)]
    told = attach_in_a_process(disk, prefix)
    assert re.search(r"no space is left for the embedded engines in \S+ \([\d,]+ MB free\)", told)
    assert "postgres" not in (tmp_path / "disk.seen").read_text()


async def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("")
    assert f"{home} is not a directory" in await failure(home)


async def test_a_home_that_cannot_be_made_is_named() -> None:
    assert await failure(Path("/proc/none/home"))


async def test_a_directory_that_is_not_postgresql_s_is_left_alone(home: Path) -> None:
    place_of(home)
    (home / "engines" / "postgres-18").mkdir()
    (home / "engines" / "postgres-18" / "diary").write_text("dear")
    assert "postgres-18 holds no PostgreSQL data" in await failure(home)
    assert (home / "engines" / "postgres-18" / "diary").read_text() == "dear"


async def test_data_of_another_major_version_are_not_passed_over(home: Path) -> None:
    place_of(home)
    (home / "engines" / "postgres-99").mkdir()
    line = await failure(home)
    assert "postgres-99 needs another PostgreSQL than" in line
    assert "LECTERN_PG_BIN" in line


async def test_a_link_in_the_engines_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "engines").symlink_to(tmp_path / "elsewhere")
    assert "engines is not a directory" in await failure(tmp_path)
    assert not list((tmp_path / "elsewhere").iterdir())


async def test_a_directory_without_the_programs_is_named(home: Path, tmp_path: Path) -> None:
    line = await failure(home, pg_bin=tmp_path)
    assert f"{tmp_path} has no initdb and postgres" in line
    assert line.endswith("correct or unset LECTERN_PG_BIN")


async def test_a_program_that_does_not_run_is_named(home: Path, tmp_path: Path) -> None:
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text("#!/bin/sh\necho broken library; exit 127\n")
        (tmp_path / name).chmod(0o700)
    assert "does not run (broken library)" in await failure(home, pg_bin=tmp_path)


async def test_damaged_data_are_told_with_the_server_s_own_reason(home: Path) -> None:
    attachment = await attach(home, want={"postgres"})
    attachment.release()
    assert (await power.down(home, force=True)).stopped
    next((home / "engines").glob("postgres-*/global/pg_control")).write_bytes(b"")
    line = await failure(home)
    assert "the embedded PostgreSQL does not start: could not read file" in line
    assert str(place_of(home).log("postgres")) in line
    assert not is_held(place_of(home).lock("postgres"))


async def test_native_windows_is_told_what_to_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    line = await failure(home)
    assert line.startswith("the embedded engines need Linux, macOS or WSL2: set LECTERN_DATABASE_URL")


async def test_a_socket_directory_that_is_not_a_private_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SHORT_PATHS", tmp_path)
    home = tmp_path / "a,b"
    sockets = place_of(home).sockets
    assert sockets.parent == tmp_path
    assert sockets.stat().st_mode & 0o777 == 0o700
    sockets.rmdir()
    sockets.symlink_to("/")
    assert "is not a directory" in await failure(home)


async def test_no_lock_is_left_by_a_failed_start(home: Path, tmp_path: Path) -> None:
    await failure(home, pg_bin=tmp_path)
    assert power.attached(place_of(home)) == ()
    attachment = await attach(home)
    attachment.release()


async def test_a_home_goes_on_with_the_postgresql_that_it_began_with(home: Path) -> None:
    newer, older = (Server(Path("postgres"), "postgres", major) for major in (18, 15))
    place = place_of(home)
    assert fitting(place, [newer, older]) == newer
    (place.root / "postgres-15").mkdir()
    assert fitting(place, [newer, older]) == older
    with pytest.raises(EngineFailed, match="postgres-15 needs another PostgreSQL than 18") as caught:
        fitting(place, [newer], Path("/opt/pg/bin"))
    assert "unset LECTERN_PG_BIN (/opt/pg/bin)" in caught.value.hint


async def test_damaged_redis_data_are_told_with_the_server_s_own_reason(home: Path) -> None:
    attachment = await attach(home, want={"redis"})
    attachment.release()
    assert (await power.down(home, force=True)).stopped
    next((home / "engines").glob("*/appendonlydir/*.incr.aof")).write_bytes(b"*1\r\n!damage\r\n")
    line = await failure(home)
    assert "the embedded Redis does not start: Bad file format reading the append only file" in line
