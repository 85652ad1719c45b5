"""docs/pages/team.md tells how a team is served; `pytest tests/flows/test_team_story.py --snapshot-update` renews it.

Its prose happens too: what it says that people do is done in a browser, an editor, or to a replica.
"""

import asyncio
import json
import os
import re
import ssl
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from anyio import to_thread
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests.flows.asking import ask, said, server_environment
from tests.flows.published import chunk, publish_chunks
from tests.http.behind_nginx import Team, behind_nginx
from tests.http_service import as_the_service
from tests.oauth import fields
from tests.terminal import ROOT, shown

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.processes]

PAGE = ROOT / "docs" / "pages" / "team.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ ((?:.*[\\|]\n)*.*)\n", re.MULTILINE)
NAME = "docs.example.org"
PASSWORD = "four words are enough"
PATIENCE = 60.0
INVITATION = re.compile(r"/invite/([\w-]+)")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
CLOCK = re.compile(r"\d\d:\d\d UTC")
QUERY = re.compile(r"\?response_type=\S+|\?client_id=\S+")
KEY = re.compile(r"lect_\w+\.\.\.")
HANDBOOK = Library("/acme/handbook", "Handbook", description="How lamps are kept.")
PASSAGES = [
    chunk(
        "Filling", "Fill the lamp with oil before the wick is lit.", url="https://handbook.acme.example/lamps"
    )
]
QUESTION = "How is a lamp filled?"


@dataclass
class Story:
    team: Team
    operator: dict[str, str]
    place: Path
    invited: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    killing: threading.Thread | None = None
    signing_in: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return self.team.proxy.url

    def types(self, command: str) -> str:
        """The command and its screen, in which what differs from run to run is made the same."""
        real = command.replace(f"https://{NAME}", self.url)
        env = (
            self.bob
            if command.startswith("lectern-mcp")
            else self.operator | {"KEY": self.keys.get("ada", "")}
        )
        screen = shown(["bash", "-uo", "pipefail", "-c", real], env, 100, self.place).strip("\n")
        assert not re.search(r"^error|Traceback", screen, re.MULTILINE), screen
        self.invited += INVITATION.findall(screen)
        told = INVITATION.sub("/invite/q7Jm2Xw0Rk4v…", screen.replace(self.url, f"https://{NAME}"))
        told = DAY.sub("2026-12-07", CLOCK.sub("09:00 UTC", told))
        told = QUERY.sub("?client_id=lectern-mcp&…", KEY.sub("lect_2tQ5x...", told))
        lines = [line.rstrip() for line in told.replace(str(self.place), "/home/bob").split("\n")]
        return f"$ {command}\n" + "\n".join(lines) + "\n"

    @property
    def bob(self) -> dict[str, str]:
        """On his own machine: it knows no store."""
        kept = {name: self.operator[name] for name in ("PATH", "LANG")}
        places = {"HOME": str(self.place), "LECTERN_HOME": str(self.place / "lectern")}
        trusting = {"SSL_CERT_FILE": str(self.team.proxy.trusted), "BROWSER": str(self.place / "browser")}
        return kept | places | trusting | {"PYTHONPATH": str(ROOT)}

    def browser(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, verify=self.trusting(), headers={"Origin": self.url})

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.team.proxy.trusted))

    async def happens(self, prose: str) -> None:
        told = " ".join(prose.split())
        if "Each opens their link and sets a password" in told:
            assert len(self.invited) == 2
        if "Ada makes a key on the page of her account" in told:
            self.keys = dict(
                zip(("ada", "bob"), [await self._key(link) for link in self.invited], strict=True)
            )
        if "Bob's browser opens" in told:
            (self.place / "browser").write_text(f'#!/bin/sh\necho "$1" > {self.place}/opened\n')
            (self.place / "browser").chmod(0o700)
            self.signing_in = asyncio.create_task(self._allows("bob@example.org"))
        if "One replica is killed while she asks" in told:
            self.killing = threading.Thread(target=self._kill_meanwhile)
            self.killing.start()
        if "systemd starts the first again" in told:
            assert self.killing
            self.killing.join()
            await to_thread.run_sync(self.team.replicas[0].__enter__)

    def _kill_meanwhile(self) -> None:
        """As soon as some of the questions are answered."""
        deadline = time.monotonic() + PATIENCE
        while (self.place / "access.log").read_text().count("/api/v2/context") < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.team.replicas[0].kill()

    async def _allows(self, email: str) -> None:
        """Signs in on the page that a login opened, and allows it."""
        opened = self.place / "opened"
        async with asyncio.timeout(PATIENCE), self.browser() as browser:
            while not (opened.exists() and opened.read_text().endswith("\n")):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            begun = await browser.get(opened.read_text().strip().removeprefix(self.url))
            page = await browser.get(begun.headers["location"])
            asked = await browser.post("/oauth/consent", data=fields(page) | {"decision": "allow"})
            form = fields(await browser.get(asked.headers["location"]))
            entered = await browser.post("/sign-in", data=form | {"email": email, "password": PASSWORD})
            done = await browser.get(entered.headers["location"])
        async with httpx2.AsyncClient() as there:
            await there.get(done.headers["refresh"].partition("url=")[2])

    async def _key(self, link: str) -> str:
        """What somebody has who followed their invitation, set a password, and made a key on their page."""
        async with self.browser() as browser:
            page = await browser.get(f"/invite/{link}")
            entered = await browser.post(f"/invite/{link}", data=fields(page) | {"password": PASSWORD})
            assert entered.status_code in (200, 303), entered.text
            assert (await browser.get(f"/invite/{link}")).status_code in (400, 403, 404, 410)
            account = (await browser.get("/account")).text
            form = re.search(r'<form[^>]*action="/account/keys">.*?</form>', account, re.DOTALL)
            assert form, account
            answer = httpx2.Response(200, text=form[0])
            made = await browser.post(
                "/account/keys", data=fields(answer) | {"name": "laptop", "expires": "90"}
            )
            found = re.search(r"lect_\w+", made.text)
            assert found, made.text
            return found[0]

    async def asks(self, configuration: str) -> str:
        """What the assistant of an editor with this configuration reads."""
        [server] = json.loads(configuration)["mcpServers"].values()
        if "command" in server:
            command = [sys.executable, "-P", "-m", "mcp_server"]
            started = StdioServerParameters(command=command[0], args=command[1:], env=self.bob)
            async with Client(started) as client:
                return await asked(client)
        url = server["url"].replace(f"https://{NAME}", self.url)
        headers = {
            name: value.replace("lect_...", self.keys["ada"]) for name, value in server["headers"].items()
        }
        async with (
            httpx2.AsyncClient(headers=headers, verify=self.trusting(), timeout=60) as bearer,
            Client(streamable_http_client(url, http_client=bearer)) as client,
        ):
            return await asked(client)


async def asked(client: Client) -> str:
    return said(await ask(client, HANDBOOK.id, QUESTION)).strip() + "\n"


@pytest.fixture
async def story(
    make_settings: Callable[..., IngestSettings], embedder: Embedder, tmp_path: Path
) -> AsyncIterator[Story]:
    settings = make_settings(embedding_model_path=embedder.model.directory)
    async with open_stores(settings, "tests") as stores:
        await publish_chunks(stores, embedder, HANDBOOK, "3.1", PASSAGES)
    with behind_nginx(settings, tmp_path, database_url=await as_the_service(settings)) as team:
        (tmp_path / ".curlrc").write_text(f'cacert = "{team.proxy.trusted}"\n')
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        more = {"PATH": programs, "CURL_HOME": str(tmp_path), "LANG": "C.UTF-8"}
        yield Story(team, server_environment(settings) | more, tmp_path)


async def test_the_page_tells_what_happens(story: Story, pytestconfig: pytest.Config) -> None:
    page = PAGE.read_text()
    told, at, configuration, answered = "", 0, "", ""
    for block in BLOCK.finditer(page):
        prose, (kind, text) = page[at : block.start()], block.groups()
        await story.happens(prose)
        if kind == "console":
            screens = [await to_thread.run_sync(story.types, one) for one in COMMAND.findall(text)]
            text = "\n".join(screens)
        elif kind == "json":
            configuration = text
        elif kind == "text":
            text = await story.asks(configuration)
            deadline = time.monotonic() + PATIENCE
            while "asks again" in prose and text == answered and time.monotonic() < deadline:
                await asyncio.sleep(1)  # a key has sixty calls a minute, and a rule holds within half of one
                text = await story.asks(configuration)
            answered = text
        told += f"{prose}```{kind}\n{text}```"
        at = block.end()
    told += page[at:]
    if pytestconfig.option.update_snapshots:
        PAGE.write_text(told)
    assert PAGE.read_text() == told
