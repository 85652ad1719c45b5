"""An issuer of OpenID Connect on loopback that lies as a test wants it to."""

import socket
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.running import running

CLIENT, SECRET = "lectern", "a secret of thirty-two signs, or so"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
NEXT = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
STRANGERS = RSAKey.generate_key(2048, {"kid": "one"})
ACCESS = "the-access-token"

Claims = dict[str, Any]


def b64(text: str | bytes) -> str:
    return urlsafe_b64encode(text.encode() if isinstance(text, str) else text).rstrip(b"=").decode()


def signed(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)


def by_the_next_key(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "two"}, claims, NEXT)


def by_a_stranger(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, STRANGERS)


def unsigned(claims: Claims) -> str:
    import json

    return f"{b64(json.dumps({'alg': 'none'}))}.{b64(json.dumps(claims))}."


def by_our_secret(claims: Claims) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), ["HS256"])


def by_the_public_key(claims: Claims) -> str:
    public = sha256(KEY.as_pem(private=False)).digest()
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(public), ["HS256"])


def half_of(access: str) -> str:
    return b64(sha256(access.encode()).digest()[:16])


@dataclass
class Evil:
    """`claims` changes what an ID token says (None takes a claim out), `sign` how it is signed."""

    issuer: str = ""
    nonce: str = ""
    claims: Claims = field(default_factory=dict)
    sign: Callable[[Claims], str] = signed
    token: Claims = field(default_factory=dict)
    """Changes the answer of the token endpoint."""
    refuses: str = ""
    published: tuple[RSAKey, ...] = (KEY,)
    userinfo: Claims = field(default_factory=dict)
    metadata: Claims = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    """What the token endpoint was asked for."""

    def calm(self) -> None:
        self.__init__(self.issuer)  # type: ignore[misc]

    async def discovery(self, _request: Request) -> Response:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse(told | self.metadata)

    async def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.published]})

    async def exchange(self, request: Request) -> Response:
        form = await request.form()
        self.asked.append({name: str(value) for name, value in form.items()})
        if self.refuses:
            return JSONResponse({"error": self.refuses}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "ada-at-evil",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
            "email": "ada@evil.test",
            "email_verified": True,
            "at_hash": half_of(ACCESS),
        } | self.claims
        id_token = self.sign({name: value for name, value in claims.items() if value is not None})
        answer = {"access_token": ACCESS, "token_type": "Bearer", "id_token": id_token} | self.token
        return JSONResponse({name: value for name, value in answer.items() if value is not None})

    async def who(self, _request: Request) -> Response:
        return JSONResponse({"sub": self.claims.get("sub", "ada-at-evil")} | self.userinfo)


@asynccontextmanager
async def evil_issuer() -> AsyncIterator[Evil]:
    """Until the end of the block, at `.issuer`."""
    listening = socket.create_server(("127.0.0.1", 0))
    evil = Evil(f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", evil.discovery),
            Route("/jwks", evil.keys),
            Route("/token", evil.exchange, methods=["POST"]),
            Route("/userinfo", evil.who),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
    async with running(server, listening):
        yield evil
