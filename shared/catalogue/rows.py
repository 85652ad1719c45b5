"""Rows of the catalogue's tables as values."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from psycopg.types.json import Jsonb

from shared.model.account import EVERYTHING, Access
from shared.model.answer import Hit
from shared.model.library import Candidate, Generation, Library, LibraryVersion, ServedVersion, newest_first

Row = dict[str, Any]


def library(row: Row) -> Library:
    metadata = row["metadata"]
    return Library(
        id=row["id"],
        name=row["name"],
        vendor=row["vendor"],
        repo_url=row["repo_url"],
        docs_url=row["docs_url"],
        default_version=row["default_version"],
        popularity_score=row["popularity_score"],
        total_snippets=row["total_snippets"],
        total_tokens=row["total_tokens"],
        last_crawled_at=row["last_crawled_at"],
        description=metadata.get("description", ""),
        aliases=tuple(metadata.get("aliases", ())),
        tags=tuple(metadata.get("tags", ())),
        categories=tuple(metadata.get("categories", ())),
        packages=tuple(metadata.get("packages", ())),
        imports=tuple(metadata.get("imports", ())),
    )


def version(row: Row) -> LibraryVersion:
    return LibraryVersion(
        id=row["id"],
        library_id=row["library_id"],
        version=row["version"],
        is_latest=row["is_latest"],
        generation=generation(row) if row["generation_id"] else None,
    )


def served(row: Row) -> ServedVersion:
    return ServedVersion(generation(row), row["is_latest"], row["confirmed_at"], row["source"])


def generation(row: Row) -> Generation:
    """The generation in the row of its version."""
    return Generation(
        id=row["generation_id"],
        library_version_id=row["id"],
        library_id=row["library_id"],
        version=row["version"],
        backend=row["backend"],
        index_name=row["index_name"],
        model=row["model"],
        fingerprint=row["fingerprint"],
        dimension=row["dimension"],
        pages=row["pages"],
        chunks=row["chunks"],
        tokens=row["tokens"],
        published_at=row["published_at"],
        copies=row["copies"],
    )


def candidate(row: Row) -> Candidate:
    return Candidate(
        library=library(row),
        versions=tuple(newest_first(row["versions"])),
        keys=tuple(row["keys"]),
        similarity=float(row["similarity"]),
        text_rank=float(row["text_rank"]),
        known=row["known"],
        sources=row["sources"],
    )


def hit(row: Row, score: float) -> Hit:
    about = row["metadata"]
    return Hit(
        chunk_id=row["id"],
        score=score,
        content=row["content"],
        content_type=row["content_type"],
        source_url=row["source_url"],
        breadcrumb=tuple(about.get("section", ())),
        token_count=row["token_count"],
        chunk_index=row["chunk_index"],
        code_language=about.get("code_language"),
        symbols=symbols(about),
        fetched_at=datetime.fromisoformat(about["fetched_at"]),
        post=about.get("post", False),
        also=tuple(dict.fromkeys(row["also"])),
    )


def symbols(about: Row) -> tuple[str, ...]:
    """What a chunk documents, by its metadata: one symbol, or several."""
    return tuple(about.get("symbols") or ([about["symbol"]] if "symbol" in about else []))


def encoded(access: Access) -> Jsonb | None:
    """As `may_read` takes it."""
    return None if access == EVERYTHING else Jsonb(access, dumps=_as_json)


@lru_cache(maxsize=256)
def _as_json(access: Access) -> bytes:
    """Written once for all statements of a caller, who may have a thousand rules."""
    rules = dict.fromkeys(access.allowed, True) | dict.fromkeys(access.denied, False)
    said = {"libraries": access.libraries, "rules": rules, "otherwise": not access.is_closed}
    return json.dumps(said).encode()
