"""A real browser keeps our cookies, and sends our forms, on the machine's own address without TLS too."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.accounts.emails import address
from shared.accounts.passwords import hashed
from shared.accounts.sign_in.invitations import Invitations
from shared.accounts.sign_in.secret import hash_of
from shared.accounts.store import Accounts
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.http_service import serving
from tests.node import environment, installed

pytestmark = [pytest.mark.anyio, pytest.mark.processes, pytest.mark.slow]

PROGRAM = Path(__file__).parents[1] / "node_programs" / "browse.mjs"
PASSWORD = "correct horse battery"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def browse(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    """`url` and `heading` after each step, and whether the page `overflows` its window."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium here")
    command = ["node", str(PROGRAM), str(installed("puppeteer-core@24.30.0")), CHROMIUM, json.dumps(steps)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_a_person_signs_in_and_out_and_takes_an_invitation(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    accounts, now = Accounts(database), datetime.now(UTC)
    await accounts.add_user(address("ada@example.org"), hashed(PASSWORD))
    bob = await accounts.add_user(address("bob@example.org"), None)
    await Invitations(database).invite(bob["id"], hash_of("bobs"), now, now + timedelta(days=7))
    async with serving(make_settings()) as service:
        seen = await asyncio.to_thread(
            browse,
            {"go": f"{service.url}/sign-in"},
            {"fill": {"#email": "ada@example.org", "#password": PASSWORD}, "press": "main form button"},
            {"press": "header form button"},
            {"go": f"{service.url}/invite/bobs"},
            {"fill": {"#password": PASSWORD}, "press": "main form button"},
        )
    paths = [one["url"].removeprefix(service.url) for one in seen]
    assert paths == ["/sign-in", "/account", "/sign-out", "/invite/bobs", "/account"]
    assert [seen[0]["heading"], seen[2]["heading"], seen[3]["heading"]] == [
        "Sign in to Lectern",
        "Signed out",
        "You are invited to Lectern",
    ]
