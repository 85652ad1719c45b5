"""`python -m bench.crawl 100 1000 10000`: a crawl of a generated site, from nothing to served, by its size.

Each size has stores of its own, and each crawl is a process of its own: what it took in memory is its own peak,
not that of its workers. The second table says what a page costs one processor, stage by stage.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ingest.extract import extract
from ingest.jobs.page_task import chunk_document
from shared.embedding.embedder import Embedder
from shared.embedding.locate import locate
from shared.embedding.model import EmbeddingModel
from shared.settings import IngestSettings
from tests.big_site import ROOT, big_site, page

MODELS = ROOT / ".cache" / "models"
SAMPLE = 100
CRAWL = """
import atexit, resource, sys
def tell():
    peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")]
    own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(int(peak[0]) // 1024, own.ru_utime + own.ru_stime, workers.ru_utime + workers.ru_stime, file=sys.stderr)
if __name__ == "__main__":
    atexit.register(tell)
    from ingest.__main__ import main
    main()
"""


@dataclass(frozen=True)
class Run:
    report: dict[str, object]
    seconds: float
    megabytes: int
    """Peak of the main process."""
    own: float
    """Processor seconds of the main process."""
    workers: float


def main(sizes: list[int]) -> None:
    console = Console(width=170)
    table = Table(title=f"{os.cpu_count()} processors", title_justify="left", box=None)
    columns = (
        "pages",
        "chunks",
        "seconds",
        "pages/s",
        "main process",
        "CPU s: main, workers",
        "seconds by stage",
    )
    for column in (*columns, "refresh, unchanged"):
        table.add_column(column, justify="right")
    for size in sizes:
        first, again = crawled_and_refreshed(size)
        report = first.report
        stages = report["stages"]
        assert isinstance(stages, dict)
        table.add_row(
            f"{report['pages']:,}",
            f"{report['chunks']:,}",
            f"{first.seconds:.1f}",
            f"{size / first.seconds:.1f}",
            f"{first.megabytes} MB",
            f"{first.own:.1f}, {first.workers:.1f}",
            ", ".join(f"{name} {seconds:.1f}" for name, seconds in stages.items()),
            f"{again.seconds:.1f} s, {again.megabytes} MB, {again.report['embedded']} embedded",
        )
        console.print(table)
    console.print(costs(locate(IngestSettings(home=ROOT / ".cache"))))


def crawled_and_refreshed(pages: int) -> tuple[Run, Run]:
    home = Path(tempfile.mkdtemp(prefix="lectern-bench-"))
    env = {**os.environ, "LECTERN_HOME": str(home), "PYTHONPATH": str(ROOT)}
    try:
        shutil.copytree(MODELS, home / "models")
        subprocess.run([sys.executable, "-m", "ingest", "up"], env=env, check=True, capture_output=True)
        with big_site(pages) as url:
            crawl = ["crawl", "/test/big", url, "--allow-private", "--max-pages", "1000000"]
            return measured(env, crawl), measured(env, ["refresh", "/test/big"])
    finally:
        subprocess.run([sys.executable, "-m", "ingest", "down", "--force"], env=env, capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


def measured(env: dict[str, str], command: list[str]) -> Run:
    script = (
        Path(env["LECTERN_HOME"]) / "crawl.py"
    )  # a file: spawned workers want to know their parent's program
    script.write_text(CRAWL)
    began = time.monotonic()
    program = [sys.executable, str(script), *command, "--concurrency", "8", "--json"]
    done = subprocess.run(program, env=env, capture_output=True, text=True)
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    megabytes, own, workers = done.stderr.split()[-3:]
    said = json.loads(done.stdout)
    report = said[0] if isinstance(said, list) else said
    return Run(report, seconds, int(megabytes), float(own), float(workers))


def costs(model: EmbeddingModel) -> Table:
    """Milliseconds of one processor for a page, stage by stage."""
    bodies = [page(number, SAMPLE).encode() for number in range(SAMPLE)]
    embedder = Embedder(model, threads=1)
    spent = dict.fromkeys(("extract", "cut", "embed"), 0.0)
    for warm in (True, False):
        for number, body in enumerate(bodies):
            marks = [time.perf_counter()]
            extracted = extract(body, f"http://127.0.0.1/{number}.html", charset="utf-8", unindexed=False)
            marks.append(time.perf_counter())
            chunks = chunk_document(extracted.document, model)
            marks.append(time.perf_counter())
            embedder.passages([chunk.embedded_text for chunk in chunks])
            marks.append(time.perf_counter())
            if not warm:
                for stage, begun, ended in zip(spent, marks, marks[1:], strict=False):
                    spent[stage] += ended - begun
    table = Table(title="a page on one processor", title_justify="left", box=None)
    for column in ("stage", "ms", "share"):
        table.add_column(column, justify="right")
    for stage, seconds in spent.items():
        table.add_row(stage, f"{seconds / SAMPLE * 1000:.1f}", f"{seconds / sum(spent.values()):.0%}")
    return table


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100, 1000])
