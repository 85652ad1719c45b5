"""This side of the process that writes a shard: starts it, feeds it, tells why it failed."""

import asyncio
import os
import pickle
import signal
import sys
from array import array
from collections.abc import AsyncIterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from shared.errors import VectorsUnavailable
from shared.one_line import one_line
from shared.stores.vectors import shard as shards
from shared.stores.vectors.port import IndexRef, Point

_BATCH = 256
"""Points sent at once: about a megabyte."""


async def write(
    directory: Path, claim: IO[bytes], index: IndexRef, batches: AsyncIterable[Sequence[Point]]
) -> None:
    """Write and seal a shard in `directory`; it is durable on return.

    The process dies with this one, and holds `claim`'s lock as long as it lives. Raises VectorsUnavailable.
    """
    program = [sys.executable, "-P", shards.__file__, str(directory), str(index.dimension), str(os.getpid())]
    pipe = asyncio.subprocess.PIPE
    writer = await asyncio.create_subprocess_exec(
        *program, stdin=pipe, stdout=asyncio.subprocess.DEVNULL, stderr=pipe, pass_fds=[claim.fileno()]
    )
    assert writer.stdin is not None  # noqa: S101 - it is a pipe
    try:
        try:
            async for batch in batches:
                for start in range(0, len(batch), _BATCH):
                    writer.stdin.write(
                        pickle.dumps([_row(index, point) for point in batch[start : start + _BATCH]])
                    )
                    await writer.stdin.drain()
            writer.stdin.write(pickle.dumps([]))
        except ConnectionError:
            pass  # it ended early: its last words say why
        _, last_words = await writer.communicate()
    except BaseException:
        if writer.returncode is None:
            writer.kill()
        await writer.communicate()
        raise
    finally:
        with suppress(
            ConnectionError
        ):  # asyncio of Python 3.11.2 logs the failure of a pipe that nobody asks for
            await writer.stdin.wait_closed()
    if writer.returncode:
        raise VectorsUnavailable(
            f"the index of {index.library_id} {index.version} could not be written: "
            f"{_reason(writer.returncode, last_words)}",
            f"make sure that {directory.parent} has free space and try again",
        )


def _row(index: IndexRef, point: Point) -> shards.Row:
    payload = {
        "library_id": index.library_id,
        "version": index.version,
        "generation": str(index.generation),
        "content_type": point.content_type,
        "source_url": point.source_url,
        "chunk_text": point.chunk_text,
    }
    return (
        str(point.id),
        array("f", point.dense).tobytes(),
        point.sparse.indices,
        point.sparse.values,
        payload,
    )


def _reason(code: int, last_words: bytes) -> str:
    if code < 0:
        return f"the engine was killed by {signal.Signals(-code).name}"
    return one_line(last_words.decode(errors="replace"))[-300:] or f"the engine ended with code {code}"
