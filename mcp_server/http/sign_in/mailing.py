"""The mail with a link by which somebody proves that an account is theirs."""

from uuid import UUID

from mcp_server.http.sign_in.room import Room
from shared.billing.delivery.at_once import send
from shared.billing.delivery.sign_in import proof


def can_mail(room: Room) -> bool:
    return room.service.settings.smtp_url is not None


async def mail_link(room: Room, user_id: UUID, email: str, title: str, token: str) -> None:
    """In the user's language. Raises DeliveryStopped, StoreError."""
    service = room.service
    url = f"{service.public_url}/sign-in/link/{token}"
    locale = await (await service.backing.sign_in()).locale(user_id)
    note = proof(email, url, title, service.public_url, locale)
    await send(service.settings, note, service.clock(), service.random)
