"""`python -m bench.ingestion`: chunks a second from a site to what is served, beside the model alone.

The model alone is onnxruntime in one process a core, one thread each, texts tokenised beforehand and sorted by
length, nothing stored. It runs twice after the crawl, so that an unsteady machine is seen.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from multiprocessing import get_context
from typing import Any

import numpy as np
import onnxruntime

from bench.corpus import temporary_home
from bench.retrieval import Row
from bench.sites import DOCUMENTATIONS, ROOT, served
from shared.embedding.counting import bare_tokenizer
from shared.embedding.model import EmbeddingModel, locate
from shared.settings import Settings
from shared.stores.open import open_stores

SITE = "celery"
TEXTS = "SELECT embedded_text FROM documentation_chunks WHERE NOT quarantined"


def crawled(settings: Settings) -> dict[str, Any]:
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


async def _texts(settings: Settings) -> list[str]:
    async with open_stores(settings, "lectern-bench") as stores:
        return [row["embedded_text"] for row in await (await stores.database()).rows(TEXTS)]


def alone(model: EmbeddingModel, texts: list[str]) -> float:
    """Texts a second of the bare model on all cores."""
    tokenizer = bare_tokenizer(model)
    tokens = sorted((tokenizer.encode(text).ids[: model.window] for text in texts), key=len, reverse=True)
    cores = os.cpu_count() or 1
    context = get_context("spawn")
    barrier = context.Barrier(cores + 1)
    runners = [
        context.Process(target=_run, args=(str(model.directory / "model.onnx"), tokens[core::cores], barrier))
        for core in range(cores)
    ]
    for runner in runners:
        runner.start()
    barrier.wait()
    began = time.perf_counter()
    for runner in runners:
        runner.join()
    return len(texts) / (time.perf_counter() - began)


def _run(path: str, tokens: list[list[int]], barrier: Any) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"], sess_options=options)
    wanted = {given.name for given in session.get_inputs()}
    barrier.wait()
    for read in tokens:
        ids = np.array([read], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        session.run(None, {name: inputs[name] for name in wanted})


async def measured() -> list[Row]:
    """A row for the crawl, and one for the model alone before and after."""
    async with temporary_home() as settings:
        model = locate(settings)
        report = await asyncio.to_thread(crawled, settings)
        texts = await _texts(settings)
        after = await asyncio.to_thread(alone, model, texts)
        again = await asyncio.to_thread(alone, model, texts)
    rate = report["chunks"] / report["seconds"]
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report["stages"].items())
    return [
        {
            "": "from the site to what is served",
            "chunks": report["chunks"],
            "chunks/s": round(rate),
            "stages": stages,
        },
        {"": "the model alone", "chunks": len(texts), "chunks/s": round(after), "stages": ""},
        {"": "the model alone, again", "chunks": len(texts), "chunks/s": round(again), "stages": ""},
        {"": "share of the model alone", "chunks": None, "chunks/s": round(2 * rate / (after + again), 3)},
    ]


def run() -> dict[str, Any]:
    """Rows for `make bench`."""
    if DOCUMENTATIONS[SITE].directory is None:
        return {"notes": [f"Not on this machine: {DOCUMENTATIONS[SITE].package}."]}
    return {"rows": asyncio.run(measured())}


if __name__ == "__main__":
    for row in run().get("rows", ()):
        print(row)
