"""What a crawl and a server leave on disk is their user's alone, whatever the umask; the doctor tells what is not."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import Result

from shared.embedding.model import EmbeddingModel
from shared.stores.embedded import power
from tests.flows.server_process import ROOT, ServerProcess, environment
from tests.site import Site, html

LAMP = "A lamp is lit with a match, and put out by turning the wheel down."


def open_to_others(*roots: Path) -> list[str]:
    found = []
    for path in (path for root in roots for path in (root, *root.rglob("*"))):
        with suppress(FileNotFoundError):  # engines that stop take their sockets away
            if not path.is_symlink() and path.lstat().st_mode & 0o077:
                found.append(str(path))
    return found


@pytest.fixture
def any_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/": html(title="Lamps", text=LAMP)}) as site:
        yield site


@pytest.mark.usefixtures("any_umask")
def test_a_crawl_leaves_nothing_open(ingest: Callable[..., Result], site: Site, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir(mode=0o755)
    crawled = ingest(
        "crawl", "/acme/lamps", f"{site.url}/", "--allow-private",
        LECTERN_SNAPSHOT_URL=f"file://{tmp_path}/archive",
    )  # fmt: skip
    assert crawled.exit_code == 0, crawled.output
    assert list((tmp_path / "archive").rglob("*.tar.gz"))
    assert open_to_others(tmp_path / "home", tmp_path / "archive") == []


def test_the_next_command_closes_what_was_left_open(ingest: Callable[..., Result], tmp_path: Path) -> None:
    page = tmp_path / "home" / "snapshots" / "page"
    page.parent.mkdir(parents=True, mode=0o755)
    page.touch(0o644)
    assert ingest("catalogue", "list").exit_code == 0
    assert open_to_others(tmp_path / "home") == []


def test_the_doctor_names_what_it_cannot_close(
    ingest: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "home" / "vectors" / "lock"
    lock.parent.mkdir(parents=True, mode=0o700)
    lock.parent.parent.chmod(0o700)
    lock.touch(0o644)
    assert "closed to other users" in ingest("doctor").stdout
    lock.chmod(0o644)
    with monkeypatch.context() as patch:
        patch.setattr(os, "chmod", lambda path, mode: None)
        told = " ".join(ingest("doctor").stdout.split())
    assert f"{lock} is open to other users, on a file system without permissions" in told
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        told = " ".join(ingest("doctor").stdout.split())
    assert f"3 files, {tmp_path / 'home'} first, are not yours" in told
    with monkeypatch.context() as patch:
        patch.setenv("HOME", str(tmp_path / "home"))
        lock.parent.parent.chmod(0o755)
        refused = ingest("doctor")
    assert refused.exit_code == 1
    assert "holds more than Lectern's data and is open to other users" in " ".join(refused.stdout.split())


@pytest.mark.slow
def test_embedded_stores_are_closed_from_either_door(
    embedding_model: EmbeddingModel, site: Site, tmp_path: Path
) -> None:
    for door in ("ingest", "server"):
        home = tmp_path / door
        env = environment(home, embedding_model_path=str(embedding_model.directory))
        try:
            if door == "ingest":
                words = ["-m", "ingest", "crawl", "/acme/lamps", f"{site.url}/", "--allow-private"]
                subprocess.run(
                    [sys.executable, *words], env=env, cwd=ROOT, check=True, capture_output=True, umask=0
                )
            else:
                before = os.umask(0)
                process = ServerProcess(env)
                os.umask(before)
                with process:
                    process.open()
                    process.call("resolve-library-id", libraryName="lamps", query="how is a lamp lit")
                    process.stdin.close()
                    process.ended()
            assert (home / "engines").is_dir()
            assert open_to_others(home) == []
            assert not home.lstat().st_mode & stat.S_ISVTX
        finally:
            asyncio.run(power.down(home, force=True))


def test_a_manifest_in_a_shared_directory_of_models_keeps_its_rights(
    ingest: Callable[..., Result], embedding_model: EmbeddingModel, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    for path in embedding_model.directory.iterdir():
        (shared / path.name).write_bytes(
            path.read_bytes()
        )  # copied: other times, so its manifest is written anew
        (shared / path.name).chmod(0o644)
    before = (shared / "lectern.json").read_text()
    assert ingest("doctor", LECTERN_EMBEDDING_MODEL_PATH=str(shared)).exit_code == 0
    assert (shared / "lectern.json").read_text() != before
    assert {stat.S_IMODE(path.stat().st_mode) for path in shared.iterdir()} == {0o644}
