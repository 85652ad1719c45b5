"""Candidates become ranked libraries: what was asked for exactly comes before what is only alike or popular."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from mcp_server.libraries.asked import Asked, Reading, Trust
from mcp_server.libraries.named_version import listed, named_version
from shared.model.answer import LibraryMatch
from shared.model.library import Candidate, Library, name_key
from shared.model.version import standing_for
from shared.visible import visible

MOST_MATCHES = 10
MOST_GUESSES = 3
MOST_VERSIONS = 20
DESCRIPTION_CHARACTERS = 300

_ID, _NAME, _OTHER_NAME = 1.0, 0.95, 0.9
_WITHIN, _MENDED, _PART, _ALIKE = 0.85, 0.8, 0.75, 0.7
_SHARED = 0.8
"""What is left of a confidence when several libraries go by the very same name."""


_NOTHING = Reading("", Trust.LOOSE)


class _Tier(IntEnum):
    """Evidence of a lower tier is always better."""

    EXACT = 0
    """All of what was asked is a name of it."""
    WITHIN = 1
    """What was asked is a page of its site, or a module of it."""
    MENDED = 2
    """What was asked is a name of it, but for one slip."""
    PART = 3
    """Some of the words are a name of it."""
    ALIKE = 4


@dataclass(frozen=True, slots=True)
class _Standing:
    """How good the evidence for one candidate is; `order` is that within a tier, the lower the better."""

    tier: _Tier
    order: tuple[float, ...]
    confidence: float


def ranked(asked: Asked, question: str, candidates: Sequence[Candidate]) -> list[LibraryMatch]:
    """Those of the candidates that can be asked, best first, each with its confidence (0 to 1).

    Among equals, the official one of the shipped catalogue comes first, then the one that the question
    speaks of, then the more popular one, then the one with more to say.
    """
    ordered = _ordered(asked, question, candidates)
    exact = [standing.confidence for _, standing in ordered if standing.tier == _Tier.EXACT]
    matches = []
    for found, standing in [one for one in ordered if one[0].versions][:MOST_MATCHES]:
        shared = exact.count(standing.confidence) > 1
        confidence = standing.confidence * (_SHARED if shared else 1)
        version = asked.version or named_version(found.library, f"{asked.typed} ; {question}")
        matches.append(_match(found, confidence, version))
    return matches


def waiting(asked: Asked, question: str, candidates: Sequence[Candidate]) -> list[str]:
    """Ids that are meant exactly and of which no documentation is here, the best first.

    None where something that is here is meant as exactly: by as much of what was asked.
    """
    exact = [
        (standing.order[0], found)
        for found, standing in _ordered(asked, question, candidates)
        if standing.tier == _Tier.EXACT
    ]
    here = min((place for place, found in exact if found.versions), default=len(asked.readings))
    return [found.library.id for place, found in exact if place < here][:MOST_MATCHES]


def guesses(asked: Asked, question: str, candidates: Sequence[Candidate]) -> list[str]:
    """Ids that may be meant and of which no documentation is here, the best first."""
    return [
        found.library.id
        for found, standing in _ordered(asked, question, candidates)
        if not found.versions and standing.tier in (_Tier.WITHIN, _Tier.MENDED, _Tier.PART)
    ][:MOST_GUESSES]


def _ordered(
    asked: Asked, question: str, candidates: Sequence[Candidate]
) -> list[tuple[Candidate, _Standing]]:
    readings = {reading.key: (place, reading) for place, reading in enumerate(asked.readings)}
    spoken = {name_key(word) for word in question.split()}

    def key(one: tuple[Candidate, _Standing]) -> tuple[int, tuple[float, ...], int, int, int, str]:
        library, standing = one[0].library, one[1]
        about = len(_subjects(library) & spoken)
        return (
            standing.tier,
            standing.order,
            -about,
            -library.popularity_score,
            -library.total_snippets,
            library.id,
        )

    return sorted(((found, _standing(found, asked, readings)) for found in candidates), key=key)


def _standing(found: Candidate, asked: Asked, readings: Mapping[str, tuple[int, Reading]]) -> _Standing:
    library = found.library
    hits = sorted((readings[key] for key in found.keys if key in readings), key=lambda hit: hit[0])
    place, best = hits[0] if hits else (0, _NOTHING)
    naming = _naming(best.key, library)
    if best.trust <= Trust.CORE:
        return _Standing(_Tier.EXACT, (place, -naming, not found.known), naming)
    if best.trust == Trust.WITHIN:
        return _Standing(_Tier.WITHIN, (place, -naming, not found.known), _WITHIN)
    if slips := [_slip(key, asked) for key in found.keys if key not in readings]:
        return _Standing(_Tier.MENDED, (min(slips),), _MENDED)
    if best.trust == Trust.PART:
        words = _words(library)
        order = min(
            (-_share(reading.beside, words), place, -_naming(reading.key, library))
            for place, reading in hits
            if reading.trust == Trust.PART
        )
        return _Standing(_Tier.PART, order, _PART)
    alike = max(1 - (1 - found.similarity) * (1 - found.text_rank), 0.9 if hits else 0)
    return _Standing(_Tier.ALIKE, (-round(alike, 1),), _ALIKE * alike)


def _naming(key: str, library: Library) -> float:
    """How much a library's own a name is: its id, what it is called, or what else it answers to."""
    if key == name_key(library.id):
        return _ID
    return _NAME if key in map(name_key, (library.name, *library.aliases)) else _OTHER_NAME


def _slip(key: str, asked: Asked) -> int:
    """Letters swapped are the likeliest slip, then one too many or too few, then a wrong one."""
    typed = name_key(asked.name)
    if sorted(key) == sorted(typed):
        return 0
    return 1 if len(key) != len(typed) else 2


def _share(beside: Collection[str], words: Collection[str]) -> float:
    """Which share of the words beside a name the library explains: `python` of `python requests`."""
    return sum(word in words for word in beside) / len(beside) if beside else 1.0


def _subjects(library: Library) -> set[str]:
    """What a question about it may mention: who makes it, its name, what it belongs to."""
    return {name_key(word) for word in (library.vendor or "", library.name, *library.tags)}


def _words(library: Library) -> set[str]:
    said = " ".join(
        (*library.tags, library.description, library.vendor or "", library.name, *library.aliases)
    )
    return {name_key(word) for word in said.split()}


def _match(found: Candidate, confidence: float, version: str | None) -> LibraryMatch:
    library = found.library
    pinned = standing_for(version, found.versions) if version else None
    return LibraryMatch(
        id=library.id,
        title=visible(library.name),
        description=visible(library.description)[:DESCRIPTION_CHARACTERS],
        snippets=library.total_snippets,
        versions=tuple(listed(found.versions, [pinned, library.default_version])[:MOST_VERSIONS]),
        default_version=library.default_version,
        asked_version=version,
        pinned_version=pinned,
        confidence=round(confidence, 3),
        source=found.sources.get(pinned or library.default_version or "")
        or library.docs_url
        or library.repo_url,
    )
