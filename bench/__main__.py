"""`make bench`, or `python -m bench [PART ...]`: every part, one after another; figures as JSON, a page and plots.

PACE=110 waits before every part, and before latency is measured, until a plain loop takes no more milliseconds: for a
host that others use as well. OUT is the directory of results.json (`.cache/bench-results` if it is not said).
`docs/benchmarks.md` is written only where every part was run.
"""

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.pace import pace, wait_for_quiet
from bench.report import machine, markdown, show, when_and_where

ROOT = Path(__file__).parents[1]
OUT = Path(os.environ.get("OUT") or ROOT / ".cache" / "bench-results")
PARTS = {
    "retrieval": "Answers to questions",
    "budgets": "What an answer of each size holds",
    "ablation": "What each part of the ranking adds",
    "ingestion": "Embedding",
    "scale": "Scale",
    "names": "Names of libraries",
    "start": "Start of the server",
    "peers": "Beside others",
    "stages": "Stages of a crawl",
    "spool": "Usage rows through kills",
    "limits": "Limits of callers",
    "gate": "What a key costs",
    "team": "A team's service",
    "books": "A month's end",
    "simulation": "Years of a firm",
    "payments": "Years of a firm that is paid",
    "documents": "Invoices as HTML and PDF",
    "delivery": "Invoices by e-mail",
    "invoice_xml": "XML of invoices",
}
"""Module of this package, with `run() -> dict`, and its title."""


def main(wanted: list[str]) -> None:
    console = Console(stderr=True)
    found: dict[str, Any] = {}
    for name in wanted or PARTS:
        if find_spec(f"bench.{name}") is None:
            continue
        console.print(f"{PARTS[name]} …", style="bold")
        pace_before, before = wait_for_quiet(), when_and_where()
        part = import_module(f"bench.{name}").run()
        paces = f"A plain loop took {pace_before:.0f} ms before and {pace():.0f} ms after it."
        found[name] = {**part, "notes": [*part.get("notes", ()), f"{before} {paces}"]}
        show(found[name])
        keep(found)  # a later part may fail
    page = ROOT / "docs" / "benchmarks.md" if not wanted else OUT / "benchmarks.md"
    write(page, found)
    console.print(f"{page} and {OUT / 'results.json'}")


def keep(found: Mapping[str, Any]) -> None:
    """What was found so far, as JSON."""
    OUT.mkdir(parents=True, exist_ok=True)
    kept = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), **found}
    (OUT / "results.json").write_text(json.dumps(kept, indent=1) + "\n")


def write(page: Path, found: Mapping[str, Any]) -> None:
    """The page and its plots beside it."""
    plots = []
    if "scale" in found:
        from bench.plot import scale

        plots.append("benchmarks-scale.svg")
        scale(found["scale"], page.with_name(plots[0]))
    page.write_text(markdown({name: (PARTS[name], part) for name, part in found.items()}, plots))


if __name__ == "__main__":
    main(sys.argv[1:])
