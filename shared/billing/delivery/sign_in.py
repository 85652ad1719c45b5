"""Pure: what mails about somebody's sign-in say, in English or French."""

from shared.billing.delivery.at_once import Note
from shared.billing.delivery.words import Words


def invitation(recipient: str, url: str, locale: str) -> Note:
    """`url` is the link by which somebody sets a password or connects a provider."""
    say = Words(locale)
    return Note(recipient, say("invited_subject"), say("invited", url=url), say.language)


def proof(recipient: str, url: str, provider: str, service: str, locale: str) -> Note:
    """`url` is the link by which somebody proves that the account is theirs; `service` is where it is."""
    say = Words(locale)
    text = say("proof", provider=provider, service=service, url=url)
    return Note(recipient, say("proof_subject", provider=provider), text, say.language)
