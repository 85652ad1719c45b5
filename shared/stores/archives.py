"""Where the archives of generations are kept: in a directory, or at any address that fsspec knows (s3://...)."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit
from urllib.request import pathname2url
from uuid import UUID

from shared.disk import space_left
from shared.errors import SnapshotUnavailable
from shared.one_line import one_line

LONGEST_URL = 500
"""Characters: the width of its column."""
_SUFFIX = ".tar.gz"
_PART = ".part"
_PARTS = 4
"""Of an address below its root: organisation, project, version, name."""
_BUCKETS = frozenset({"abfs", "abfss", "az", "gcs", "gs", "oci", "oss", "s3", "s3a"})
"""Schemes without directories: to make one there is to make a bucket, which a misspelt address must not do."""


class Archives:
    """Archives by URL, each `ROOT/organisation/project/version/generation-owner.tar.gz`.

    An archive is written to a file on this machine first: it is at its URL whole, or not at all. Who writes
    holds the library's lock. What the database says of a place outside this root is read there, and never
    removed: it may be a copy's original. Errors: SnapshotUnavailable from every method.
    """

    def __init__(self, home: Path, root: str | None = None) -> None:
        """Below `root`, or without one in a directory of `home`."""
        self._home = home / "snapshots"
        self._root = (root or _file_url(self._home)).rstrip("/")

    def url(self, library_id: str, version: str, generation: UUID, owner: UUID) -> str:
        """`owner` is the database's own id: several may share a root."""
        url = f"{self._root}{library_id}/{version}/{generation}-{owner.hex[:8]}{_SUFFIX}"
        if len(url) > LONGEST_URL:
            raise SnapshotUnavailable(
                f"the address of a snapshot would be longer than {LONGEST_URL} characters",
                "shorten LECTERN_SNAPSHOT_URL or LECTERN_HOME",
            )
        return url

    @asynccontextmanager
    async def writing(self, url: str) -> AsyncIterator[BinaryIO]:
        """A file to write the archive into; it is durable at its URL when the block ends without an error."""
        part = self._beside(url) / f".{url.rpartition('/')[2]}{_PART}"
        try:
            with _disk_told(part.parent):
                part.parent.mkdir(parents=True, exist_ok=True)
                with part.open("wb") as file:
                    yield file
                    file.flush()
                    await asyncio.to_thread(os.fsync, file.fileno())
            with _told(url):
                await asyncio.to_thread(_settle, part, url)
        finally:
            with suppress(OSError):
                part.unlink()

    @asynccontextmanager
    async def reading(self, url: str) -> AsyncIterator[BinaryIO]:
        with _told(url):
            file = await asyncio.to_thread(_open_first, self._places(url))
            if file is None:
                raise SnapshotUnavailable(f"there is no {url}", "a crawl with --fresh writes one")
        try:
            yield file
        finally:
            await asyncio.to_thread(file.close)

    async def has(self, url: str) -> bool:
        with _told(url):
            return await asyncio.to_thread(lambda: any(map(_exists, self._places(url))))

    async def remove(self, url: str) -> None:
        """Remove it from this root; one that is not there is no error."""
        with _told(url):
            await asyncio.to_thread(_remove, self._here(url))

    async def sweep(self, library_id: str, version: str, owner: UUID, keep: frozenset[str]) -> None:
        """Remove what killed runs left of a version's archives: all of this owner that is not to be kept."""
        folder = f"{self._root}{library_id}/{version}"
        mine = re.compile(archive_name(owner.hex[:8]))
        kept = {url.rpartition("/")[2] for url in keep}
        with _told(folder):
            for place in {folder, _file_url(self._beside(f"{folder}/"))}:
                for name in await asyncio.to_thread(_names, place):
                    if mine.fullmatch(name) and (name not in kept or place != folder):
                        await asyncio.to_thread(_remove, f"{place}/{name}")

    def _here(self, url: str) -> str:
        """Where an archive is that was written below another root: homes are moved, and restored elsewhere."""
        if url.startswith(f"{self._root}/"):
            return url
        return "/".join([self._root, *url.rsplit("/", _PARTS)[1:]])

    def _places(self, url: str) -> Iterable[str]:
        """Where it may be, once each. Ours first: the original's home may be closed to this user."""
        return dict.fromkeys((self._here(url), url))

    def _beside(self, url: str) -> Path:
        """The directory where an archive is written before it is sent to its URL."""
        folder = url.rpartition("/")[0]
        return local_path(folder) or self._home.joinpath(*folder.removeprefix(self._root).split("/"))


def _settle(part: Path, url: str) -> None:
    if path := local_path(url):
        part.replace(path)
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        return
    system, remote = _remote(url)
    if urlsplit(url).scheme not in _BUCKETS:
        system.makedirs(remote.rpartition("/")[0], exist_ok=True)
    system.put_file(str(part), remote)


def _open_first(urls: Iterable[str]) -> BinaryIO | None:
    for url in urls:
        with suppress(FileNotFoundError):
            return _open(url)
    return None


def _open(url: str) -> BinaryIO:
    if path := local_path(url):
        return path.open("rb")
    system, remote = _remote(url)
    file: BinaryIO = system.open(remote, "rb")
    return file


def _names(folder: str) -> list[str]:
    if path := local_path(folder):
        return [entry.name for entry in path.iterdir()] if path.is_dir() else []
    system, remote = _remote(folder)
    system.invalidate_cache()
    try:
        return [str(found).rstrip("/").rpartition("/")[2] for found in system.ls(remote, detail=False)]
    except FileNotFoundError:
        return []


def _exists(url: str) -> bool:
    if path := local_path(url):
        return path.is_file()
    system, remote = _remote(url)
    return bool(system.exists(remote))


def _remove(url: str) -> None:
    if path := local_path(url):
        path.unlink(missing_ok=True)
        for folder in list(path.parents)[:3]:  # version, project, organisation
            if not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()
        return
    system, remote = _remote(url)
    if system.exists(remote):
        system.rm_file(remote)


def _remote(url: str) -> tuple[Any, str]:
    """fsspec's file system for a URL, with the credentials of the usual environment, and the path in it."""
    from fsspec.core import url_to_fs

    system, path = url_to_fs(url)
    return system, str(path)


def archive_name(owner: str) -> str:
    """The pattern of the names of an owner's archives, and of those that are being written."""
    return rf"\.?[0-9a-f-]{{36}}-{owner}{re.escape(_SUFFIX)}({re.escape(_PART)})?"


def local_path(url: str) -> Path | None:
    """Of a file:// URL."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _file_url(path: Path) -> str:
    return "file://" + pathname2url(str(path))


@contextmanager
def _disk_told(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SnapshotUnavailable(
            f"no snapshot can be written in {directory}: {_words(error)}{space_left(error.errno, directory)}",
            "free some space or make it writable, then run the same command again",
        ) from error


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Whatever a driver raises, as one line; each of fsspec's file systems has errors of its own."""
    try:
        yield
    except SnapshotUnavailable:
        raise
    except ImportError as error:
        missing = "pip install s3fs, beside Lectern" if url.startswith("s3") else "install what it asks for"
        raise SnapshotUnavailable(f"{url} cannot be used: {_words(error)}", missing) from error
    except Exception as error:
        raise SnapshotUnavailable(
            f"{url} cannot be used: {_words(error)}",
            "check LECTERN_SNAPSHOT_URL, its credentials and free space, then run the same command again",
        ) from error


def _words(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return one_line(said)[:200] or type(error).__name__
