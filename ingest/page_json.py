"""An extracted page as JSON and back, as the `documents` table keeps it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from shared.model.document import Document, ExtractedPage, Section


def to_json(page: ExtractedPage) -> dict[str, Any]:
    return asdict(page)


def from_json(data: Mapping[str, Any]) -> ExtractedPage:
    document = dict(data["document"])
    sections = tuple(Section(**section) for section in document.pop("sections"))
    rest = {name: value for name, value in data.items() if name != "document"}
    return ExtractedPage(
        document=Document(**document, sections=sections), **rest | {"links": tuple(data["links"])}
    )
