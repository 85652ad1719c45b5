"""npm's oidc-provider, a certified provider of OpenID Connect, on loopback for as long as a block lasts."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.node import environment, installed

PROGRAM = Path(__file__).parent / "node_programs" / "issuer.mjs"
PACKAGE = "oidc-provider@9.13.3"
CLIENT, SECRET = "lectern", "the-secret-of-this-client"


@contextmanager
def certified_issuer(redirect_uri: str, accounts: Mapping[str, Any]) -> Iterator[str]:
    """Its address. `accounts` are claims by subject; there is another client too, `stranger`."""
    clients = [
        {"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [redirect_uri]},
        {
            "client_id": "stranger",
            "client_secret": "another-secret",
            "redirect_uris": ["https://stranger.test/callback"],
        },
    ]
    given = json.dumps({"clients": clients, "accounts": accounts})
    server = subprocess.Popen(
        ["node", str(PROGRAM), str(installed(PACKAGE)), given],
        env=environment(NODE_NO_WARNINGS="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout
        address = server.stdout.readline().strip()
        assert address, "the provider did not start"
        yield address
    finally:
        server.terminate()
        server.wait(20)
        if server.stdout:
            server.stdout.close()
