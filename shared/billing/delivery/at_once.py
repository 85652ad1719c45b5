"""One mail that somebody waits for: sent now, and by no outbox."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from shared.billing.delivery.letter import Letter, mail, name_and_address, on_the_wire
from shared.billing.delivery.smtp import Mailer, Server
from shared.errors import DeliveryStopped, SettingsError
from shared.settings import MailSettings

PATIENCE: Final = 10.0
"""Seconds for each reply of the mail server: somebody waits."""
_LINK: Final = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Note:
    """Plain text to one address; paragraphs have an empty line between them."""

    recipient: str
    subject: str
    text: str
    language: str = "en"


async def send(settings: MailSettings, note: Note, now: datetime, random: Callable[[int], bytes]) -> None:
    """Raises DeliveryStopped where it is not taken, SettingsError, InvalidRequest for an address."""
    if not settings.smtp_url or not settings.mail_from:
        raise SettingsError(
            "no mail can be sent without LECTERN_SMTP_URL and LECTERN_MAIL_FROM", "set them both"
        )
    sender = on_the_wire(name_and_address(settings.mail_from)[1])
    letter = Letter(note.recipient, None, note.subject, note.text, _html(note.text), note.language)
    message = mail(letter, settings.mail_from, f"<{random(16).hex()}@{sender.rpartition('@')[2]}>", now)
    mailer = Mailer(Server.at(settings.smtp_url.get_secret_value()), PATIENCE)
    async with mailer.opened():
        outcome = await mailer.send(message, sender, on_the_wire(note.recipient))
    if outcome.status != "delivered":
        raise DeliveryStopped(
            f"the mail was not taken: {outcome.reason}", "try again, or give the link otherwise"
        )


def _html(text: str) -> str:
    paragraphs = [_LINK.sub(r'<a href="\g<0>">\g<0></a>', escape(one)) for one in text.strip().split("\n\n")]
    return "".join(f"<p>{one}</p>\n" for one in paragraphs)
