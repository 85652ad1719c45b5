"""The command line where the terminal's encoding has few signs: every command says what it has to say."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests.flows.asking import server_environment
from tests.flows.published import chunk, publish_chunks

pytestmark = pytest.mark.anyio

LAMPS = Library("/test/lamps", "Lampen × Öl", description="Licht → „hell“ … 日本")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
async def test_no_command_ends_for_want_of_a_sign(
    make_settings: Callable[..., IngestSettings], embedder: Embedder, tmp_path: Path, encoding: str
) -> None:
    settings = make_settings(embedding_model_path=embedder.model.directory)
    async with open_stores(settings, "tests") as stores:
        await publish_chunks(
            stores, embedder, LAMPS, "1.0", [chunk("Öl × Docht", "Fülle → Öl “ein” … 日本", code="a − b")]
        )
    (tmp_path / "page.html").write_text(
        "<main><h1>Öl → Docht</h1><p>Fülle “ein” 日本</p></main>", encoding="utf-8"
    )
    env = server_environment(settings) | {"PYTHONIOENCODING": encoding}
    for words, told in (
        (["library", "list"], "Lampen"),
        (["library", "show", LAMPS.id], "Lampen"),
        (["ask", LAMPS.id, "Öl"], "lle -> "),
        (["ask", LAMPS.id, "Öl", "--json"], "\\u2192 \\u00d6l"),
        (["extract", str(tmp_path / "page.html")], "l -> Docht"),
        (["library", "show", "/no/such"], "-> "),
        (["--help"], "ingest"),
    ):
        command = [sys.executable, "-m", "ingest", *words]
        done = await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, timeout=120)
        said = (done.stdout + done.stderr).decode(encoding)
        assert told in said, said
        assert "Traceback" not in said
