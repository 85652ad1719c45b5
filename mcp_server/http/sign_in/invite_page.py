"""`/invite/{token}`: whoever has the link sets a password, or connects a provider."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from mcp_server.http.pages.render import rendered
from mcp_server.http.sign_in.entering import enter
from mcp_server.http.sign_in.next_page import HOME
from mcp_server.http.sign_in.password_page import text
from mcp_server.http.sign_in.provider_page import lead
from mcp_server.http.sign_in.proving import hashed
from mcp_server.http.sign_in.room import Room, as_sentence
from mcp_server.http.sign_in.sessions import checked_form
from mcp_server.http.sign_in.visits import Welcome, begun_here
from shared.accounts.passwords import LEAST_CHARACTERS
from shared.accounts.sign_in.secret import hash_of
from shared.errors import InvalidRequest, SignInRefused
from shared.stores.postgres import Row

REFUSED: Final = "This invitation does not work"


async def show(room: Room, request: Request) -> Response:
    return _page(room, request, await _invitation(room, request))


async def set_password(room: Room, request: Request) -> Response:
    form = await checked_form(room.service, request, begun_here(request))
    row = await _invitation(room, request)
    try:
        made = await hashed(room, text(form, "password"))
    except InvalidRequest as error:
        said = f"{as_sentence(str(error))} {as_sentence(error.hint)}"
        return _page(room, request, row, said, 400)
    store = await room.service.backing.sign_in()
    user_id = await store.accept(_hash(request), room.service.clock(), password=made)
    if user_id is None:
        raise _ended()
    return await enter(room, request, user_id, "invitation", HOME)


async def connect(room: Room, request: Request) -> Response:
    """From the page of the invitation alone: a link elsewhere could connect its reader to a stranger's account."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise SignInRefused("this link leads on from an invitation alone", "open the invitation itself")
    await _invitation(room, request)
    return await lead(room, request, back=HOME, invitation=_hash(request))


async def _invitation(room: Room, request: Request) -> Row:
    row = await (await room.service.backing.sign_in()).invitation(_hash(request), room.service.clock())
    if row is None:
        raise _ended()
    return row


def _ended() -> SignInRefused:
    return SignInRefused(
        "this invitation was used already, or is older than 7 days", "ask your operator for another one"
    )


def _page(room: Room, request: Request, row: Row, error: str = "", status: int = 200) -> Response:
    token, welcome = request.path_params["token"], Welcome(room.service, request)
    page = rendered(
        "invite.html.jinja",
        status=status,
        email=row["email"],
        token=token,
        least=LEAST_CHARACTERS,
        providers=[] if row["has_identity"] else room.ways(f"/invite/{token}"),
        csrf=welcome.visit.csrf,
        error=error,
    )
    return welcome.onto(page)


def _hash(request: Request) -> str:
    return hash_of(request.path_params["token"])
