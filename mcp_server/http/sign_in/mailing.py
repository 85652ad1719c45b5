"""The mail with a link by which somebody proves that an account is theirs."""

from mcp_server.http.sign_in.room import Room
from shared.billing.delivery.at_once import Note, send


def can_mail(room: Room) -> bool:
    return room.service.settings.smtp_url is not None


async def mail_link(room: Room, email: str, title: str, token: str) -> None:
    """Raises DeliveryStopped."""
    service = room.service
    url = f"{service.public_url}/sign-in/link/{token}"
    text = (
        f"Somebody who signed in with {title} wants to use the account of this address at {service.public_url}.\n\n"
        "If that is you, open this link within 15 minutes, in the same browser:\n\n"
        f"{url}\n\n"
        "If it is not, do nothing, and nothing changes.\n"
    )
    note = Note(email, f"Connect {title} to your account", text)
    await send(service.settings, note, service.clock(), service.random)
