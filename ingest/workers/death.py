"""Pure: why a worker ended, in words for a report."""

import signal

from ingest.workers.limits import GIBIBYTE, Limits


def out_of_time(limits: Limits) -> str:
    return f"takes more than {limits.seconds:g} s of processor time"


def out_of_memory(limits: Limits) -> str:
    if limits.memory is None:
        return "takes more memory than there is"
    return f"takes more than {limits.memory / GIBIBYTE:g} GiB of memory"


def why(status: int, limits: Limits) -> str:
    """What the exit status of a worker that ended in the middle of a task says of the task.

    `status` is negative for a signal, as `Popen.returncode` is.
    """
    if status == -signal.SIGXCPU:
        return out_of_time(limits)
    if status == -signal.SIGKILL:
        return "its worker was killed, most likely because the machine ran out of memory"
    if status == -signal.SIGABRT and limits.memory is not None:
        return f"{out_of_memory(limits)}, or breaks the library that reads it (SIGABRT)"
    if status < 0:
        return f"its worker crashed ({_name(-status)})"
    return f"its worker ended by itself (exit status {status})"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
