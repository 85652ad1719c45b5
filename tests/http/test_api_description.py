"""What the API's own description allows, and what it does not, is answered as it says; we never fail."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from anyio import to_thread

from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests.flows.keys import make_key
from tests.flows.published import chunk, publish_chunks
from tests.http_service import serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LAMPS = Library("/test/lamps", "Lamps")
NOT_CHECKED = "positive_data_acceptance"
"""What may be asked may also be about a library that is not there."""


async def test_whatever_is_asked_of_the_api_is_answered_as_its_description_says(
    make_settings: Callable[..., IngestSettings], embedder: Embedder, tmp_path: Path
) -> None:
    made = make_settings(embedding_model_path=embedder.model.directory)
    async with open_stores(made, "tests") as stores:
        page = [chunk("Lighting", "Light the wick.", code="light()")]
        await publish_chunks(stores, embedder, LAMPS, "1.0", page)
        key = await make_key(await stores.database())

    def tried(url: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("schemathesis")
        words = ["run", f"{url}/api/v2/openapi.json", "--header", f"Authorization: Bearer {key.key}"]
        options = ["--exclude-checks", NOT_CHECKED, "--max-examples", "40", "--seed", "1", "--no-color"]
        return subprocess.run(
            [program, *words, *options], cwd=tmp_path, capture_output=True, text=True, timeout=300
        )

    async with serving(made) as running:
        found = await to_thread.run_sync(tried, running.url)
    assert found.returncode == 0, found.stdout
    assert "2 selected" in found.stdout
