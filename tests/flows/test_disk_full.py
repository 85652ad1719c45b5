"""A full disk under a crawl, in every stage: one line says so, what was served is served, the next run completes.

The home of these tests is a small disk in a mount namespace of its own, which any user may make; every command
runs in there.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.extract import extract
from ingest.jobs.page_task import chunk_document
from shared.embedding.model import EmbeddingModel
from tests.flows.server_process import ROOT
from tests.site import Site, html

pytestmark = [pytest.mark.slow, pytest.mark.processes]

NAME = "/test/lanterns"
PAGES = 40
AMPLE = 400 << 10
"""Kilobytes of the disk."""
SERVED = """
import asyncio, json
from shared.settings import load
from shared.stores.open import open_stores
async def main():
    async with open_stores(load(), "test") as stores:
        rows = await (await stores.database()).rows(
            "SELECT source_url, content FROM documentation_chunks c"
            " JOIN library_versions v ON v.generation_id = c.generation_id"
        )
        print(json.dumps([[row["source_url"], row["content"]] for row in rows]))
asyncio.run(main())
"""


@dataclass(frozen=True)
class Disk:
    """A small disk with a home on it, seen by the commands that are run here only."""

    holder: int
    env: dict[str, str]

    @property
    def home(self) -> Path:
        return Path(self.env["LECTERN_HOME"])

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        inside = ["nsenter", f"--target={self.holder}", "--user", "--mount", "--preserve-credentials", "--"]
        return subprocess.run([*inside, *command], env=self.env, cwd=ROOT, capture_output=True, text=True)

    def ingest(self, *command: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "ingest", *command)

    def fill(self, directory: str, spare: int) -> None:
        """Leave so many kilobytes to a directory that is a disk of its own."""
        ballast = self.home / directory / "ballast"
        done = self.run("sh", "-c", (
            f"free=$(df --output=avail -k {ballast.parent} | tail -1);"
            f"[ $free -le {spare} ] || head -c $(( (free - {spare}) * 1024 )) /dev/zero > {ballast}"
        ))  # fmt: skip
        assert done.returncode == 0, done.stderr

    def free(self, directory: str) -> None:
        self.run("rm", "-f", str(self.home / directory / "ballast"))

    def served(self) -> set[tuple[str, str]]:
        done = self.run(sys.executable, "-c", SERVED)
        assert done.returncode == 0, done.stderr
        return {(url, content) for url, content in json.loads(done.stdout)}

    def editions(self) -> set[int]:
        """Those that an answer quotes."""
        done = self.ingest("ask", NAME, "which oil does a lantern burn", "--json")
        assert done.returncode == 0, done.stderr
        snippets = json.loads(done.stdout)["snippets"]
        return {int(number) for one in snippets for number in re.findall(r"edition (\d+)", one["content"])}


@pytest.fixture
def disk(tmp_path: Path, embedding_model: EmbeddingModel) -> Iterator[Disk]:
    home = tmp_path / "home"
    mounts = [home / name for name in ("engines", "vectors", "snapshots")]
    for mount in mounts:
        mount.mkdir(parents=True, mode=0o700)
    script = f"for disk; do mount -t tmpfs -o size={AMPLE}k,mode=700 none $disk; done; echo ready; exec cat"
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", *map(str, mounts)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "ready\n"
        ours = {
            "LECTERN_HOME": str(home),
            "LECTERN_EMBEDDING_MODEL_PATH": str(embedding_model.directory),
            "PYTHONPATH": str(ROOT),
        }
        kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
        disk = Disk(holder.pid, kept | ours)
        yield disk
        disk.ingest("down", "--force")
        holder.kill()


def _publish_on(site: Site, edition: int) -> None:
    links = [f"/{number}.html" for number in range(PAGES)]
    site.pages = {"/": html(*links, title=f"Lanterns of edition {edition}")}
    for number in range(PAGES):
        text = f"A lantern of edition {edition} burns the oil of {number} olives. " * 8
        code = (
            f"<pre><code>{''.join(f'lantern({number}).light({line})<br>' for line in range(40))}</code></pre>"
        )
        site.pages[f"/{number}.html"] = html(title=f"Lantern {number}", text=text).replace(
            "</main>", code + "</main>"
        )


def _said(site: Site, model: EmbeddingModel) -> set[tuple[str, str]]:
    """The chunks that the site makes without any crawl."""
    return {
        (chunk.source_url, chunk.content)
        for path, body in site.pages.items()
        for document in [extract(str(body).encode(), f"{site.url}{path}", charset="utf-8").document]
        for chunk in chunk_document(document, model)
    }


def test_a_full_disk_in_any_stage_costs_nothing_that_was_served_or_done(
    disk: Disk, embedding_model: EmbeddingModel
) -> None:
    full = [
        ("engines", 0), ("engines", 128), ("engines", 192),  # when it starts, while pages are written
        ("vectors", 0), ("vectors", 64), ("snapshots", 0), ("snapshots", 4),
    ]  # fmt: skip
    failures: dict[tuple[str, int], str] = {}
    with Site() as site:
        command = ("crawl", NAME, f"{site.url}/", "--allow-private")
        _publish_on(site, 1)
        first = disk.ingest(*command)
        assert first.returncode == 0, first.stderr
        assert disk.ingest("up").returncode == 0
        for served, (directory, spare) in enumerate(full, 1):
            _publish_on(site, served + 1)
            disk.fill(directory, spare)
            crawled = disk.ingest(*command)
            if crawled.returncode:
                complaints = [line for line in crawled.stderr.splitlines() if line.startswith("error ")]
                assert len(complaints) == 1, crawled.stderr
                assert "Traceback" not in crawled.stderr
                failures[directory, spare] = complaints[0]
                if directory != "engines":
                    assert disk.editions() == {served}
            disk.free(directory)
            if crawled.returncode:
                assert disk.editions() == {served}
            again = disk.ingest(*command)
            assert again.returncode == 0, again.stderr
            assert disk.served() == _said(site, embedding_model)
            assert disk.editions() == {served + 1}
    assert {where for where, _ in failures} == {"engines", "vectors", "snapshots"}
    assert all("→" in said for said in failures.values())
