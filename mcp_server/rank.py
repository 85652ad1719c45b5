"""Which passages answer best: two rankings become one, pages are heard as a whole, repeats are dropped. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from shared.model.answer import Hit

Key = TypeVar("Key", bound=Hashable)

# Chosen on 51 questions over three documentations: docs/decisions/0013-fusion.md has the figures.
RANK_CONSTANT = 20
"""How much the first places of a ranking count against the later ones."""
WEIGHTS = (1.0, 0.7)
"""Of the dense ranking and of the sparse one."""
CODE_BONUS = 0.3
"""Who asks here writes code: a passage that shows it is preferred to one that does not."""
PAGE_SHARE = 0.3
"""How much a page's other passages say for each of them ..."""
PAGE_DECAY = 0.5
"""... each of them half as much as the one before it."""
PAGE_DEPTH = 5


def fuse(rankings: Sequence[Sequence[Key]], weights: Sequence[float] = WEIGHTS) -> dict[Key, float]:
    """Weighted reciprocal rank fusion of rankings, each best first.

    Scores are 0 to 1: 1 is first in every ranking. The result is in order of score, best first; equal
    scores keep the order in which their keys were first met.
    """
    best = sum(weights) / (RANK_CONSTANT + 1)
    scores: dict[Key, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for place, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + weight / (RANK_CONSTANT + place) / best
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def weighed(hits: Sequence[Hit]) -> list[Hit]:
    """The hits with scores that also hear what they are and what else their page says, best first; 0 to 1."""
    shown = {hit.chunk_id: hit.score * (1 + CODE_BONUS * (hit.content_type == "snippet")) for hit in hits}
    pages: dict[str, list[float]] = defaultdict(list)
    for hit in hits:
        pages[_page(hit)].append(shown[hit.chunk_id])
    said = {
        page: sum(
            score * PAGE_DECAY**place for place, score in enumerate(sorted(scores, reverse=True)[:PAGE_DEPTH])
        )
        for page, scores in pages.items()
    }
    most = (1 + CODE_BONUS) * (1 + PAGE_SHARE / (1 - PAGE_DECAY))
    scored = [
        replace(hit, score=(shown[hit.chunk_id] + PAGE_SHARE * said[_page(hit)]) / most) for hit in hits
    ]
    return sorted(scored, key=lambda hit: -hit.score)


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


def _page(hit: Hit) -> str:
    return hit.source_url.partition("#")[0]
