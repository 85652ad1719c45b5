"""Pure: what any of PayPal's objects may bear."""

from datetime import datetime
from typing import Any
from uuid import UUID

Json = dict[str, Any]


def id_of(body: Json) -> str:
    """Raises TypeError where it is no text."""
    if not isinstance(body["id"], str):
        raise TypeError("an id is text")
    return body["id"]


def link(body: Json, *rels: str) -> str | None:
    """The first of them that the object has."""
    found = {str(one.get("rel")): str(one.get("href")) for one in body.get("links") or ()}
    return next((found[rel] for rel in rels if rel in found), None)


def above(body: Json, kind: str) -> str | None:
    """The id of the order or capture that it belongs to."""
    parts = (link(body, "up") or "").split("?")[0].split("/")
    return parts[-1] if len(parts) > 1 and parts[-2] == kind and parts[-1].isalnum() else None


def uuid_of(text: Any) -> UUID | None:
    """An id of ours, None for whatever else stands there."""
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


def instant(text: Any) -> datetime | None:
    try:
        made = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return made if made.tzinfo else None
