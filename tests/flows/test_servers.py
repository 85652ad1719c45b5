"""The same commands on servers: Debian's PostgreSQL and Redis instead of the embedded engines."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.embedding.model import EmbeddingModel
from shared.stores.embedded import power
from shared.stores.embedded.engines import attach
from tests.flows.server_process import ROOT
from tests.redis_server import redis_server
from tests.site import Site, html

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
REDIS = [name for name in ("redis-server", "valkey-server") if shutil.which(name)]


@pytest.fixture(params=REDIS)
def redis_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with redis_server(tmp_path, request.param) as url:
        yield url


@pytest.mark.parametrize("binaries", POSTGRES, ids=[folder.parent.name for folder in POSTGRES])
async def test_a_team_runs_it_on_servers(
    binaries: Path, redis_url: str, embedding_model: EmbeddingModel, tmp_path: Path
) -> None:
    place = tmp_path / "server"
    server = await attach(place, pg_bin=binaries, want={"postgres"})
    env = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ} | {
        "PYTHONPATH": str(ROOT),
        "LECTERN_HOME": str(tmp_path / "home"),
        "LECTERN_DATABASE_URL": server.endpoints.database_url,
        "LECTERN_REDIS_URL": redis_url,
        "LECTERN_EMBEDDING_MODEL_PATH": str(embedding_model.directory),
    }

    def ingest(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ingest", *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)

    try:
        refused = ingest("library", "list")
        assert refused.returncode == 1
        assert "run `ingest migrate`" in refused.stderr
        assert ingest("migrate").returncode == 0
        page = html(title="Lamps", text="A lamp is lit with a match, and put out by turning the wheel down.")
        with Site({"/": page}) as site:
            crawled = ingest("crawl", "/test/lamps", f"{site.url}/", "--allow-private")
        assert crawled.returncode == 0, crawled.stderr
        for _ in range(2):  # the second answer comes from Redis
            asked = ingest("ask", "/test/lamps", "how do I put out a lamp", "--json")
            assert asked.returncode == 0, asked.stderr
            assert "turning the wheel" in json.loads(asked.stdout)["snippets"][0]["content"]
        assert ingest("doctor").returncode == 0
        assert not (tmp_path / "home" / "engines").exists()
    finally:
        server.release()
        await power.down(place, force=True)
