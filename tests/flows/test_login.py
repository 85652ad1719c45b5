"""`lectern-mcp login` as a person starts it, on a service that runs: from nothing to an answer, and back."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from mcp_server.credentials import FILE, kept
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.flows.server_process import environment, server
from tests.http.logging_in import ADA, Person, somebody

pytestmark = [pytest.mark.anyio, pytest.mark.processes]

PATIENCE = 30.0


@pytest.fixture
async def person(make_settings: Callable[..., IngestSettings], database: Database) -> AsyncIterator[Person]:
    async with somebody(make_settings(), database) as person:
        yield person


class Command:
    """A command of a person's, in a home of theirs, whose standard error is read as it comes."""

    def __init__(self, home: Path, *words: str, typed: str = "") -> None:
        self._home, self._words, self._typed = home, words, typed

    async def __aenter__(self) -> "Command":
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mcp_server", *self._words, env=environment(self._home),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def line(self) -> str:
        assert self.process.stderr
        return (await asyncio.wait_for(self.process.stderr.readline(), PATIENCE)).decode()

    async def ended(self) -> tuple[int, str, str]:
        told, said = await asyncio.wait_for(self.process.communicate(self._typed.encode()), PATIENCE)
        return await self.process.wait(), told.decode(), said.decode()


async def ended(home: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    async with Command(home, *words) as command:
        return await command.ended()


async def test_a_login_is_all_that_an_editor_needs(
    person: Person, tmp_path: Path, database: Database
) -> None:
    home, url = tmp_path / "theirs", person.url
    async with Command(home, "login", "--server", f"{url}/mcp") as login:
        person.opened.put_nowait((await login.line()).rpartition(" ")[2].strip())
        assert "no browser can be opened here" in await login.line()
        await person.signs_in()
        code, told, said = await login.ended()
    assert (code, told) == (0, "")
    assert said.startswith(f"lectern-mcp: signed in at {url} until 20")
    found = kept(home)
    assert found
    assert found.key not in said

    code, told, said = await ended(home, "whoami")
    assert (code, said) == (0, "")
    assert told.splitlines()[:2] == [f"server  {url}", f"user    {ADA}"]
    assert told.splitlines()[2].startswith(f"key     {found.key[:10]}... until 20")

    answered = await asyncio.to_thread(asked, home)
    assert "no library /no/such" in answered

    by_hand = await make_key(database)
    async with Command(home, "login", "--key", typed=by_hand.key) as login:
        code, told, said = await login.ended()
    assert (code, said) == (0, f"lectern-mcp: the key is in {home / FILE}, for {url}\n")
    assert await database.row("SELECT count(*) AS live FROM api_keys WHERE revoked_at IS NULL") == {"live": 1}

    assert await ended(home, "logout") == (0, "", f"lectern-mcp: {home / FILE} is removed\n")
    assert [path.name for path in home.iterdir()] == [".credentials.lock"]


async def test_who_presses_ctrl_c_keeps_nothing_and_reads_one_line(person: Person, tmp_path: Path) -> None:
    async with Command(tmp_path, "login", "--server", person.url) as login:
        await login.line()
        assert "no browser" in await login.line()
        os.kill(login.process.pid, signal.SIGINT)
        assert await login.ended() == (130, "", "lectern-mcp: nothing is changed\n")
    assert not (tmp_path / FILE).exists()


def asked(home: Path) -> str:
    """What an editor gets for a question."""
    with server(home) as running:
        running.open()
        return str(running.call("query-docs", libraryId="/no/such", query="x")["content"][0]["text"])
