"""Which passages answer best: two rankings become one, pages count as a whole, repeats are dropped. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import repeat
from operator import contains
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from mcp_server.answer.question import is_about_change
from shared.model.answer import Hit
from shared.model.document import ContentType
from shared.terms import named

Key = TypeVar("Key", bound=Hashable)
Ranking = Sequence[tuple[Key, float]]

REVISION = 10
"""To be raised with every change of what is ranked how: answers that are cached belong to one revision."""

# Chosen on open questions: docs/decisions/0019-fields-and-scores.md has the figures.
CANDIDATES = 40
"""How many passages each ranking puts forward ..."""
REACH = 60
"""... and how far each is read to score those that the other one puts forward."""
COPIES = 140
"""How much further, at most, where passages say the same: they count as one."""
FETCHED = 60
"""How many of both are fetched: those that are left out had no part in an answer of the questions it was tried on."""
DENSE_SHARE = 0.62
"""What the dense ranking counts; the rest is the sparse one's."""
CODE_BONUS = 0.4
"""Who asks here writes code: a passage that shows it is preferred to one that does not."""
NAMED_BONUS = 0.6
"""The entry of the very symbol that is asked for is preferred to those that share its words."""
CHRONICLE_SHARE = 0.3
"""What is left of a passage that tells what changed, or lists what stands elsewhere."""
POST_SHARE = 0.6
"""What is left of a passage in a post of a blog or news: it was true on a day, and a guide is kept so."""
PAGE_SHARE = 0.75
"""How much a page's other passages say for each of them ..."""
PAGE_DECAY = 0.7
"""... each of them a little less than the one before it, the best three of them."""
PAGE_DEPTH = 3
RERANKED = 20
"""How many passages a cross-encoder reads, where there is one: some ten milliseconds each."""
REPEAT = 0.8
"""What each further passage of a page counts when passages are put in order for an answer."""

_CHRONICLE = re.compile(
    r"(?:release[-_]?(?:notes?|log)|rel[-_]?notes?|releases?|changes|change[-_]?log|history|news|what'?s?[-_]?new"
    r"|(?:book|gen|py-mod)[-_]?index|glossary|search|deprecations?)(?:[-_.]?v?\d[\w.]*)?(?:\.html?)?",
    re.IGNORECASE,
)
"""A segment of the address of a page that chronicles or lists."""
_LINK = re.compile(r"\[((?:[^\]\\]|\\.)*)\]\([^)\s]*\)")
"""Of Markdown, with what it says."""
OWN_WORDS = 0.3
"""A passage with a smaller share of text that is no link says where to read, and nothing itself."""


def fuse(dense: Ranking[Key], sparse: Ranking[Key]) -> dict[Key, float]:
    """Two rankings of keys with their scores, each best first, as one: the mean of their scaled scores.

    Each puts its first CANDIDATES forward and says what it thinks of the other's, as far as it reaches. A dense
    score is 1 for the first and 0 for the last, since no cosine comes near 0; a sparse one is its share of the
    best. Scores are 0 to 1: 1 is first in both. The result is the best FETCHED in order of score; equal scores
    keep the order in which their keys were first met.
    """
    scores: dict[Key, float] = {key: 0.0 for ranking in (dense, sparse) for key, _ in ranking[:CANDIDATES]}
    least_dense = dense[-1][1] if dense else 0.0
    for ranking, least, share in ((dense, least_dense, DENSE_SHARE), (sparse, 0.0, 1 - DENSE_SHARE)):
        for key, score in ranking:
            if key in scores:
                best = ranking[0][1]
                scaled = (score - least) / (best - least) if best > least else 1.0
                scores[key] += scaled * share
    return dict(sorted(scores.items(), key=lambda item: -item[1])[:FETCHED])


def collapsed(
    dense: Ranking[Key], sparse: Ranking[Key], same: Mapping[Key, Key]
) -> tuple[Ranking[Key], Ranking[Key]]:
    """Both rankings with one key in place of all that say the same, as far as each is read.

    `same` leads from such a key to what all of them share. The one that stands best in both stays, with the best
    score that any of them has.
    """
    places = [{key: place for place, (key, _) in enumerate(ranking)} for ranking in (dense, sparse)]
    stays: dict[Key, Key] = {}
    for key in sorted(places[0] | places[1], key=lambda key: sum(at.get(key, len(at)) for at in places)):
        stays.setdefault(same.get(key, key), key)

    def alone(ranking: Ranking[Key]) -> Ranking[Key]:
        best: dict[Key, float] = {}
        for key, score in ranking:
            best.setdefault(stays[same.get(key, key)], score)
        return list(best.items())[:REACH]

    return alone(dense), alone(sparse)


def weighed(hits: Sequence[Hit], question: str) -> list[Hit]:
    """The hits with scores that also hear what they are and what else their page says, best first; 0 to 1."""
    places = [_page(hit) for hit in hits]
    about_change = is_about_change(question)
    lowered = set() if about_change else set(filter(_chronicles, set(places)))
    asked = named(question)
    entries = {hit.chunk_id for hit in hits if any(_is_named(symbol, asked) for symbol in hit.symbols)}
    alone = [
        hit.score
        * (1 + CODE_BONUS * (hit.content_type == ContentType.SNIPPET))
        * (1 + NAMED_BONUS * (hit.chunk_id in entries))
        * (CHRONICLE_SHARE if page in lowered or _only_leads_on(hit.content) else 1.0)
        * (POST_SHARE if hit.post and not about_change else 1.0)
        for hit, page in zip(hits, places, strict=True)
    ]
    pages: dict[str, list[float]] = defaultdict(list)
    for page, score in zip(places, alone, strict=True):
        pages[page].append(score)
    said = {page: PAGE_SHARE * _voice(scores) for page, scores in pages.items()}
    loudest = (1 + CODE_BONUS) * (1 + NAMED_BONUS * bool(entries))
    most = loudest + PAGE_SHARE * _voice([loudest] * PAGE_DEPTH)
    scored = [
        replace(hit, score=(score + said[page]) / most)
        for hit, page, score in zip(hits, places, alone, strict=True)
    ]
    return sorted(scored, key=lambda hit: -hit.score)


def reranked(hits: Sequence[Hit], relevance: Sequence[float]) -> list[Hit]:
    """The hits in the order of what a cross-encoder finds of the first of them and what they scored before, halved.

    `relevance` is 0 to 1, for the first len(relevance) hits; the others stay behind them.
    """
    judged = [
        replace(hit, score=(hit.score + found) / 2) for hit, found in zip(hits, relevance, strict=False)
    ]
    rest = [replace(hit, score=hit.score / 2) for hit in hits[len(relevance) :]]
    return sorted(judged, key=lambda hit: -hit.score) + rest


def distinct(hits: Iterable[Hit]) -> list[Hit]:
    """The hits, best first as they came, without those whose content a better one holds already.

    Several lines are held where each is a line of a better hit, and one of these has them together.
    """
    kept: list[Hit] = []
    said: list[str] = []
    lines_said: set[str] = set()
    for hit in hits:
        lines = [line for line in map(str.strip, hit.content.split("\n")) if line]
        content = "\n".join(lines)
        may_be_said = len(lines) < 2 or lines_said.issuperset(lines)  # spares most the search through all
        if content and not (may_be_said and any(map(contains, said, repeat(content)))):
            kept.append(hit)
            said.append(content)
            lines_said.update(lines)
    return kept


def spread(hits: Sequence[Hit]) -> list[Hit]:
    """The hits in an order in which a page's second passage counts less than its first, its third still less.

    The first passages of pages keep their order; other pages come before one page has given all of its passages.
    """
    said: Counter[str] = Counter()
    weighed: dict[UUID, float] = {}
    for hit in hits:
        weighed[hit.chunk_id] = hit.score * REPEAT ** said[_page(hit)]
        said[_page(hit)] += 1
    return sorted(hits, key=lambda hit: -weighed[hit.chunk_id])


def _voice(scores: Sequence[float]) -> float:
    """What the best passages of a page say together."""
    best = sorted(scores, reverse=True)[:PAGE_DEPTH]
    return sum(score * PAGE_DECAY**place for place, score in enumerate(best))


def _page(hit: Hit) -> str:
    return hit.source_url.partition("#")[0]


def _is_named(symbol: str, asked: Sequence[str]) -> bool:
    """Whether a symbol is written so, or so without what it is a part of."""
    return any(symbol == name or symbol.endswith((f".{name}", f"::{name}")) for name in asked)


def _only_leads_on(content: str) -> bool:
    """Whether a passage is hardly more than links: "See also", "Next steps"."""
    if "](" not in content:
        return False
    said = sum(map(len, _LINK.findall(content)))
    own = len(_LINK.sub("", content))
    return own < OWN_WORDS * (own + said)


@lru_cache(1 << 12)
def _chronicles(page: str) -> bool:
    return any(_CHRONICLE.fullmatch(segment) for segment in urlsplit(page).path.split("/"))
