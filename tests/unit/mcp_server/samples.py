"""Hits, libraries and candidates as the stores would give them."""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from shared.model.answer import Hit
from shared.model.library import Candidate, Library

FETCHED = datetime(2026, 11, 1, 12, tzinfo=UTC)


def hit(content: str, *, score: float = 0.5, content_type: str = "guide", **fields: object) -> Hit:
    values: dict[str, object] = {
        "chunk_id": uuid5(NAMESPACE_URL, ascii(content)),
        "score": score,
        "content": content,
        "content_type": content_type,
        "source_url": "https://flask.example/api/#flask.jsonify",
        "breadcrumb": ("API", "JSON Support"),
        "token_count": len(content.split()),
        "chunk_index": 0,
        "code_language": None,
        "symbols": (),
        "fetched_at": FETCHED,
    }
    return Hit(**(values | fields))  # type: ignore[arg-type]


def candidate(
    library_id: str,
    name: str,
    *,
    answers: tuple[str, ...] = (),
    similarity: float = 0.0,
    text_rank: float = 0.0,
    versions: tuple[str, ...] = ("latest",),
    known: bool = False,
    sources: dict[str, str] | None = None,
    **fields: object,
) -> Candidate:
    library = Library(library_id, name, default_version="latest", **fields)  # type: ignore[arg-type]
    return Candidate(library, versions, answers, similarity, text_rank, known, sources or {})
