"""A name becomes ranked libraries: what was asked for exactly comes before what is only alike or popular."""

import re
from collections.abc import Sequence

from mcp_server.clean import clean
from shared.errors import InvalidLibraryId
from shared.model.answer import LibraryMatch
from shared.model.library import Candidate, name_key, parse_library_ref

MOST_MATCHES = 10
MOST_VERSIONS = 20
DESCRIPTION_CHARACTERS = 300

_VERSION_TAIL = re.compile(r"[\s@]+v?\d+(\.[\dxX]+)*$")
_EXACT_ID, _EXACT_NAME, _EXACT_PART, _ALIKE = 1.0, 0.95, 0.9, 0.8
_SHARED = 0.8
"""What is left of a confidence when several libraries go by the very same name."""


def asked_name(text: str) -> str:
    """The library that is meant, without its version: `flask` of `flask 2.2`, `/a/b` of `/a/b/2.2`."""
    name = " ".join(text.split())[:200]
    if name.startswith("/"):
        try:
            return parse_library_ref(name).id
        except InvalidLibraryId:
            return name
    return _VERSION_TAIL.sub("", name) or name


def ranked(name: str, question: str, candidates: Sequence[Candidate]) -> list[LibraryMatch]:
    """Those of the candidates that can be asked, best first, each with its confidence (0 to 1).

    An exact id, name or alias always precedes a likeness. Among equals, the one whose names the
    question mentions comes first, then the more popular one, then the one with more to say.
    """
    confidences = {found.library.id: _confidence(name, found) for found in candidates}
    shared = [value for value in confidences.values() if value > _ALIKE]
    asked = {name_key(word) for word in question.split()}

    def order(found: Candidate) -> tuple[float, int, int, int, str]:
        library = found.library
        confidence = confidences[library.id]
        nearness = confidence if confidence > _ALIKE else round(confidence, 1)
        own_words = {name_key(word) for word in (library.vendor or "", library.name, *library.tags)}
        return (
            -nearness,
            -len(own_words & asked),
            -library.popularity_score,
            -library.total_snippets,
            library.id,
        )

    return [
        _match(found, confidence * (_SHARED if shared.count(confidence) > 1 else 1))
        for found in sorted((one for one in candidates if one.versions), key=order)[:MOST_MATCHES]
        for confidence in [confidences[found.library.id]]
    ]


def waiting(candidates: Sequence[Candidate]) -> list[str]:
    """Ids that answer to the name exactly, of which no documentation has been published yet."""
    return [found.library.id for found in candidates if found.exact and not found.versions]


def _confidence(name: str, found: Candidate) -> float:
    key = name_key(name)
    library = found.library
    if key == name_key(library.id):
        return _EXACT_ID
    if key in map(name_key, (library.name, *library.aliases)):
        return _EXACT_NAME
    if found.exact:
        return _EXACT_PART
    return _ALIKE * (1 - (1 - found.similarity) * (1 - found.text_rank))


def _match(found: Candidate, confidence: float) -> LibraryMatch:
    library = found.library
    versions = sorted(found.versions, key=lambda version: version != library.default_version)
    return LibraryMatch(
        id=library.id,
        title=clean(library.name),
        description=clean(library.description)[:DESCRIPTION_CHARACTERS],
        snippets=library.total_snippets,
        versions=tuple(versions[:MOST_VERSIONS]),
        default_version=library.default_version,
        confidence=round(confidence, 3),
        source=library.docs_url or library.repo_url,
    )
