"""How far a crawl is: live on a terminal, a plain line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from ingest.report.report import Progress
from shared.counted import counted

PLAIN_EVERY = 5.0
"""Seconds between two plain lines."""
SETTLED = 5.0
"""Seconds until a rate means something."""
Clock = Callable[[], float]


@contextmanager
def shown(
    console: Console, title: str, clock: Clock = time.monotonic
) -> Iterator[Callable[[Progress], None]]:
    """Gives a function that takes what is to be shown; the display is gone when the block ends."""
    if not console.is_terminal:
        yield _plain(console, clock)
        return
    view = _View(title, clock)
    with Live(view, console=console, refresh_per_second=8, transient=True):
        yield view.update


def rate(embedded: int, seconds: float) -> str:
    """Embeddings a second, as people read it."""
    return f"{embedded / seconds:.0f}/s" if embedded and seconds > 0 else "–"


def left(progress: Progress, per_second: float) -> str:
    """Time until all that is known so far has its vector."""
    missing = progress.chunks - progress.embedded
    return span(missing / per_second) if missing > 0 and per_second > 0 else "–"


def span(seconds: float) -> str:
    """A length of time: `4.2 s`, `3 min 05 s`, `1 h 02 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def moment(when: datetime) -> str:
    """A point in time, by the clock of whoever looks."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


class _Count(ProgressColumn):
    """`12 of 1,170`; nothing before there is anything."""

    def render(self, task: Task) -> Text:
        if task.total is None:
            return Text("")
        return Text.assemble(f"{task.completed:>7,.0f}", (" of ", "dim"), f"{task.total:,.0f}")


class _View:
    """Two bars and a line of counts."""

    def __init__(self, title: str, clock: Clock) -> None:
        self._title = title
        self._clock = clock
        self._began = clock()
        self._progress = Progress()
        self._bars = Bars(
            SpinnerColumn(style="cyan"),
            TextColumn("{task.description:<9}"),
            BarColumn(bar_width=36, complete_style="cyan", finished_style="green"),
            _Count(),
            TextColumn("[dim]{task.fields[note]}[/]"),
        )
        self._pages = self._bars.add_task("pages", total=None, note="")
        self._chunks = self._bars.add_task("vectors", total=None, note="")

    def update(self, progress: Progress) -> None:
        """What comes after the pages, as building the index, counts none: what was counted before stays to be seen."""
        counted_none = not progress.outcomes and self._progress.outcomes
        after = replace(
            self._progress, stage=progress.stage, chunks=progress.chunks, embedded=progress.embedded
        )
        self._progress = after if counted_none else progress

    def __rich__(self) -> Group:
        now, seen = self._progress, self._clock() - self._began
        per_second = now.computed / seen if seen > 0 else 0.0
        done = now.outcomes
        self._bars.update(self._pages, completed=done, total=max(now.found, done) or None, note=now.stage)
        told = seen > SETTLED and now.computed and now.embedded < now.chunks
        note = f"{rate(now.computed, seen)}  {left(now, per_second)} left" if told else ""
        self._bars.update(self._chunks, completed=now.embedded, total=now.chunks or None, note=note)
        counts = Table.grid(padding=(0, 3))
        counts.add_row(
            f"[green]{now.fetched:,} fetched[/]",
            f"{now.unchanged:,} unchanged",
            f"[yellow]{now.skipped:,} skipped[/]" if now.skipped else "[dim]0 skipped[/]",
            f"[red]{now.failed:,} failed[/]" if now.failed else "[dim]0 failed[/]",
            *([f"[yellow]{counted(now.dead, 'dead link')}[/]"] if now.dead else []),
            f"[dim]{span(seen)}[/]",
        )
        return Group(f"[bold]{self._title}[/]", self._bars, counts)


def _plain(console: Console, clock: Clock) -> Callable[[Progress], None]:
    began = said = clock()
    stage = ""

    def say(progress: Progress) -> None:
        nonlocal said, stage
        now = clock()
        if progress.stage == stage and now - said < PLAIN_EVERY:
            return
        said, stage = now, progress.stage
        pages = counted(progress.found, "page")
        if progress.fetched or progress.unchanged or not progress.chunks:
            pages += (
                f" found, {progress.fetched:,} fetched, {progress.unchanged:,} unchanged, "
                f"{progress.skipped:,} skipped, {progress.failed:,} failed"
            )
        dead = f", {counted(progress.dead, 'dead link')}" if progress.dead else ""
        speed = f" ({rate(progress.computed, now - began)})" if progress.computed else ""
        console.print(
            f"{span(now - began)}: {progress.stage}: {pages}{dead}, "
            f"{counted(progress.chunks, 'chunk')}, {progress.embedded:,} with vectors{speed}"
        )

    return say
