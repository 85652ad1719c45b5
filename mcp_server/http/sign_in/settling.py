"""What is done about an identity that a provider vouches for, as the decision says."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from mcp_server.http.sign_in.entering import enter
from mcp_server.http.sign_in.link_page import offer
from mcp_server.http.sign_in.room import Room
from shared.accounts.sign_in.decision import (
    Added,
    Confirm,
    Decision,
    Identity,
    Invited,
    Reason,
    Refused,
    SignedIn,
    decided,
)
from shared.errors import SignInRefused

_OPERATOR: Final = "ask your operator"
_WHY: Final[Mapping[Reason, tuple[str, str]]] = {
    "issuer": (
        "the name of this provider stands for another issuer here",
        "the operator names the new issuer otherwise by LECTERN_OIDC_NAME",
    ),
    "disabled": ("this account is disabled", _OPERATOR),
    "other_identity": (
        "the account signs in by another identity already",
        f"use that one, or {_OPERATOR} to disconnect it",
    ),
    "others": ("another account signs in by this identity already", "use another one, or set a password"),
    "unverified": (
        "the provider does not say that your e-mail address is verified",
        f"verify it there, or {_OPERATOR} for an invitation",
    ),
    "not_invited": ("there is no account for your e-mail address", f"{_OPERATOR} for an invitation"),
}
_TRIES: Final = 2
"""Somebody else may come first; then what they did is known."""


async def settled(
    room: Room, request: Request, title: str, identity: Identity, back: str, invitation: str | None
) -> Response:
    """Raises SignInRefused, StoreError."""
    store, now = await room.service.backing.sign_in(), room.service.clock()
    for _ in range(_TRIES):
        facts = await store.facts(identity, invitation, room.service.settings.sign_in_domains, now)
        decision = decided(identity, facts)
        if isinstance(decision, Confirm):
            return await offer(room, request, title, identity, decision.person, back)
        if user_id := await _user(room, identity, decision, invitation):
            return await enter(room, request, user_id, identity.provider, back, identity.groups)
    raise SignInRefused("somebody else signed in by this meanwhile", "begin again")


async def _user(room: Room, identity: Identity, decision: Decision, invitation: str | None) -> UUID | None:
    """Who signs in, once it is written down; None where somebody else came first."""
    store = await room.service.backing.sign_in()
    match decision:
        case SignedIn(user_id):
            return user_id if await store.bind(identity.provider, identity.issuer) else None
        case Invited(user_id):
            return await store.accept(invitation or "", room.service.clock(), identity=identity)
        case Added(address):
            return await store.add(address, identity)
        case Refused(reason):
            raise SignInRefused(*_WHY[reason])
        case Confirm():
            return None
