"""What HTML and PDF of an invoice cost, `DOCUMENTS=1000` of them made by one process, and what it holds after them.

No two say the same: numbers, names and amounts differ. Medians of what a clock and a processor say.
"""

import os
import time
from decimal import Decimal
from statistics import median
from typing import Any

from bench.memory import memory_of
from shared.billing import money
from shared.billing.documents.document import Document
from shared.billing.documents.html import html
from shared.billing.documents.pdf import pdf
from tests.made_documents import document, line

DOCUMENTS = int(os.environ.get("DOCUMENTS") or 1000)
EARLY = 100
"""Documents after which memory is first looked at."""
FORMS = ("HTML", "PDF")


def run() -> dict[str, Any]:
    walls: dict[str, list[float]] = {form: [] for form in FORMS}
    cpus: dict[str, list[float]] = {form: [] for form in FORMS}
    sizes, early = [], None
    for number in range(DOCUMENTS):
        made = _invoice(number)
        page = _timed(lambda made=made: html(made), walls["HTML"], cpus["HTML"])
        sizes.append(len(_timed(lambda page=page: pdf(page), walls["PDF"], cpus["PDF"])))
        if number + 1 == EARLY:
            early = _held()
    late = _held()
    return {
        "documents": DOCUMENTS,
        "bytes of a PDF": round(median(sizes)),
        f"RSS after {EARLY}, MB": early,
        f"RSS after {DOCUMENTS}, MB": late,
        "growth": f"{late / early:.3f}" if early and late else None,
        "rows": [
            {
                "form": form,
                "median, ms": round(median(walls[form]), 2),
                "95 %, ms": round(sorted(walls[form])[int(len(walls[form]) * 0.95)], 2),
                "processor, median, ms": round(median(cpus[form]), 2),
            }
            for form in FORMS
        ],
    }


def _invoice(number: int) -> Document:
    """A fee, two tiers of usage and a line below zero, as most have."""
    used = [1000 + 7 * number, 20_000 + 13 * number]
    usage = [
        line(
            money.rounded(units * Decimal(price), "EUR"),
            quantity=units,
            unit_price=price,
            type="usage",
            description=f"Requests beyond {10_000 * tier:,}",
            metadata={"wording": {"key": "requests_beyond", "units": 10_000 * tier}},
        )
        for tier, (units, price) in enumerate(zip(used, ("0.0008", "0.0005"), strict=True), 1)
    ]
    return document(
        [line("49.00"), *usage, line("-4.35", description="Unused time of Basic")],
        number=f"LECT-2026-{number + 1:06}",
        note=f"Order {number}",
        locale="fr" if number % 2 else "en",
    )


def _timed(work: Any, walls: list[float], cpus: list[float]) -> Any:
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    walls.append((time.perf_counter() - wall) * 1000)
    cpus.append((time.process_time() - cpu) * 1000)
    return made


def _held() -> float | None:
    """Megabytes; None where the system does not tell."""
    found = memory_of(os.getpid())
    return round(found.rss, 1) if found else None
