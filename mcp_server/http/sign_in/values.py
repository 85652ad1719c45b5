"""Pure: who a browser is to us."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is signed in. `id` is what is kept of the browser's cookie, `csrf` what each form of theirs carries."""

    id: str
    user_id: UUID
    email: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Visit:
    """Nobody is yet. `id` is what is kept of the browser's cookie."""

    id: str
    csrf: str
