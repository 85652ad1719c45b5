"""Plots of what `bench.scale` found: how latency, memory and disk grow with a library, and memory with calls."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

INK, FAINT, GRID = "#24292f", "#6e7781", "#eaeef2"
BLUE, ORANGE, GREEN = "#0969da", "#bc4c00", "#1a7f37"
Lines = Sequence[tuple[str, str, str]]
"""Column, colour and label of each."""
BY_SIZE: Sequence[tuple[str, str, Lines]] = (
    (
        "One question",
        "ms",
        (
            ("uncached p95 ms", ORANGE, "p95"),
            ("uncached p50 ms", BLUE, "p50"),
            ("cached p50 ms", GREEN, "cached"),
        ),
    ),
    (
        "Memory of the server",
        "MB",
        (("PSS MB", ORANGE, "with shared files"), ("anonymous MB", BLUE, "its own")),
    ),
    ("Disk", "MB", (("PostgreSQL MB", BLUE, "PostgreSQL"), ("index MB", ORANGE, "index"))),
)
CROWDED = 0.1
"""Of the height: lines that end nearer to each other than that have their names on both sides."""
Rows = Sequence[Mapping[str, Any]]


def scale(found: Mapping[str, Any], file: Path) -> None:
    """Write the plot; its format is that of the file's name."""
    import matplotlib as mpl

    mpl.use("svg" if file.suffix == ".svg" else "agg")
    from matplotlib import pyplot
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    mpl.rcParams.update(
        {
            "font.family": "sans-serif",
            "font.sans-serif": ["Inter", "Helvetica Neue", "Arial", "DejaVu Sans"],
            "font.size": 9,
            "text.color": INK,
            "axes.edgecolor": GRID,
            "axes.labelcolor": FAINT,
            "xtick.color": FAINT,
            "ytick.color": FAINT,
            "svg.fonttype": "none",
            "svg.hashsalt": "lectern",
        }
    )
    rows = [row for row in found["rows"] if row["libraries"] == 1 and row["vectors"] == "edge"]
    growth = found.get("growth") or []
    panels = 4 if growth else 3
    figure, axes = pyplot.subplots(
        1, panels, figsize=(3.1 * panels, 3.0), layout=ConstrainedLayoutEngine(w_pad=0.15, wspace=0.04)
    )
    for axis, (title, unit, lines) in zip(axes, BY_SIZE, strict=False):
        _by_size(axis, title, unit, rows, lines)
    if growth:
        calls = [point["calls"] for point in growth]
        _panel(axes[3], "Memory over calls", "MB", "calls")
        for name, colour, label in (
            ("PSS MB", ORANGE, "with shared files"),
            ("anonymous MB", BLUE, "its own"),
        ):
            _line(axes[3], calls, [point[name] for point in growth], colour, label, marker="")
        _from_zero(axes[3], calls)
    figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None, dpi=150)
    pyplot.close(figure)


def _by_size(axis: Any, title: str, unit: str, rows: Rows, lines: Lines) -> None:
    _panel(axis, title, unit, "chunks in the library")
    axis.set_xscale("log")
    sizes = [row["chunks"] for row in rows]
    ends = sorted(rows[-1][name] or 0 for name, _, _ in lines)
    crowded = ends[1] - ends[0] < CROWDED * ends[-1]
    for name, colour, label in lines:
        values = [row[name] or 0 for row in rows]
        _line(axis, sizes, values, colour, label, below=crowded and values[-1] == ends[0])
    axis.set_xticks(sizes, [_short(size) for size in sizes])
    axis.minorticks_off()
    _from_zero(axis, sizes)


def _panel(axis: Any, title: str, unit: str, below: str) -> None:
    axis.set_title(f"{title}, {unit}", loc="left", fontsize=10, fontweight="bold", pad=10)
    axis.set_xlabel(below)
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.grid(axis="y", color=GRID)
    axis.set_axisbelow(True)
    axis.tick_params(length=0)
    axis.yaxis.set_major_locator(_locator())


def _locator() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(5)


def _line(
    axis: Any,
    across: Sequence[float],
    values: Sequence[float],
    colour: str,
    label: str,
    *,
    marker: str = "o",
    below: bool = False,
) -> None:
    axis.plot(
        across, values, color=colour, linewidth=1.8, marker=marker, markersize=4, solid_capstyle="round"
    )
    axis.annotate(
        label,
        (across[-1], values[-1]),
        xytext=(6, -12) if below else (0, 6),
        textcoords="offset points",
        ha="left" if below else "right",
        color=colour,
        fontsize=8.5,
    )


def _from_zero(axis: Any, across: Sequence[float]) -> None:
    axis.set_ylim(0, axis.get_ylim()[1] * 1.12)
    if across[0] == across[-1]:
        axis.set_xlim(across[0] / 2, across[0] * 2)


def _short(number: int) -> str:
    return f"{number // 1_000_000}M" if number >= 1_000_000 else f"{number // 1000}k"
