"""Pure: what a document says in whole sentences, in the customer's language: for every form of it."""

from typing import Final

from shared.billing.documents import formats
from shared.billing.documents.document import Document, Line
from shared.billing.documents.words import Words
from shared.billing.parties.tax import TaxGroup

_FRENCH_LAW: Final = frozenset({"FR", "GF", "GP", "MQ", "RE", "YT"})
"""Where a seller has a legal note without writing one."""


def described(line: Line, said: Words) -> str:
    """What a line is for, in the words of a language where they are ours; what people typed stays."""
    values = dict(line.metadata.get("wording") or {})
    pattern = said["lines"].get(values.pop("key", None))
    if pattern is None:
        return line.description
    if "units" in values:
        values["units"] = formats.number(values["units"], said.formats)
    text: str = pattern.format(**values)
    return text


def note(document: Document, said: Words) -> str | None:
    """A credit note's reason is the description of its lines, in the same words."""
    for line in document.lines:
        if document.note == line.description:
            return described(line, said)
    return document.note


def exemption(group: TaxGroup, document: Document, said: Words) -> str | None:
    """Why a group has no tax; a seller's country may have words of its own for it."""
    if group.note is None:
        return None
    notes = said["notes"]
    text: str = notes.get(f"{group.note}_{document.seller.country}", notes[group.note])
    return text


def legal_note(document: Document, said: Words) -> str | None:
    """The seller's own note for the locale or its language; else what its country's law has an invoice say."""
    language = document.locale.partition("-")[0]
    for locale in (document.locale, language, said.language):
        if own := document.legal_notes.get(locale):
            return own
    if document.kind == "invoice" and document.seller.country in _FRENCH_LAW:
        default: str = said["legal"]["FR"]
        return default
    return None
