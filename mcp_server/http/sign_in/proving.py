"""Whether somebody knows the password of an account, at the same cost for accounts that are not there."""

from functools import partial
from typing import Final
from uuid import UUID

from anyio import to_thread
from starlette.requests import Request

from mcp_server.http.proxies import client_address
from mcp_server.http.sign_in import attempts
from mcp_server.http.sign_in.room import Room
from shared.accounts import passwords
from shared.accounts.emails import address_or_none
from shared.errors import SignInRefused

WRONG: Final = "E-mail address or password is wrong."


async def proved(room: Room, request: Request, email: str, password: str) -> UUID | None:
    """Whose password it is; None where it is wrong, whatever of it.

    Raises TooManyAttempts, SignInRefused for whom is disabled, StoreError.
    """
    kept, network = await room.service.backing.limits_redis(), client_address(request)
    address = address_or_none(email)
    account = address.key if address else email
    await attempts.admit(kept, account, network)
    found = await (await room.service.backing.sign_in()).password(address) if address else None
    check = partial(passwords.fits, password, found["hashed_password"] if found else None)
    if not await to_thread.run_sync(check, limiter=room.hashing) or found is None:
        return None
    await attempts.was_right(kept, account, network)
    if found["is_disabled"]:
        raise SignInRefused("this account is disabled", "ask your operator")
    user_id: UUID = found["user_id"]
    return user_id


async def hashed(room: Room, password: str) -> str:
    """Raises InvalidRequest."""
    passwords.check(password)
    return await to_thread.run_sync(partial(passwords.hashed, password), limiter=room.hashing)
