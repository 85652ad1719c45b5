"""The page about accounts, command by command, on servers by URL, with editors that ask between them."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from mcp_server.callers import KNOWN_SECONDS
from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests.flows.asking import ask, over_stdio, server_environment
from tests.flows.published import chunk, publish_chunks
from tests.flows.server_process import ROOT

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PAGE = (ROOT / "docs" / "pages" / "accounts.md").read_text()
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PAGES = [chunk("Filling", "Fill the lamp with oil.", url="https://docs.example/oil")]


async def test_the_page_about_accounts_does_what_it_says(
    make_settings: Callable[..., IngestSettings], embedder: Embedder, tmp_path: Path
) -> None:
    settings = make_settings(embedding_model_path=embedder.model.directory, require_api_key="auto")
    async with open_stores(settings, "tests") as stores:
        for name in ("/pallets/flask", "/test/lanterns"):
            await publish_chunks(stores, embedder, Library(name, "Lamps"), "1.0", PAGES)

    def typed(block: str) -> str:
        env = server_environment(settings) | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    made, logged_in, limits, ended, rotated, used = BLOCKS
    typed(made)
    ada, bob = ((tmp_path / f"{name}.key").read_text().strip() for name in ("ada", "bob"))
    typed(logged_in)

    async with over_stdio(settings, api_key=ada) as hers, over_stdio(settings, api_key=bob) as his:
        assert not (await ask(hers, "/test/lanterns", "how do I fill it")).is_error
        hidden = await ask(his, "/test/lanterns", "how do I fill it")
        assert not _snippets(hidden)
        for _ in range(2):
            assert _snippets(await ask(his, "/pallets/flask", "how do I fill it"))
        denied = await ask(his, "/pallets/flask", "how do I fill it")
        assert (denied.structured_content or {})["refused_by"] == "minute"
        assert "minute\t3\t3\t0" in typed(limits)

        typed(ended)
        new = typed(rotated + "\ncat ada.new.key").strip()
        await anyio.sleep(KNOWN_SECONDS + 1)
        denied = await ask(his, "/pallets/flask", "how do I fill it")
        assert (denied.structured_content or {})["refused_by"] == "key"
        assert _snippets(await ask(hers, "/pallets/flask", "how do I fill it"))
    async with over_stdio(settings, api_key=new) as hers:
        assert _snippets(await ask(hers, "/pallets/flask", "how do I fill it"))

    told = typed(used)
    assert "ada@example.org" in told
    assert "key revoke" in told


def _snippets(result: Any) -> Any:
    return (result.structured_content or {}).get("snippets")
