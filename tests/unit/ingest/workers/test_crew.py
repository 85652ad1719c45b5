"""Worker processes: what they give back, what a bad task costs, and that none of them outlives its use."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ingest.workers.crew import open_crew
from ingest.workers.limits import Limits
from shared.errors import NotADocument, NoText, TaskFailed, WorkerLost
from tests.processes import alive, children, gone
from tests.unit.ingest.workers import tasks

ROOT = Path(__file__).parents[4]
PARENT = """
import asyncio, signal, sys
from ingest.workers.crew import open_crew
from ingest.workers.limits import Limits
from tests.unit.ingest.workers import tasks

async def main():
    # asyncio's own handler may leave a loop asleep that is about to wait
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, asyncio.current_task().cancel)
    async with open_crew(2, limits=Limits(60)) as crew:
        print(*await asyncio.gather(crew.run(tasks.sleep, 0.5), crew.run(tasks.sleep, 0.5)), flush=True)
        await asyncio.gather(*(crew.run(getattr(tasks, sys.argv[1])) for _ in range(6)))

try:
    asyncio.run(main())
except asyncio.CancelledError:
    sys.exit(130)
"""
SHORT = Limits(1, 64 << 20)

pytestmark = [pytest.mark.anyio, pytest.mark.processes]


async def test_tasks_run_elsewhere_and_their_results_come_back() -> None:
    async with open_crew(2, limits=SHORT) as crew:
        assert await asyncio.gather(*(crew.run(tasks.add, number, 1) for number in range(20))) == list(
            range(1, 21)
        )
        assert await crew.run(tasks.pid) != os.getpid()


async def test_an_error_that_a_task_means_to_raise_passes_through_whole() -> None:
    async with open_crew(1, limits=SHORT) as crew:
        with pytest.raises(NoText) as refused:
            await crew.run(tasks.refuse)
    assert refused.value.reason == "no text"
    assert refused.value.hint == "for a test"
    assert refused.value.links == ("https://docs.example/next",)


@pytest.mark.parametrize(
    ("task", "args", "reason"),
    [
        (tasks.spin, (), "takes more than 1 s of processor time"),
        (tasks.spin_with_the_lock_held, (), "takes more than 1 s of processor time"),
        (tasks.hoard, (500,), "takes more than 0.0625 GiB of memory"),
        (tasks.break_down, (), "ValueError: an odd page"),
        (tasks.nest, (), "nested too deeply"),
        (tasks.kill_itself, (signal.SIGKILL,), "its worker was killed, most likely because"),
        (tasks.kill_itself, (signal.SIGSEGV,), "its worker crashed (SIGSEGV)"),
        (tasks.abort, (), "takes more than 0.0625 GiB of memory, or breaks the library that reads it (SIGABRT)"),
        (tasks.leave, (3,), "its worker ended by itself (exit status 3)"),
        (tasks.unpackable, (), "its result cannot be handed over"),
    ],
)  # fmt: skip
async def test_a_bad_task_fails_with_its_reason_and_costs_no_other_one(
    task: Callable[..., object], args: tuple[object, ...], reason: str
) -> None:
    async with asyncio.timeout(20), open_crew(1, limits=SHORT) as crew:
        before = asyncio.ensure_future(crew.run(tasks.add, 1, 1))
        bad = asyncio.ensure_future(crew.run(task, *args))
        after = [asyncio.ensure_future(crew.run(tasks.add, number, 1)) for number in range(3)]
        with pytest.raises(TaskFailed) as failed:
            await bad
        assert failed.value.reason.startswith(reason)
        assert [await before, *[await one for one in after]] == [2, 1, 2, 3]


async def test_each_task_has_the_whole_time_for_itself() -> None:
    async with open_crew(1, limits=Limits(1)) as crew:
        worker = await crew.run(tasks.pid)
        for _ in range(5):
            assert await crew.run(tasks.burn, 0.4) == worker


async def test_each_task_has_the_whole_memory_for_itself() -> None:
    async with open_crew(1, limits=Limits(10, 100 << 20)) as crew:
        worker = await crew.run(tasks.pid)
        for _ in range(5):
            assert await crew.run(tasks.hoard, 80) == 80 << 20
        assert await crew.run(tasks.pid) == worker


async def test_a_worker_that_ran_out_of_memory_is_replaced() -> None:
    async with open_crew(1, limits=SHORT) as crew:
        worker = await crew.run(tasks.pid)
        with pytest.raises(TaskFailed):
            await crew.run(tasks.hoard, 500)
        assert await crew.run(tasks.pid) != worker


async def test_what_a_worker_loads_is_outside_its_limits() -> None:
    async with open_crew(1, limits=SHORT, prepare=tasks.prepare_long) as crew:
        assert await crew.run(tasks.kept) == 200 << 20


async def test_a_preparation_that_refuses_says_so() -> None:
    async with open_crew(1, limits=SHORT, prepare=tasks.refuse_to_start) as crew:
        with pytest.raises(NotADocument, match="not prepared"):
            await crew.run(tasks.pid)


async def test_a_worker_that_dies_while_it_prepares_ends_the_crawl_with_a_word() -> None:
    async with open_crew(1, limits=SHORT, prepare=tasks.abort) as crew:
        with pytest.raises(WorkerLost, match="no worker process can start") as lost:
            await crew.run(tasks.pid)
    assert lost.value.hint


async def test_a_worker_that_dies_once_while_it_prepares_is_started_again(tmp_path: Path) -> None:
    async with open_crew(
        1, limits=SHORT, prepare=partial(tasks.die_the_first_time, tmp_path / "died")
    ) as crew:
        assert await crew.run(tasks.add, 1, 1) == 2


async def test_a_worker_that_is_idle_spares_the_start_of_another() -> None:
    others = children(os.getpid())
    async with open_crew(4, limits=SHORT) as crew:
        assert len({await crew.run(tasks.pid) for _ in range(5)}) == 1
        assert len(children(os.getpid()) - others) == 1


async def test_no_task_waits_for_a_worker_that_starts_where_another_can_do_it(tmp_path: Path) -> None:
    prepare = partial(tasks.be_ready_the_first_time, tmp_path / "ready")
    async with asyncio.timeout(30), open_crew(2, limits=SHORT, prepare=prepare) as crew:
        found = await asyncio.gather(*(crew.run(tasks.sleep, 0.1) for _ in range(4)))
        assert len(set(found)) == 1


async def test_a_worker_that_cannot_start_is_one_clear_error() -> None:
    ample = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with open_crew(1, limits=SHORT) as crew:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, ample[1]))
        try:
            with pytest.raises(WorkerLost, match="no worker process can start"):
                await crew.run(tasks.pid)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, ample)


async def test_a_killed_worker_is_replaced() -> None:
    async with asyncio.timeout(20), open_crew(2, limits=SHORT) as crew:
        victim = await crew.run(tasks.pid)
        working = [asyncio.ensure_future(crew.run(tasks.sleep, 0.5)) for _ in range(6)]
        await asyncio.sleep(0.1)
        os.kill(victim, signal.SIGKILL)
        results = await asyncio.gather(*working, return_exceptions=True)
        assert sum(isinstance(one, TaskFailed) for one in results) <= 1
        assert victim not in {await crew.run(tasks.pid) for _ in range(6)}


async def test_leaving_the_crew_ends_work_that_nobody_waits_for() -> None:
    async with asyncio.timeout(20):
        async with open_crew(2, limits=Limits(60)) as crew:
            workers = await asyncio.gather(crew.run(tasks.sleep, 0.3), crew.run(tasks.sleep, 0.3))
            spinning = [asyncio.ensure_future(crew.run(tasks.spin_with_the_lock_held)) for _ in range(9)]
            await asyncio.wait(spinning, timeout=0.1)
        for one in spinning:
            with pytest.raises(WorkerLost):
                await one
    assert not any(map(alive, workers))


async def test_a_crew_that_is_left_takes_no_task() -> None:
    async with open_crew(1, limits=SHORT) as crew:
        pass
    with pytest.raises(WorkerLost):
        await crew.run(tasks.pid)


async def test_a_crew_without_a_task_starts_no_process() -> None:
    before = children(os.getpid())
    async with open_crew(2, limits=SHORT):
        assert children(os.getpid()) == before


async def test_workers_yield_to_others_and_leave_signals_of_the_terminal_to_their_parent() -> None:
    async with open_crew(1, limits=SHORT) as crew:
        assert await crew.run(tasks.niceness) >= min(19, os.nice(0) + 5)
        assert {signal.SIGINT, signal.SIGTERM, signal.SIGHUP} <= set(await crew.run(tasks.deaf_to))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
async def test_a_worker_that_runs_out_of_time_leaves_no_core() -> None:
    async with open_crew(1, limits=SHORT) as crew:
        assert await crew.run(tasks.dumpable) == 0


async def test_what_libraries_print_in_a_worker_reaches_no_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async with open_crew(1, limits=SHORT) as crew:
        await crew.run(tasks.print_much)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("work", ["spin", "spin_with_the_lock_held", "nap"])
@pytest.mark.parametrize(("end", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_workers_end_silently_with_their_parent(work: str, end: signal.Signals, code: int) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, work], env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    if end == signal.SIGINT:
        os.killpg(parent.pid, end)  # as a terminal does
    else:
        parent.send_signal(end)
    _, complaints = parent.communicate(timeout=20)
    assert parent.returncode == code
    assert "Traceback" not in complaints
    assert gone(workers, seconds=5)
