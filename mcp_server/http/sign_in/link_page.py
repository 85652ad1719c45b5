"""`/sign-in/link`: whoever has an account proves that by its password or a mailed link, and the identity is theirs."""

from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from mcp_server.http.pages.render import rendered, told
from mcp_server.http.sign_in.entering import enter
from mcp_server.http.sign_in.mailing import can_mail, mail_link
from mcp_server.http.sign_in.password_page import text
from mcp_server.http.sign_in.proving import WRONG, proved
from mcp_server.http.sign_in.room import Room
from mcp_server.http.sign_in.sessions import checked_form
from mcp_server.http.sign_in.values import Visit
from mcp_server.http.sign_in.visits import begun_here, visit
from shared.accounts.sign_in.brought import BEGIN_AGAIN
from shared.accounts.sign_in.decision import Identity, Person
from shared.accounts.sign_in.secret import hash_of, token
from shared.errors import SignInRefused, TooManyAttempts

SECONDS: Final = 15 * 60
MOST_MAILS: Final = 3
"""To one account in that time, whoever asks for them."""


async def offer(
    room: Room, request: Request, title: str, identity: Identity, person: Person, back: str
) -> Response:
    """The page that asks for the proof. Raises SignInRefused where no proof is possible."""
    if not person.has_password and not can_mail(room):
        raise SignInRefused(
            "there is an account with your e-mail address, and this service sends no mail to prove it is yours",
            "ask your operator for an invitation",
        )
    kept = {
        "title": title,
        "provider": identity.provider,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "groups": identity.groups,
        "user_id": str(person.user_id),
        "email": person.email,
        "has_password": person.has_password,
        "next": back,
    }
    seen = begun_here(request)
    await (await room.service.backing.limits_redis()).put(_key(seen.id), kept, SECONDS)
    return _page(kept, seen)


async def confirm(room: Room, request: Request) -> Response:
    """The password, or the wish for a link."""
    seen = begun_here(request)
    form = await checked_form(room.service, request, seen)
    kept = await _pending(room, seen)
    if not kept["has_password"]:
        return await _mailed(room, kept, seen)
    user_id = await proved(room, request, kept["email"], text(form, "password"))
    if user_id is None:
        return _page(kept, seen, WRONG, 403)
    return await _connected(room, request, seen, str(user_id), "password")


async def follow(room: Room, request: Request) -> Response:
    """The link of the mail; in another browser than the one that asked, it could be a stranger who asked."""
    redis, key = await room.service.backing.limits_redis(), _mail_key(request.path_params["token"])
    mailed, seen = await redis.get(key), visit(request)
    if mailed is None:
        raise SignInRefused("this link was used already, or is older than 15 minutes", BEGIN_AGAIN)
    if seen is None or seen.id != mailed["visit"]:
        raise SignInRefused("this sign-in began in another browser", "open the link in that one")
    if await redis.take(key) is None:
        raise SignInRefused("this link was used already", BEGIN_AGAIN)
    return await _connected(room, request, seen, mailed["user_id"], "mail")


async def _mailed(room: Room, kept: dict[str, Any], seen: Visit) -> Response:
    redis = await room.service.backing.limits_redis()
    if await redis.count(f"sign_in:mails:{kept['user_id']}", SECONDS) > MOST_MAILS:
        raise TooManyAttempts("this address was mailed several links already", "use one of them", SECONDS)
    made = token(room.service.random)
    await redis.put(_mail_key(made), {"visit": seen.id, "user_id": kept["user_id"]}, SECONDS)
    await mail_link(room, UUID(kept["user_id"]), kept["email"], kept["title"], made)
    return told("See your mail", f"A link is on its way to {kept['email']}.", "Open it in this browser.")


async def _connected(room: Room, request: Request, seen: Visit, user_id: str, by: str) -> Response:
    kept = await (await room.service.backing.limits_redis()).take(_key(seen.id))
    if kept is None or kept["user_id"] != user_id:
        raise SignInRefused("this sign-in was used already, or is older than 15 minutes", BEGIN_AGAIN)
    identity = Identity(kept["provider"], kept["issuer"], kept["subject"], None, False)
    if not await (await room.service.backing.sign_in()).connect(UUID(user_id), identity, by):
        raise SignInRefused("the account or the identity is in use by another meanwhile", BEGIN_AGAIN)
    return await enter(room, request, UUID(user_id), identity.provider, kept["next"], kept["groups"])


async def _pending(room: Room, seen: Visit) -> dict[str, Any]:
    kept: dict[str, Any] | None = await (await room.service.backing.limits_redis()).get(_key(seen.id))
    if kept is None:
        raise SignInRefused("this sign-in was used already, or is older than 15 minutes", BEGIN_AGAIN)
    return kept


def _page(kept: dict[str, Any], seen: Visit, error: str = "", status: int = 200) -> Response:
    return rendered(
        "link.html.jinja",
        status=status,
        provider=kept["title"],
        email=kept["email"],
        has_password=kept["has_password"],
        action="/sign-in/link",
        csrf=seen.csrf,
        error=error,
    )


def _key(visit_id: str) -> str:
    return f"sign_in:link:{visit_id}"


def _mail_key(made: str) -> str:
    return f"sign_in:mailed:{hash_of(made)}"
