"""Machines that wait for a person's answer, in the Redis of limits (RFC 8628)."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from pydantic import TypeAdapter

from mcp_server.http.service import Service
from shared.accounts.oauth.asked import Asked
from shared.accounts.oauth.tokens import token_hash
from shared.errors import OAuthRefused

INTERVAL: Final = 5
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels: a code spells no word, and no sign is mistaken for another."""
_LETTERS_IN_CODE: Final = 8
_ASKED: Final = TypeAdapter(Asked)


class Devices:
    """What devices wait for. Errors: CountersUnavailable from every method."""

    LASTS: Final = timedelta(minutes=10)

    def __init__(self, service: Service) -> None:
        self._service = service

    async def begin(self, asked: Asked, device_code: str) -> str:
        """The code that a person types."""
        kept = await self._service.backing.limits_redis()
        typed = "".join(_LETTERS[byte % len(_LETTERS)] for byte in self._service.random(64) if byte < 240)[
            :_LETTERS_IN_CODE
        ]
        seconds, key = int(self.LASTS.total_seconds()), _key(token_hash(device_code))
        await kept.put(key, {"client_id": asked.client.id, "state": "waiting"}, seconds)
        await kept.put(f"oauth:device:typed:{typed}", {"device": key, "asked": asdict(asked)}, seconds)
        return f"{typed[:4]}-{typed[4:]}"

    async def typed(self, text: str) -> tuple[str, str, Asked] | None:
        """The device that shows this code, once; the code as it shows it, and what it asks for."""
        code = "".join(sign for sign in text.upper() if sign in _LETTERS)
        kept = await self._service.backing.limits_redis()
        found = await kept.take(f"oauth:device:typed:{code}") if len(code) == _LETTERS_IN_CODE else None
        return found and (found["device"], f"{code[:4]}-{code[4:]}", _ASKED.validate_python(found["asked"]))

    async def answered(self, device: str, code: str | None) -> None:
        """The person lets it in, for a code; or does not."""
        kept = await self._service.backing.limits_redis()
        found = await kept.get(device)
        if found is not None:
            state = {"state": "denied"} if code is None else {"state": "allowed", "code": code}
            await kept.put(device, found | state, int(self.LASTS.total_seconds()))

    async def code(self, device_code: str, client_id: str) -> str:
        """What its token is redeemed for, once. Raises OAuthRefused until then."""
        kept, key = await self._service.backing.limits_redis(), _key(token_hash(device_code))
        found: Any = await kept.get(key)
        if found is None or found["client_id"] != client_id:
            raise OAuthRefused("expired_token", "this device code is unknown, used or too old; begin again")
        if await kept.count(f"{key}:asked", INTERVAL - 1) > 1:
            raise OAuthRefused("slow_down", f"ask every {INTERVAL} seconds, and from now on 5 seconds later")
        if found["state"] == "waiting":
            raise OAuthRefused("authorization_pending", "nobody answered yet")
        taken: Any = await kept.take(key)
        if taken is None or taken["state"] != "allowed":
            raise OAuthRefused("access_denied", "the person did not allow it")
        return str(taken["code"])


def _key(hashed: str) -> str:
    return f"oauth:device:{hashed}"
