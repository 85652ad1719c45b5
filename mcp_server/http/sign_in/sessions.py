"""Who is signed in in a browser, and whether a form that it sends is one of ours."""

from datetime import timedelta
from hmac import compare_digest
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mcp_server.http.service import Service
from mcp_server.http.sign_in import cookies
from mcp_server.http.sign_in.next_page import HOME, ours
from mcp_server.http.sign_in.values import Session, Visit
from shared.accounts.sign_in.secret import derived, hash_of, token
from shared.errors import Forbidden

__all__ = ["Session", "begin", "checked_form", "end", "sign_in_first", "signed_in"]

LASTS: Final = timedelta(hours=12)
_AGAIN: Final = "open the page again, and send it from there"


async def signed_in(service: Service, request: Request) -> Session | None:
    """Raises StoreError."""
    carried = cookies.carried(request, cookies.SESSION)
    if carried is None:
        return None
    store = await service.backing.sign_in()
    hashed = hash_of(carried)
    row = await store.session(hashed, service.clock())
    return Session(hashed, row["user_id"], row["email"], derived(carried, "form")) if row else None


async def begin(service: Service, request: Request, response: Response, user_id: UUID, by: str) -> bool:
    """Sign the browser in, and whoever was before, out. False for whom is disabled. Raises StoreError."""
    store, now, made = await service.backing.sign_in(), service.clock(), token(service.random)
    if not await store.begin_session(hash_of(made), user_id, by, now, now + LASTS):
        return False
    await _forget(service, request)
    cookies.carry(response, cookies.SESSION, made, int(LASTS.total_seconds()))
    return True


async def end(service: Service, request: Request, response: Response) -> None:
    """Raises StoreError."""
    await _forget(service, request)
    cookies.drop(response, cookies.SESSION)


async def checked_form(service: Service, request: Request, who: Session | Visit) -> FormData:
    """What was sent. Raises Forbidden unless it comes from a page that this browser got from us."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin in (None, "null"):  # a page without a referrer says so little; the browser itself says more
        if site != "same-origin":
            raise Forbidden("this form comes from another site", _AGAIN)
    elif not compare_digest(origin.encode(), service.public_url.encode()):
        raise Forbidden("this form comes from another site", _AGAIN)
    form = _whole(await request.form(max_files=0, max_fields=50))
    given = form.get("csrf")
    if not isinstance(given, str) or not compare_digest(given.encode(errors="replace"), who.csrf.encode()):
        raise Forbidden("this form is too old, or not from this browser", _AGAIN)
    return form


def sign_in_first(request: Request) -> RedirectResponse:
    """To the page for it, which leads back here."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = ours(wanted) if request.method == "GET" else HOME
    return RedirectResponse(f"/sign-in?{urlencode({'next': back})}", 303)


def _whole(form: FormData) -> FormData:
    """With a `?` for half a character, which a sender's charset may make and nothing of ours can write."""
    return FormData(
        [
            (name, value.encode(errors="replace").decode() if isinstance(value, str) else value)
            for name, value in form.multi_items()
        ]
    )


async def _forget(service: Service, request: Request) -> None:
    if carried := cookies.carried(request, cookies.SESSION):
        await (await service.backing.sign_in()).end_session(hash_of(carried))
