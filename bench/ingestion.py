"""`python -m bench.ingestion`: chunks a second from a site to what is served, beside onnxruntime alone.

Alone means the same int8 weights, texts tokenised beforehand and sorted by length, nothing stored; in three ways:
- as usual: one session on all cores, batches of 16, the graph as exporters write it (onnxruntime fuses what it can);
- as Lectern arranges it: a process a core, one thread each, one text a run, with that same graph;
- the same with Lectern's graph, where one of those fusions is kept off.

Crawls and lone runs take turns, so that an unsteady machine is seen and weighs on all.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from multiprocessing import get_context
from operator import truediv
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import onnx
import onnxruntime

from bench.corpus import temporary_home
from bench.retrieval import Row
from bench.sites import DOCUMENTATIONS, ROOT, served
from shared.embedding.counting import bare_tokenizer
from shared.embedding.locate import locate
from shared.embedding.model import EmbeddingModel
from shared.settings import IngestSettings
from shared.stores.open import open_stores

SITE = "celery"
ROUNDS = 3
BATCH = 16
LONE_SHARE = 3
"""Every third chunk is enough for what does nothing else."""
SERVED = "from the site to what is served"
USUAL = "onnxruntime alone: one session, batches of 16"
ARRANGED = "onnxruntime alone: a process a core, one text a run"
OWN = "onnxruntime alone: the same, Lectern's graph"
TEXTS = "SELECT embedded_text FROM documentation_chunks WHERE NOT quarantined"


def crawled(settings: IngestSettings) -> dict[str, Any]:
    """The report of a first crawl."""
    documentation = DOCUMENTATIONS[SITE]
    assert documentation.directory is not None
    with served(documentation.directory) as url:
        command = ["crawl", documentation.library_id, url, "--allow-private", "--concurrency", "8", "--json"]
        done = subprocess.run(
            [sys.executable, "-m", "ingest", *command],
            env=os.environ | {"LECTERN_HOME": str(settings.home)},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


async def _texts(settings: IngestSettings) -> list[str]:
    async with open_stores(settings, "lectern-bench") as stores:
        return [row["embedded_text"] for row in await (await stores.database()).rows(TEXTS)]


def as_exported(graph: Path, target: Path) -> Path:
    """The same computation with Add for Sum: onnxruntime fuses it with the normalisation behind it."""
    model = onnx.load(graph)
    for node in model.graph.node:
        if node.op_type == "Sum":
            node.op_type = "Add"
    onnx.save(model, target)
    return target


def usual(graph: Path, tokens: list[list[int]]) -> float:
    """Texts a second of one session on all cores: batches of 16, padded to the longest of each."""
    session = onnxruntime.InferenceSession(os.fspath(graph), providers=["CPUExecutionProvider"])
    began = time.perf_counter()
    for start in range(0, len(tokens), BATCH):
        batch = tokens[start : start + BATCH]
        ids = np.zeros((len(batch), len(batch[0])), np.int64)
        mask = np.zeros_like(ids)
        for row, read in enumerate(batch):
            ids[row, : len(read)], mask[row, : len(read)] = read, 1
        session.run(None, {"input_ids": ids, "attention_mask": mask})
    return len(tokens) / (time.perf_counter() - began)


def alone(graph: Path, tokens: list[list[int]]) -> float:
    """Texts a second of a bare graph on all cores."""
    cores = os.cpu_count() or 1
    context = get_context("spawn")
    barrier = context.Barrier(cores + 1, timeout=60)
    runners = [
        context.Process(target=_run, args=(str(graph), tokens[core::cores], barrier)) for core in range(cores)
    ]
    for runner in runners:
        runner.start()
    barrier.wait()
    began = time.perf_counter()
    for runner in runners:
        runner.join()
    return len(tokens) / (time.perf_counter() - began)


def tokenised(model: EmbeddingModel, texts: list[str]) -> list[list[int]]:
    """What the model reads of each, the longest first."""
    tokenizer = bare_tokenizer(model)
    return sorted((tokenizer.encode(text).ids[: model.window] for text in texts), key=len, reverse=True)


def _run(path: str, tokens: list[list[int]], barrier: Any) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"], sess_options=options)
    barrier.wait()
    for read in tokens:
        ids = np.array([read], dtype=np.int64)
        session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})


async def measured() -> list[Row]:
    """A row for the crawl, and one for each way to run onnxruntime alone with the crawl's share of it."""
    rates: defaultdict[str, list[float]] = defaultdict(list)
    report: dict[str, Any] = {}
    for _ in range(ROUNDS):
        async with temporary_home() as settings:
            model = locate(settings)
            report = await asyncio.to_thread(crawled, settings)
            rates[SERVED].append(report["chunks"] / report["seconds"])
            tokens = tokenised(model, await _texts(settings))[::LONE_SHARE]
            own = model.directory / "model.onnx"
            exported = as_exported(own, settings.home / "exported.onnx")
            for name, lone, graph in (USUAL, usual, exported), (ARRANGED, alone, exported), (OWN, alone, own):
                rates[name].append(await asyncio.to_thread(lone, graph, tokens))
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report["stages"].items())
    served = rates.pop(SERVED)
    return [
        _row(SERVED, report["chunks"], served) | {"last stages": stages},
        *(
            _row(name, len(tokens), found) | {"share": round(median(map(truediv, served, found)), 3)}
            for name, found in rates.items()
        ),
    ]


def _row(name: str, chunks: int, rates: list[float]) -> Row:
    return {
        "": name,
        "chunks": chunks,
        "chunks/s": round(median(rates)),
        "each round": " ".join(f"{rate:.0f}" for rate in rates),
    }


def run() -> dict[str, Any]:
    """Rows for `make bench`."""
    if DOCUMENTATIONS[SITE].directory is None:
        return {"notes": [f"Not on this machine: {DOCUMENTATIONS[SITE].package}."]}
    return {"rows": asyncio.run(measured())}


if __name__ == "__main__":
    for row in run().get("rows", ()):
        print(row)
