"""What the parts of the benchmark found, as one page of Markdown and as tables on a terminal."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Found = Mapping[str, Any]
"""Of one part: `rows`, each a mapping of column to value; `notes`, sentences; other figures by name."""
INT8 = {"avx512_vnni": "VNNI", "avx_vnni": "VNNI", "avx2": "AVX2 without VNNI"}
"""Flags of a processor, the best first, and what int8 runs by with them."""


def markdown(parts: Mapping[str, tuple[str, Found]], plots: Sequence[str] = ()) -> str:
    """The page: parts by name, each with its title and what it found; plots are paths beside the page."""
    sections = [
        "# Benchmarks",
        "Made by `make bench`; each part says when and where. To repeat one: "
        '`.venv/bin/python -m bench PART`, with `SIZES="1000 10000 100000 100000/100"` for larger libraries and '
        "`GROWTH=10000` to watch memory over so many calls; `PACE=110 ROUNDS=5` for a host that others use as well. "
        "What is measured is the documentation that `make corpus` unpacks. Three rows want more and are left out "
        "without it: `PEER_QDRANT`, the Python of an environment with mcp-server-qdrant 0.8; `BENCH_NODE_MODULES`, a "
        "directory where npm installed @upstash/context7-mcp; `LECTERN_TEST_QDRANT_URL`, a Qdrant server.",
    ]
    for name, (title, found) in parts.items():
        sections += [
            f"## {title}",
            *_tables(found),
            "\n".join(f"- {note}" for note in found.get("notes", ())),
        ]
        sections += [
            f"![{title}]({plot})" for plot in plots if Path(plot).stem.startswith(f"benchmarks-{name}")
        ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _tables(found: Found) -> list[str]:
    single = {name: value for name, value in found.items() if not isinstance(value, list | Mapping)}
    tables = [table([{"": name, "figure": value} for name, value in single.items()])] if single else []
    for name, value in found.items():
        if isinstance(value, Mapping):
            inner = [
                {"": key, **(item if isinstance(item, Mapping) else {"figure": item})}
                for key, item in value.items()
            ]
            tables.append(table(inner))
        elif name != "growth" and isinstance(value, list) and value and isinstance(value[0], Mapping):
            tables.append(table(value))
    return tables


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table; one of a few rows with many columns lies on its side."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns, *([_said(row.get(name)) for name in columns] for row in rows)]
    if len(columns) > 9:
        lines = [list(line) for line in zip(*lines, strict=True)]
    head, *body = lines
    under = ["---", *("--:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, under, *body))


def show(found: Found) -> None:
    """On a terminal."""
    console = Console()
    for rows in found.values():
        if isinstance(rows, list) and rows and isinstance(rows[0], Mapping):
            columns = list(dict.fromkeys(name for row in rows for name in row))
            shown = Table(box=None)
            shown.add_column("")
            for _ in rows:
                shown.add_column("", justify="right")
            for name in columns:
                shown.add_row(name, *(_said(row.get(name)) for row in rows))
            console.print(shown)
    for note in found.get("notes", ()):
        console.print(note, style="dim")


def when_and_where() -> str:
    """Today, this machine, and how much else goes on here: a figure of a busy machine is none of the program."""
    load = f"load average {os.getloadavg()[0]:.1f} before it began"
    return f"{date.today():%d %B %Y} on {machine()}; {load}."  # noqa: DTZ011 - a day


def machine() -> str:
    """Processor, cores, memory and Python of this machine."""
    return (
        f"{_processor()}{_int8()}, {os.cpu_count()} cores, {_gigabytes()}, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def _processor() -> str:
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _int8() -> str:
    """What the embedding model runs by: with a dot product of bytes it is about twice as fast."""
    flags = _cpuinfo("flags").split()
    found = next((name for flag, name in INT8.items() if flag in flags), "")
    return found and f" ({found})"


def _cpuinfo(key: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(": ")[2] for line in lines if line.startswith(key)), "")


def _gigabytes() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB"
    except (ValueError, OSError):
        return "memory unknown"


def _said(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
