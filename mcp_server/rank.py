"""Which passages answer best: two rankings become one, and what was said already is dropped. Pure."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from shared.model.answer import Hit

Key = TypeVar("Key", bound=Hashable)

RANK_CONSTANT = 60
"""How much the first places of a ranking count against the later ones (the usual constant of RRF)."""


def fuse(rankings: Sequence[Sequence[Key]], constant: int = RANK_CONSTANT) -> dict[Key, float]:
    """Reciprocal rank fusion of rankings, each best first.

    Scores are 0 to 1: 1 is first in every ranking. The result is in order of score, best first; equal
    scores keep the order in which their keys were first met.
    """
    best = len(rankings) / (constant + 1)
    scores: dict[Key, float] = {}
    for ranking in rankings:
        for place, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + 1 / (constant + place) / best
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def distinct(hits: Iterable[Hit]) -> list[Hit]:
    """The hits, best first as they came, without those whose content a better one holds already."""
    kept: list[Hit] = []
    said: list[str] = []
    for hit in hits:
        content = " ".join(hit.content.split())
        if content and not any(content in earlier for earlier in said):
            kept.append(hit)
            said.append(content)
    return kept
