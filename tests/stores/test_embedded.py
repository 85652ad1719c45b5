"""The embedded engines shared by many processes: who starts them, who stops them, what survives kill -9."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

import psycopg
import pytest
import redis

import shared
from shared.locks import free, is_held, open_lock, taken
from shared.stores.embedded import power
from shared.stores.embedded.engines import BOTH, attach
from shared.stores.embedded.place import Place, place_of
from tests.processes import children

pytestmark = [pytest.mark.anyio, pytest.mark.processes]

ROOT = Path(shared.__file__).parents[1]

CLIENT = """
import asyncio, json, sys
from dataclasses import asdict
from pathlib import Path
from shared.stores.embedded.engines import attach

async def main():
    attachment = await attach(Path(sys.argv[1]), application="editor")
    print(json.dumps(asdict(attachment.endpoints)), flush=True)
    while name := sys.stdin.readline().strip():
        print(json.dumps(await attachment.ensure(name)), flush=True)

asyncio.run(main())
"""


class Client:
    """A process that is attached until it is killed or its input ends."""

    def __init__(self, home: Path, prefix: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", CLIENT, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def endpoints(self) -> dict[str, str]:
        assert self.process.stdout
        answer: dict[str, str] = json.loads(self.process.stdout.readline())
        return answer

    def ensure(self, name: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return str(json.loads(self.process.stdout.readline()))

    def leave(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Path]:
    yield tmp_path / "home"
    await power.down(tmp_path / "home", force=True)
    assert_all_gone(tmp_path / "home")
    shutil.rmtree(place_of(tmp_path / "home").sockets, ignore_errors=True)


def running(place: Place) -> list[str]:
    return [name for name in ("postgres", "redis", "janitor") if is_held(place.lock(name))]


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def assert_all_gone(home: Path) -> None:
    """No engine, no janitor and no other process of this home is left."""
    if home.exists():
        assert eventually(lambda: running(place_of(home)) == []), running(place_of(home))
    assert eventually(lambda: str(home) not in listing()), listing()


def listing() -> str:
    return subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout


def is_free(lock: Path) -> bool:
    return not is_held(lock)


def python(pid: int) -> bool:
    return b"janitor.py" in Path(f"/proc/{pid}/cmdline").read_bytes()


def process_of(place: Place, name: str) -> int:
    return int(place.lock(name).read_text())


def count(endpoints: dict[str, str]) -> tuple[int, int]:
    """Adds one to a table and to a counter; what both say."""
    with psycopg.connect(endpoints["database_url"], autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        connection.execute("CREATE TABLE IF NOT EXISTS visits (visit int)")
        connection.execute("INSERT INTO visits VALUES (1)")
        row = connection.execute("SELECT count(*) FROM visits").fetchone()
        assert row
    with redis.Redis.from_url(endpoints["redis_url"]) as client:
        return int(row[0]), int(client.incr("visits"))


async def test_eight_processes_attach_to_a_fresh_home_at_once_and_the_last_one_out_stops_the_engines(
    home: Path,
) -> None:
    clients = [Client(home) for _ in range(8)]
    assert [count(client.endpoints()) for client in clients] == [(n, n) for n in range(1, 9)]
    for client in clients[:7]:
        client.leave()
    assert running(place_of(home)) == ["postgres", "redis", "janitor"]
    clients[7].leave()
    assert_all_gone(home)


async def test_a_killed_client_leaves_the_others_their_engines(home: Path) -> None:
    with Client(home) as killed, Client(home) as other:
        endpoints = killed.endpoints()
        other.endpoints()
        killed.kill()
        assert count(endpoints) == (1, 1)
        other.leave()
    assert_all_gone(home)


async def test_engines_stop_when_their_only_client_is_killed_and_keep_what_was_written(home: Path) -> None:
    for visit in (1, 2):
        with Client(home) as client:
            assert count(client.endpoints()) == (visit, visit)
            client.kill()
        assert_all_gone(home)
        assert not list(place_of(home).users.iterdir())


@pytest.mark.parametrize("name", ["postgres", "redis"])
async def test_a_killed_engine_comes_back_with_its_data(home: Path, name: str) -> None:
    with Client(home) as client:
        endpoints = client.endpoints()
        count(endpoints)
        os.kill(process_of(place_of(home), name), signal.SIGKILL)
        assert client.ensure(name) in endpoints.values()
        assert count(endpoints) == (2, 2)


async def test_many_clients_that_miss_a_killed_engine_bring_back_one(home: Path) -> None:
    attachments = [await attach(home) for _ in range(4)]
    try:
        os.kill(process_of(place_of(home), "postgres"), signal.SIGKILL)
        os.kill(process_of(place_of(home), "redis"), signal.SIGKILL)
        await asyncio.gather(*(each.ensure(name) for each in attachments for name in BOTH))
        assert count(vars(attachments[0].endpoints)) == (1, 1)
    finally:
        for each in attachments:
            each.release()


def kill_janitor(place: Place) -> None:
    """With the shell that would start it again."""
    shell = process_of(place, "janitor")
    [janitor] = children(shell)
    os.kill(shell, signal.SIGKILL)
    os.kill(janitor, signal.SIGKILL)


async def test_a_janitor_killed_together_with_the_last_client_comes_back_and_ends_the_engines(
    home: Path,
) -> None:
    with Client(home) as client:
        client.endpoints()
        [janitor] = children(process_of(place_of(home), "janitor"))
        os.kill(janitor, signal.SIGKILL)
        client.kill()
        assert_all_gone(home)


async def test_a_killed_janitor_is_followed_by_one_that_waits_as_well(home: Path) -> None:
    place = place_of(home)
    with Client(home) as client:
        client.endpoints()
        shell = process_of(place, "janitor")
        [janitor] = children(shell)
        os.kill(janitor, signal.SIGKILL)
        assert eventually(lambda: any(python(pid) and pid != janitor for pid in children(shell)))
        assert running(place) == ["postgres", "redis", "janitor"]
        client.leave()
    assert_all_gone(home)


async def test_engines_whose_janitor_is_gone_for_good_end_with_the_next_client(home: Path) -> None:
    place = place_of(home)
    with Client(home) as last:
        last.endpoints()
        kill_janitor(place)
        last.kill()
    assert eventually(lambda: running(place) == ["postgres", "redis"])
    with Client(home) as client:
        client.endpoints()
        client.leave()
    assert_all_gone(home)


async def test_the_next_client_brings_a_killed_janitor_back(home: Path) -> None:
    place = place_of(home)
    with Client(home) as first:
        first.endpoints()
        kill_janitor(place)
        assert eventually(lambda: running(place) == ["postgres", "redis"])
        with Client(home) as second:
            second.endpoints()
            assert running(place) == ["postgres", "redis", "janitor"]


async def test_a_release_brings_a_killed_janitor_back(home: Path) -> None:
    place = place_of(home)
    attachment = await attach(home)
    kill_janitor(place)
    assert eventually(lambda: running(place) == ["postgres", "redis"])
    attachment.release()
    attachment.release()
    assert_all_gone(home)


async def test_tasks_of_one_process_attach_at_once_and_each_counts(home: Path) -> None:
    attachments = await asyncio.gather(*(attach(home, want={"redis"}) for _ in range(5)))
    for attachment in attachments[:4]:
        attachment.release()
    await asyncio.sleep(0)
    assert running(place_of(home)) == ["redis", "janitor"]
    attachments[4].release()
    assert_all_gone(home)


async def test_an_attach_that_is_cancelled_holds_nothing(home: Path) -> None:
    task = asyncio.create_task(attach(home))
    held = place_of(home).lock("engines")
    async with asyncio.timeout(10):
        while not is_held(held):  # noqa: ASYNC110 - a lock has no event
            await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert power.attached(place_of(home)) == ()
    assert_all_gone(home)


@pytest.mark.parametrize("name", ["a home of Zoë's, 日本", "long/" * 25 + "home", "$HOME;`x`", "plain"])
async def test_any_path_may_be_a_home(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    attachment = await attach(home)
    try:
        assert count(vars(attachment.endpoints)) == (1, 1)
    finally:
        attachment.release()
    assert_all_gone(home)
    sockets = place_of(home).sockets
    if home not in sockets.parents:
        sockets.rmdir()


async def test_pinned_engines_stay_until_they_are_taken_down(home: Path) -> None:
    endpoints = await power.up(home)
    with Client(home) as client:
        client.endpoints()
        client.leave()
    assert eventually(lambda: running(place_of(home)) == ["postgres", "redis"])
    assert count(vars(endpoints)) == (1, 1)
    assert (await power.down(home)).stopped
    assert running(place_of(home)) == []


async def test_down_names_who_uses_the_engines_and_they_stop_with_the_last(home: Path) -> None:
    await power.up(home)
    with Client(home) as killed, Client(home) as client:
        killed.endpoints()
        endpoints = client.endpoints()
        killed.kill()
        user = power.User(client.process.pid, "editor")
        assert await power.down(home) == power.Outcome(stopped=False, users=(user,))
        assert count(endpoints) == (1, 1)
        client.leave()
    assert_all_gone(home)


async def test_forced_down_stops_used_engines_and_their_user_may_start_them_again(home: Path) -> None:
    with Client(home) as client:
        endpoints = client.endpoints()
        assert (await power.down(home, force=True)).stopped
        assert "postgres" not in running(place_of(home))
        assert (await power.down(home)).stopped
        client.ensure("postgres")
        client.ensure("redis")
        assert count(endpoints) == (1, 1)


async def test_down_of_a_home_that_never_was_makes_none(tmp_path: Path) -> None:
    assert (await power.down(tmp_path / "none")).stopped
    assert not (tmp_path / "none").exists()


async def test_what_a_crash_left_behind_does_not_hinder_a_start(home: Path) -> None:
    attachment = await attach(home, want={"postgres"})
    attachment.release()
    assert_all_gone(home)
    data = next((home / "engines").glob("postgres-*"))
    for stale in (data / "postmaster.pid", place_of(home).sockets / ".s.PGSQL.5432.lock"):
        stale.write_text(
            f"{os.getpid()}\n{data}\n1\n5432\n{home}\n\n0 0\n"
        )  # a living process, not PostgreSQL
    (place_of(home).sockets / ".s.PGSQL.5432").touch()
    attachment = await attach(home)
    assert count(vars(attachment.endpoints)) == (1, 1)
    attachment.release()


def removed(directory: Path) -> bool:
    shutil.rmtree(directory, ignore_errors=True)
    return not directory.exists()


async def test_engines_of_a_deleted_home_stop_with_their_last_user(home: Path) -> None:
    attachment = await attach(home)
    held = [open_lock(place_of(home).lock(name)) for name in ("postgres", "redis", "janitor")]
    assert eventually(partial(removed, home))  # PostgreSQL may write meanwhile
    attachment.release()
    for lock in held:
        assert eventually(partial(taken, lock))
        free(lock)


@pytest.mark.slow
async def test_an_engine_whose_socket_was_removed_is_started_anew(home: Path) -> None:
    attachment = await attach(home)
    for path in place_of(home).sockets.glob(".s.PGSQL*"):
        path.unlink()
    place_of(home).sockets.joinpath("valkey.sock").unlink()
    await asyncio.gather(attachment.ensure("postgres"), attachment.ensure("redis"))
    assert count(vars(attachment.endpoints)) == (1, 1)
    attachment.release()


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0])
async def test_a_first_start_may_be_killed_at_any_moment(home: Path, share: float) -> None:
    with Client(home) as client:
        assert eventually((home / "engines").exists)
        await asyncio.sleep(share)
        client.kill()
    with Client(home) as client:
        assert count(client.endpoints()) == (1, 1)
        client.leave()
    assert_all_gone(home)


async def test_an_ordinary_user_has_engines_of_their_own(tmp_path: Path, ordinary: Sequence[str]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    if ordinary:
        os.chown(home, 65534, 65534)
        for parent in list(tmp_path.parents)[:-2]:
            parent.chmod(parent.stat().st_mode | 0o011)
    with Client(home, ordinary) as client:
        place = home / "engines" / "run"
        assert count(client.endpoints()) == (1, 1)
        postmaster = int((place / "postgres.lock").read_text())
        assert owner_of(postmaster) == (65534 if ordinary else os.getuid())
        client.leave()
    for name in ("janitor", "postgres", "redis"):
        assert eventually(partial(is_free, place / f"{name}.lock"))


@pytest.fixture
def ordinary() -> Iterator[Sequence[str]]:
    """What makes a command run as an ordinary user: nothing, unless we are root."""
    if os.geteuid() != 0:
        yield ()
        return
    # the interpreter may lie in root's own directory
    search = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    yield ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *search)


def owner_of(pid: int) -> int:
    answer = subprocess.run(["ps", "-o", "uid=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(answer.stdout)
