"""Where every way to sign in ends: a session, and the page that somebody wanted."""

from collections.abc import Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mcp_server.http.sign_in.room import Room
from mcp_server.http.sign_in.sessions import begin
from shared.errors import SignInRefused


async def enter(
    room: Room, request: Request, user_id: UUID, by: str, back: str, groups: Sequence[str] | None = None
) -> Response:
    """`groups` are those that a provider tells. Raises SignInRefused for whom is disabled, StoreError."""
    if groups is not None:
        await (await room.service.backing.sign_in()).set_groups(user_id, groups)
    answer = RedirectResponse(back, 303, {"Cache-Control": "no-store"})
    if not await begin(room.service, request, answer, user_id, by):
        raise SignInRefused("this account is disabled", "ask your operator")
    return answer
