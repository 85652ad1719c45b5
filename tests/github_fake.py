"""GitHub as its documentation has it, on loopback, as a server of GitHub Enterprise: what our adapter asks of it."""

import socket
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.running import running

CLIENT, SECRET = "Iv1.of-github", "secret-of-github"
TOKEN = "gho_a-token"


@dataclass
class GitHubFake:
    """`challenges` are those of codes that were given out."""

    url: str = ""
    user: Any = field(default_factory=lambda: {"id": 4711, "login": "ada"})
    emails: Any = field(default_factory=list)
    challenges: dict[str, str] = field(default_factory=dict)

    async def exchange(self, request: Request) -> Response:
        """It answers 200 to everything, with an error inside, and JSON only to who accepts that."""
        form = await request.form()
        assert request.headers["accept"] == "application/json"
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return JSONResponse({"error": "incorrect_client_credentials"})
        challenge = urlsafe_b64encode(sha256(str(form.get("code_verifier")).encode()).digest()).rstrip(b"=")
        if self.challenges.pop(str(form.get("code")), None) != challenge.decode():
            return JSONResponse({"error": "bad_verification_code"})
        return JSONResponse({"access_token": TOKEN, "scope": "read:user,user:email", "token_type": "bearer"})

    async def who(self, request: Request) -> Response:
        return self._for_bearer(request, self.user)

    async def listed(self, request: Request) -> Response:
        return self._for_bearer(request, self.emails)

    def _for_bearer(self, request: Request, said: Any) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"message": "Requires authentication"}, 401)
        return JSONResponse(said)


@asynccontextmanager
async def github_fake() -> AsyncIterator[GitHubFake]:
    """Until the end of the block, at `.url`."""
    listening = socket.create_server(("127.0.0.1", 0))
    fake = GitHubFake(f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = Starlette(
        routes=[
            Route("/login/oauth/access_token", fake.exchange, methods=["POST"]),
            Route("/api/v3/user", fake.who),
            Route("/api/v3/user/emails", fake.listed),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
    async with running(server, listening):
        yield fake
