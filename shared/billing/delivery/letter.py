"""Pure: a letter, and the e-mail that carries it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import idna

from shared.errors import InvalidRequest
from shared.one_line import one_line
from shared.visible import visible

_LONGEST: Final = 200
"""Characters of a subject and of a name."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """`media_type` is such as `application/pdf`."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """`recipient` is an e-mail address as people type it."""

    recipient: str
    name: str | None
    subject: str
    text: str
    html: str
    language: str
    attachments: Sequence[Attachment] = ()


def mail(letter: Letter, sender: str, message_id: str, now: datetime) -> EmailMessage:
    """`sender` is `billing@example.org` or `Name <billing@example.org>`. Raises InvalidRequest for an address."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = mailbox(*name_and_address(sender))
    message["To"] = mailbox(letter.name, letter.recipient)
    message["Subject"] = _short(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    for one in letter.attachments:
        main, _, sub = one.media_type.partition("/")
        message.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    message["Content-Language"] = letter.language
    return message


def on_the_wire(address: str) -> str:
    """The address with its domain in ASCII. Raises InvalidRequest."""
    local, at, domain = address.rpartition("@")
    try:
        if not domain.isascii():
            domain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        domain = ""
    if not (local and at and domain) or any(sign.isspace() or not sign.isprintable() for sign in address):
        raise InvalidRequest(
            f"{address[:60]!r} is no e-mail address",
            "lectern-admin customer set EMAIL --invoice-email ADDRESS",
        )
    return f"{local}@{domain}"


def name_and_address(sender: str) -> tuple[str, str]:
    """Of one mailbox as a header has it. Raises InvalidRequest."""
    read = policy.SMTP.header_factory("From", sender)
    found = read.addresses if isinstance(read, AddressHeader) else ()
    if len(found) != 1:
        raise InvalidRequest(f"{sender[:60]!r} is not one address", "name one such as billing@example.org")
    return found[0].display_name, found[0].addr_spec


def mailbox(name: str | None, address: str) -> Address:
    """As a header has it. Raises InvalidRequest."""
    local, _, domain = on_the_wire(address).rpartition("@")
    return Address(_short(name or ""), username=local, domain=domain)


def _short(text: str) -> str:
    return one_line(visible(text))[:_LONGEST]
