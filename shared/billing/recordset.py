"""Rows and ids of a batch, as text that one statement reads."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from shared.visible import visible_json

_ESCAPED = re.compile(r"\\[bfrtu]")
"""What is no plain character, as JSON writes it: only then is there anything to clean."""


def written(rows: Sequence[Mapping[str, Any]]) -> Jsonb:
    """Instants, days, ids and amounts become text, of which the statement's columns read them again."""
    return Jsonb(rows, dumps=_dumps)


def array(ids: Iterable[UUID]) -> str:
    """Ids as a statement's `::uuid[]` reads them; psycopg would look at each for what it may have to quote."""
    return "{" + ",".join(map(str, ids)) + "}"


def _dumps(rows: Any) -> str:
    text = json.dumps(rows, default=_text)
    return json.dumps(visible_json(rows), default=_text) if _ESCAPED.search(text) else text


def _text(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
