"""The page about who may read what, command by command, and what people then read."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.accounts.emails import address
from shared.accounts.store import Accounts
from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests.flows.asking import in_memory, replace_settings, server_environment
from tests.flows.keys import make_key
from tests.flows.published import chunk, publish_chunks
from tests.flows.server_process import ROOT

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PAGE = (ROOT / "docs" / "pages" / "access.md").read_text()
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PAGES = [chunk("Filling", "Fill the lamp with oil.", url="https://docs.example/oil")]
ALL = ["/acme/handbook", "/acme/payroll", "/other/lamps", "/pallets/flask"]


async def test_the_page_about_access_does_what_it_says(
    make_settings: Callable[..., IngestSettings], embedder: Embedder
) -> None:
    settings = make_settings(embedding_model_path=embedder.model.directory, require_api_key="auto")
    async with open_stores(settings, "tests") as stores:
        database = await stores.database()
        for name in ALL:
            await publish_chunks(stores, embedder, Library(name, "Lamps"), "1.0", PAGES)

        def typed(block: str) -> str:
            env = server_environment(settings)
            env["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block],
                env=env,
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        async def readable(name: str | None) -> list[str]:
            key = None
            if name is not None:
                user = await Accounts(database).user(address(f"{name}@example.org"))
                key = (await make_key(database, user_id=user["id"])).key
            chosen = replace_settings(settings, api_key=key, require_api_key="auto" if key else "off")
            async with in_memory(chosen) as one:
                return sorted(found.name for found in (await one.list_resources()).resources)

        ruled, checked, closed, grouped = BLOCKS
        typed(ruled)
        assert await readable("ada") == ALL
        assert await readable("bob") == await readable(None) == ["/other/lamps", "/pallets/flask"]
        told = typed(checked)
        assert (
            "ada@example.org may read /acme/payroll\ndecided by\tallow /acme/payroll for ada@example.org"
            in told
        )
        assert "bob@example.org may not read /acme/handbook\ndecided by\tdeny /acme/* for everyone" in told
        assert "/acme/payroll\tgroup engineers\tdeny" in told
        typed(closed)
        assert await readable("bob") == await readable(None) == ["/pallets/flask"]
        assert await readable("ada") == ["/acme/handbook", "/acme/payroll", "/pallets/flask"]
        assert "engineers\t1\t2" in typed(grouped)
        assert await readable("ada") == ["/acme/payroll", "/pallets/flask"]
