"""What XML of an invoice costs: made, held to the schema, held to the rules in a child, and what the child holds.

`DOCUMENTS=1000` of each size, all by one child.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from bench.memory import memory_of
from shared.billing.documents.validation import Validator, by_schema
from shared.billing.documents.xml import xml
from tests.made_documents import document, line

DOCUMENTS = int(os.environ.get("DOCUMENTS") or 1000)
LINES = {3: 1, 60: 5, 400: 50}
"""Lines of a document, and by how much fewer documents of that size there are."""
EARLY = 100
"""Documents after which the child's memory is first looked at."""


def run() -> dict[str, Any]:
    with Validator() as validator:
        started = _milliseconds(lambda: validator.check(xml(document())))
        for _ in range(EARLY):
            validator.check(xml(document()))
        early = _held()
        rows = [_measured(validator, lines, DOCUMENTS // fewer) for lines, fewer in LINES.items()]
        for _ in range(DOCUMENTS):
            validator.check(xml(document()))
        late = _held()
    return {
        "first document, ms": round(started),
        f"child after {EARLY} documents, MB": early,
        f"child after {EARLY + sum(row['documents'] for row in rows) + DOCUMENTS} documents, MB": late,
        "rows": rows,
    }


def _measured(validator: Validator, lines: int, documents: int) -> dict[str, Any]:
    shown = document([line("20.00", quantity=400, unit_price="0.05")] * lines)
    made = xml(shown)
    return {
        "lines": lines,
        "documents": documents,
        "bytes": len(made),
        "made, ms": _median(lambda: xml(shown), documents),
        "schema, ms": _median(lambda: by_schema(made), documents),
        "schema and rules, ms": _median(lambda: validator.check(made), documents),
    }


def _median(work: Callable[[], object], times: int) -> float:
    return round(median(_milliseconds(work) for _ in range(times)), 2)


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _held() -> float | None:
    """Megabytes of the child; None where the system does not tell."""
    try:
        [child] = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    except OSError:
        return None
    found = memory_of(int(child))
    return round(found.rss) if found else None
