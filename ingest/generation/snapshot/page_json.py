"""An extracted page as JSON and back, as the `documents` table keeps it; what it says as one hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from shared.model.document import Document, ExtractedPage, Section


def to_json(page: ExtractedPage) -> dict[str, Any]:
    return asdict(page)


def content_hash(document: Document) -> bytes:
    """Equal for documents of equal text and structure, whatever bytes and address they came from."""
    said = {name: value for name, value in asdict(document).items() if name != "url"}
    for rare in ("listings", "post"):
        if not said[rare]:
            del said[rare]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()


def from_json(data: Mapping[str, Any]) -> ExtractedPage:
    document = dict(data["document"])
    sections = tuple(Section(**section) for section in document.pop("sections"))
    document["listings"] = tuple((start, end) for start, end in document.get("listings", ()))
    rest = {name: value for name, value in data.items() if name != "document"}
    rest["links"] = tuple(data["links"])
    rest["alternates"] = tuple((language, url) for language, url in data.get("alternates", ()))
    return ExtractedPage(document=Document(**document, sections=sections), **rest)
