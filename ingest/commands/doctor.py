"""`ingest doctor`: every part checked, one line each, with what to do if it fails."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from ingest.commands.session import session
from ingest.generation.snapshot.archive import archives
from shared.accounts.examine import NO_EVICTION, eviction, usage
from shared.catalogue.generations import Generations
from shared.catalogue.snapshots import Snapshots
from shared.catalogue.store import Catalogue
from shared.counted import counted
from shared.embedding.locate import locate
from shared.errors import CountersUnavailable, IndexMissing, LecternError, ModelMismatch, SnapshotUnavailable
from shared.model.library import Generation
from shared.settings import IngestSettings
from shared.stores import health
from shared.stores.open import Stores
from shared.stores.private import close, is_own
from shared.stores.vectors.port import index_of, probe
from shared.terminal.ending import run
from shared.terminal.findings import Finding, finding, show_findings

ENOUGH_DISK = 1 << 30


def doctor() -> None:
    """Check every part of this Lectern.

    $ ingest doctor
    """
    show_findings(run(_examine()))


async def _examine() -> list[Finding]:
    async with session("doctor") as (stores, settings):
        checks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
            ("home", lambda: _home(settings)),
            ("usage", lambda: usage(settings)),
            ("PostgreSQL", lambda: health.postgres(stores)),
            ("Redis", lambda: health.redis(stores)),
            ("Qdrant", lambda: health.qdrant(stores)),
            ("model", lambda: _model(settings)),
        ]
        if settings.reranker:
            checks.append(("cross-encoder", lambda: _reranker(settings)))
        findings = {part: await finding(part, check) for part, check in checks}
        if findings["Redis"].good or settings.limits_redis_url:
            findings["limits"] = await _limits(stores, settings)
        told = list(findings.values())
        if findings["PostgreSQL"].good:
            lacking = [part for part in ("Qdrant", "model") if not findings[part].good]
            told += await _libraries(stores, settings, lacking)
            told.append(await finding("snapshots", lambda: _snapshots(stores, settings)))
        return told


async def _home(settings: IngestSettings) -> str:
    settings.home.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(_check_private, settings)
    free = shutil.disk_usage(settings.home).free
    if free < ENOUGH_DISK:
        raise LecternError(
            f"{settings.home} has only {free >> 20:,} MB free",
            "free some, or set LECTERN_HOME to a larger disk",
        )
    return f"{settings.home}, {free >> 30:,} GB free, closed to other users"


async def _limits(stores: Stores, settings: IngestSettings) -> Finding:
    """Where calls need no keys, limits that cannot be counted are no failure."""
    where = "a Redis of their own" if settings.limits_redis_url else "the same Redis"
    try:
        policy = await eviction(stores)
    except CountersUnavailable as error:
        if settings.needs_api_key:
            return Finding("limits", False, error.line)
        return Finding("limits", True, f"not needed without API keys; {error.line}", warned=True)
    except LecternError as evicts:
        return Finding("limits", True, f"counted in {where}; its {evicts.line}", warned=True)
    if policy == NO_EVICTION:
        return Finding("limits", True, f"counted in {where}; it never evicts")
    return Finding("limits", True, f"counted in {where}; whether it evicts counters {policy}", warned=True)


def _check_private(settings: IngestSettings) -> None:
    """Close what other users could read; raise LecternError for what cannot be closed."""
    closing = close(settings)
    if closing.others:
        raise LecternError(f"{_named(closing.others)} not yours", "take ownership with chown, or remove them")
    if closing.open:
        raise LecternError(
            f"{_named(closing.open)} open to other users, on a file system without permissions",
            "set LECTERN_HOME to a file system that has them",
        )
    if not is_own(settings.home.resolve()) and settings.home.stat().st_mode & 0o077:
        raise LecternError(
            f"{settings.home} holds more than Lectern's data and is open to other users",
            "set LECTERN_HOME to a directory of its own",
        )


def _named(paths: Sequence[str]) -> str:
    return f"{paths[0]} is" if len(paths) == 1 else f"{len(paths):,} files, {paths[0]} first, are"


async def _model(settings: IngestSettings) -> str:
    model = locate(settings)
    return f"{model.name}, {model.dimension} dimensions, {model.window} tokens, {model.fingerprint[:12]}"


async def _reranker(settings: IngestSettings) -> str:
    from shared.embedding.reranker import Reranker  # with it comes the runtime: half a second

    return (await asyncio.to_thread(Reranker, settings)).name


async def _libraries(stores: Stores, settings: IngestSettings, lacking: Sequence[str]) -> list[Finding]:
    """One line for each library whose answers would fail, and one for the rest.

    Where parts are `lacking`, each would fail for want of them, and nothing else can be said.
    """
    catalogue = Catalogue(await stores.database())
    served = [
        version.generation
        for library in await catalogue.libraries()
        for version in await catalogue.versions(library.id)
        if version.generation
    ]
    if lacking and served:
        want = f"{counted(len(served), 'version')} cannot answer without {' and '.join(lacking)}"
        return [Finding("libraries", False, want)]
    findings = [
        await finding(f"{found.library_id} {found.version}", partial(_served, stores, settings, found))
        for found in served
    ]
    bad = [finding for finding in findings if not finding.good]
    chunks = sum(found.chunks for found in served)
    can = f"{len(served) - len(bad)} of {counted(len(served), 'version')} can answer"
    return [Finding("libraries", not bad, f"{can}, {counted(chunks, 'chunk')}"), *bad]


async def _snapshots(stores: Stores, settings: IngestSettings) -> str:
    database = await stores.database()
    kept = [
        (url, library.id)
        for library in await Catalogue(database).libraries()
        for url in (await Snapshots(database).urls(library.id)).values()
    ]
    shelf = archives(settings)
    gone = [(url, library_id) for url, library_id in kept if not await shelf.has(url)]
    if gone:
        url, library_id = gone[0]
        raise SnapshotUnavailable(
            f"{len(gone):,} of {counted(len(kept), 'archive')} cannot be found, {url} first",
            f"restore them, or run `ingest crawl {library_id} --fresh` to write a new one",
        )
    return f"{counted(len(kept), 'archive')}, each in its place"


async def _served(stores: Stores, settings: IngestSettings, found: Generation) -> str:
    vectors = await stores.vectors()
    reindex = f"run `ingest reindex {found.library_id}`"
    model = locate(settings)
    if found.fingerprint != model.fingerprint:
        raise ModelMismatch(f"was built with another model ({found.model})", reindex)
    if found.backend != vectors.backend:
        raise IndexMissing(
            f"its index is in the {found.backend} store, and this is the {vectors.backend} one", reindex
        )
    here = await Generations(await stores.database()).rows(found.id)
    if here < found.chunks:
        again = f"run `ingest crawl {found.library_id} --version {found.version} --fresh --force`"
        raise IndexMissing(
            f"{here:,} of {counted(found.chunks, 'chunk')} are here", f"restore a backup, or {again}"
        )
    index = index_of(found)
    await vectors.nearest(index, probe(index), 1)
    return "answers"
