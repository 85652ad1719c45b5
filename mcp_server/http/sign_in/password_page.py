"""`/sign-in`: the providers, and a form for those who have a password; `/sign-out`."""

from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mcp_server.http.pages.render import later, rendered, told
from mcp_server.http.sign_in.entering import enter
from mcp_server.http.sign_in.next_page import ours
from mcp_server.http.sign_in.proving import WRONG, proved
from mcp_server.http.sign_in.room import BEGIN, Room, as_sentence
from mcp_server.http.sign_in.sessions import checked_form, end, signed_in
from mcp_server.http.sign_in.visits import Welcome, begun_here
from shared.errors import TooManyAttempts


async def show(room: Room, request: Request) -> Response:
    back = ours(request.query_params.get("next"))
    if await signed_in(room.service, request):
        return RedirectResponse(back, 303)
    return _page(room, request, back)


async def sign_in(room: Room, request: Request) -> Response:
    form = await checked_form(room.service, request, begun_here(request))
    back, email = ours(text(form, "next")), text(form, "email")
    try:
        user_id = await proved(room, request, email, text(form, "password"))
    except TooManyAttempts as error:
        said = f"{as_sentence(str(error))} {as_sentence(error.hint)}"
        return later(_page(room, request, back, said, email, 429), error.wait)
    if user_id is None:
        return _page(room, request, back, WRONG, email, 403)
    return await enter(room, request, user_id, "password", back)


async def sign_out(room: Room, request: Request) -> Response:
    session = await signed_in(room.service, request)
    if session is not None:
        await checked_form(room.service, request, session)
    answer = told("Signed out", "This browser is signed out of Lectern.", onward=BEGIN)
    await end(room.service, request, answer)
    return answer


def text(form: FormData, name: str) -> str:
    """A field of a form; empty where it is missing."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _page(
    room: Room, request: Request, back: str, error: str = "", email: str = "", status: int = 200
) -> Response:
    welcome = Welcome(room.service, request)
    page = rendered(
        "sign_in.html.jinja",
        status=status,
        providers=room.ways("/sign-in", f"?{urlencode({'next': back})}"),
        next=back,
        error=error,
        email=email,
        csrf=welcome.visit.csrf,
    )
    return welcome.onto(page)
