"""A person's verdict on suspicious chunks: written down, and what is served brought into line with it."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ingest.embed.pool import embedding_pool
from ingest.jobs.reindex import Show, rebuild_index
from shared.catalogue.generations import Generations
from shared.catalogue.locks import StillLocked, library_lock
from shared.catalogue.quarantine import Quarantine, Suspect, Verdict
from shared.embedding.model import EmbeddingModel
from shared.errors import InvalidRequest, LecternError
from shared.model.library import Generation
from shared.settings import IngestSettings
from shared.stores.open import Stores

SHORTEST = 4
"""Digits of an id that are enough to name it, where no other begins with them."""


@dataclass(frozen=True, slots=True)
class Judged:
    library_id: str
    suspects: tuple[Suspect, ...]
    rebuilt: tuple[str, ...]
    """Versions whose index was built again."""


async def find_suspects(quarantine: Quarantine, ids: Sequence[str]) -> list[Suspect]:
    """The suspects that these ids, or beginnings of ids, name; each once. Raises InvalidRequest."""
    found: dict[bytes, Suspect] = {}
    for prefix in ids:
        digits = prefix.strip().lower()
        if len(digits) < SHORTEST or not set(digits) <= set("0123456789abcdef"):
            raise InvalidRequest(
                f"{prefix!r} is not an id",
                f"`ingest quarantine list` shows them; their first {SHORTEST} digits are enough",
            )
        named = await quarantine.named(digits)
        if len(named) != 1:
            what = f"{len(named)} chunks begin with {digits}" if named else f"no suspicious chunk {digits}"
            if named:
                raise InvalidRequest(what, "write more of it")
            raise LecternError(what, "`ingest quarantine list` shows what is there")
        found[named[0].key] = named[0]
    return list(found.values())


async def judge(
    stores: Stores[IngestSettings],
    model: Callable[[], Awaitable[EmbeddingModel]],
    ids: Sequence[str],
    verdict: Verdict,
    show: Show,
) -> list[Judged]:
    """Release or reject; an index that this changes is built anew beside the one that is served.

    The model is asked for only then. The same command repairs a killed run.
    Raises InvalidRequest before anything is written, and CrawlBusy.
    """
    database = await stores.database()
    quarantine = Quarantine(database)
    by_library: defaultdict[str, list[Suspect]] = defaultdict(list)
    for suspect in await find_suspects(quarantine, ids):
        by_library[suspect.library_id].append(suspect)
    judged = []
    for library_id, suspects in by_library.items():
        async with library_lock(database, library_id) as still_locked:
            await quarantine.decide(library_id, [one.key for one in suspects], verdict)
            outdated = await quarantine.outdated(library_id)
            rebuilt = await _rebuild(stores, outdated, model, show, still_locked)
            await quarantine.recount(library_id)
        judged.append(Judged(library_id, tuple(suspects), rebuilt))
    return judged


async def _rebuild(
    stores: Stores[IngestSettings],
    outdated: Sequence[Generation],
    model: Callable[[], Awaitable[EmbeddingModel]],
    show: Show,
    still_locked: StillLocked,
) -> tuple[str, ...]:
    if not outdated:
        return ()
    generations, vectors, made = Generations(await stores.database()), await stores.vectors(), await model()
    async with embedding_pool(made, stores.settings.embedding_seconds) as pool:
        done = [
            await rebuild_index(generations, vectors, pool, made, old, show, still_locked) for old in outdated
        ]
    return tuple(dict.fromkeys(one.version for one in done))
