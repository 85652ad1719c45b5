"""Pure: which libraries may be read, and what a cached answer about libraries depends on."""

import hashlib
from collections.abc import Sequence

from shared.model.account import EVERYTHING, Access


def access_of(libraries: Sequence[str] | None) -> Access:
    """From a row of `authenticate_key`: ids and `/org/*`, null is all."""
    return EVERYTHING if libraries is None else Access(tuple(sorted(set(libraries))))


def allows(access: Access, library_id: str) -> bool:
    """As `may_read` in SQL."""
    organisation = f"/{library_id.split('/')[1]}/*"
    return access.libraries is None or not {library_id, organisation}.isdisjoint(access.libraries)


def digest(access: Access) -> str:
    """Equal for callers who may read the same; empty for those who may read everything."""
    if access.libraries is None:
        return ""
    return hashlib.sha256("\n".join(access.libraries).encode()).hexdigest()[:16]
