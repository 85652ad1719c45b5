"""The replies of the two tools: an answer, or a miss that the assistant can act on."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from mcp_server.answer import render
from mcp_server.answer.cost import cost
from mcp_server.answer.digest import digest
from mcp_server.answer.pack import budget, docs_text
from mcp_server.answer.paging import StaleCursor
from mcp_server.answer.search import search
from mcp_server.backing import Backing
from mcp_server.gate import Miss, Reply, Spent, hidden, hidden_name
from mcp_server.libraries import asked
from mcp_server.libraries.resolve import guesses, ranked, waiting
from shared.accounts.access import digest as access_digest
from shared.errors import InvalidLibraryId, LibraryUnknown, VersionUnknown
from shared.model.account import Access, Principal, Refusal
from shared.model.answer import FACTS, Answer, Libraries
from shared.model.library import check_asked_version, name_key, parse_library_ref
from shared.model.version import same
from shared.stores.cache import SECONDS_TO_LIVE, resolve_key
from shared.visible import visible

MOST_QUESTION_CHARACTERS = 4000
"""Characters of a question that are read: far more than a model's window, far less than a pasted log file."""


async def libraries(backing: Backing, access: Access, library_name: str, question: str) -> Reply:
    """The reply of `resolve-library-id`, of libraries that may be read."""
    question, typed = plain(question), plain(library_name)
    meant = asked.read(typed or question)
    if not meant.name:
        return _no_library(render.EMPTY_NAME, miss="request")
    catalogue = await backing.catalogue(access)
    cache = await (await backing.stores()).cache()
    key = resolve_key(digest(typed, question, await catalogue.revision(), access_digest(access)))
    cached = found = _from_cache(await cache.get(key))
    if found is None:
        keys = [reading.key for reading in meant.readings]
        candidates = await catalogue.candidates(
            meant.name, keys, sure=meant.sure, mended=asked.mended(name_key(meant.name))
        )
        if absent := waiting(meant, question, candidates):
            refused_by = await hidden_name(backing, access, meant.name)
            return _no_library(render.no_library_text(meant.name, absent), absent, refused_by)
        found = Libraries(libraries=tuple(ranked(meant, question, candidates)))
        if not found.libraries:
            near = guesses(meant, question, candidates)
            refused_by = await hidden_name(backing, access, meant.name)
            return _no_library(render.no_library_text(meant.name, guesses=near), near, refused_by)
        best = found.libraries[0]
        value = {"libraryId": best.id, "confidence": best.confidence, **found.model_dump(mode="json")}
        cache.put_soon(key, value, SECONDS_TO_LIVE)
    text = render.libraries_text(found.libraries)
    spent = Spent(found.libraries[0].id, cost(text), cached=cached is not None)
    return Reply(text, found, spent)


async def docs(
    backing: Backing,
    caller: Principal,
    library_id: str,
    question: str,
    tokens: int | None,
    cursor: str = "",
    version: str = "",
) -> Reply:
    """The reply of `query-docs`; the version may also stand in the id."""
    question, named, cursor = plain(question), visible(library_id).strip(), cursor.strip()
    try:
        ref = parse_library_ref(named, check_asked_version)
        beside = check_asked_version(version) if (version := visible(version).strip()) else None
    except InvalidLibraryId as error:
        return _nothing("request", render.no_id_text(error.line), Answer.empty(named[:100], ""))
    if ref.version and beside and not same(ref.version, beside):
        empty = Answer.empty(ref.id, beside)
        return _nothing("request", render.two_versions_text(ref.version, beside), empty, ref.id)
    ref = replace(ref, version=ref.version or beside)
    nothing = Answer.empty(ref.id, ref.version or "")
    if not question:
        return _nothing("request", render.EMPTY_QUESTION, nothing, ref.id)
    try:
        found = await search(backing, caller.access, ref, question, most := budget(tokens), cursor)
    except LibraryUnknown as error:
        refused_by = await hidden(backing, caller, ref.id)
        return _nothing(
            "library", render.unknown_library_text(ref.id, error.near), nothing, ref.id, refused_by
        )
    except VersionUnknown as error:
        text = render.unknown_version_text(error.library_id, error.version, error.available)
        return _nothing("version", text, Answer.empty(error.library_id, error.version), error.library_id)
    except StaleCursor:
        return _nothing("request", render.STALE_CURSOR, nothing, ref.id)
    answer = found.answer
    if not answer.snippets:
        text = render.nothing_found_text(answer.library_id, answer.version, most, further=bool(cursor))
        return _nothing("passages", text, answer, answer.library_id)
    spent = Spent(answer.library_id, answer.tokens, cached=found.cached)
    return Reply(docs_text(answer), answer, spent, {FACTS: found.facts})


def plain(text: str) -> str:
    """A question as it is searched: visible, composed, without surplus white space, not endless."""
    return unicodedata.normalize("NFC", " ".join(visible(text).split()))[:MOST_QUESTION_CHARACTERS].strip()


def _no_library(
    text: str, not_indexed: Sequence[str] = (), refused_by: Refusal | None = None, miss: Miss = "library"
) -> Reply:
    nothing = Libraries(libraries=(), not_indexed=tuple(not_indexed), message=text)
    return Reply(text, nothing, Spent(None, cost(text), missed=True, refused_by=refused_by), miss=miss)


def _nothing(
    miss: Miss, text: str, empty: Answer, library_id: str | None = None, refused_by: Refusal | None = None
) -> Reply:
    spent = Spent(library_id, cost(text), missed=True, refused_by=refused_by)
    return Reply(text, empty.model_copy(update={"message": text}), spent, miss=miss)


def _from_cache(value: dict[str, Any] | None) -> Libraries | None:
    try:
        return Libraries.model_validate(value) if value else None
    except ValidationError:
        return None
