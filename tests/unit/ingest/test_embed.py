"""The worker processes: what they give back, and that none of them outlives its use."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ingest.embed import embedding_pool
from shared.embedding.embedder import Embedder
from shared.embedding.model import EmbeddingModel
from shared.errors import ModelMissing, WorkerLost

ROOT = Path(__file__).parents[3]
PARENT = """
import asyncio, os, signal, sys, time
from pathlib import Path
from ingest.embed import embedding_pool
from shared.embedding.model import EmbeddingModel

async def main():
    async with embedding_pool(EmbeddingModel("none", 1, 1, Path(), ""), 2) as pool:
        print(*await asyncio.gather(pool.run(own_pid), pool.run(own_pid)), flush=True)
        await asyncio.gather(pool.run(time.sleep, 60), pool.run(time.sleep, 60))

def own_pid():
    time.sleep(0.2)
    return os.getpid()

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what runs behind it
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.anyio
async def test_vectors_are_those_of_one_embedder_in_the_order_of_the_texts(
    embedding_model: EmbeddingModel,
) -> None:
    texts = [f"{number} " * (number * 7 % 40) for number in range(75)]
    async with embedding_pool(embedding_model, 2) as pool:
        vectors = await pool.embed(texts)
        none = await pool.embed([])
    np.testing.assert_array_equal(vectors, Embedder(embedding_model).passages(texts))
    assert none.shape == (0, 384)


@pytest.mark.anyio
async def test_other_work_runs_in_the_same_workers_and_its_exceptions_pass_through(
    embedding_model: EmbeddingModel,
) -> None:
    async with embedding_pool(embedding_model, 1) as pool:
        assert await pool.run(sorted, [2, 1], reverse=True) == [2, 1]
        assert await pool.run(os.getpid) != os.getpid()
        with pytest.raises(ZeroDivisionError):
            await pool.run(divmod, 1, 0)


@pytest.mark.anyio
async def test_a_model_that_does_not_load_is_said_so(tmp_path: Path) -> None:
    async with embedding_pool(EmbeddingModel("thenlper/gte-base", 1, 1, tmp_path, ""), 1) as pool:
        with pytest.raises(ModelMissing) as refused:
            await pool.embed(["text"])
    assert refused.value.hint


@pytest.mark.anyio
async def test_a_killed_worker_is_one_clear_error_and_no_hang(embedding_model: EmbeddingModel) -> None:
    async with embedding_pool(embedding_model, 2) as pool:
        victim = await pool.run(os.getpid)
        waiting = [asyncio.ensure_future(pool.run(time.sleep, 60)) for _ in range(4)]
        await asyncio.sleep(0)  # all are handed over
        os.kill(victim, signal.SIGKILL)
        async with asyncio.timeout(20):
            for task in waiting:
                with pytest.raises(WorkerLost, match="a worker process was killed"):
                    await task
            with pytest.raises(WorkerLost):
                await pool.embed(["text"])


@pytest.mark.anyio
async def test_a_worker_that_cannot_start_is_one_clear_error(embedding_model: EmbeddingModel) -> None:
    ample = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with embedding_pool(embedding_model, 1) as pool:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, ample[1]))
        try:
            with pytest.raises(WorkerLost, match="could not start"):
                await pool.run(os.getpid)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, ample)


@pytest.mark.anyio
async def test_leaving_the_pool_ends_work_that_nobody_waits_for(embedding_model: EmbeddingModel) -> None:
    async with asyncio.timeout(20):
        async with embedding_pool(embedding_model, 1) as pool:
            worker = await pool.run(os.getpid)
            task = asyncio.ensure_future(pool.run(time.sleep, 60))
            await asyncio.wait([task], timeout=0.01)
            task.cancel()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


@pytest.mark.parametrize(("end", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_workers_end_silently_with_their_parent(tmp_path: Path, end: signal.Signals, code: int) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    if end == signal.SIGINT:
        os.killpg(parent.pid, end)  # as a terminal does
    else:
        parent.send_signal(end)
    _, complaints = parent.communicate(timeout=20)  # the workers hold the pipe open as long as they live
    assert parent.returncode == code
    assert "Traceback" not in complaints
    deadline = time.monotonic() + 10
    while any(_alive(pid) for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    """Whether the process runs; a dead one may stay listed until its new parent looks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
