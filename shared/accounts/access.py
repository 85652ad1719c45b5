"""Pure: which rule decides whether a library may be read, and what the rules that concern a caller come to."""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.errors import InvalidLibraryId, InvalidRequest
from shared.model.account import EVERYTHING, Access
from shared.model.library import ID_LIMIT, parse_library_ref

Whom = Literal["user", "group", "everyone"]
_NEAREST: tuple[Whom, ...] = ("user", "group", "everyone")
_NAMESPACE = re.compile(r"/([A-Za-z0-9][A-Za-z0-9._-]*)(?:/\*?)?")


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for a library, or with `/org/*` for all of a namespace's."""

    target: str
    whom: Whom
    is_allowed: bool
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All that concern a caller, and whether what none of them names may not be read."""

    rules: tuple[Rule, ...] = ()
    is_closed: bool = False


def rules_of(row: Mapping[str, Any] | None) -> Rules:
    """What `access_of` gives in SQL."""
    if row is None:
        return Rules()
    return Rules(tuple(Rule(**rule) for rule in row["rules"]), row["is_closed"])


def access_of(libraries: Sequence[str] | None, rules: Rules) -> Access:
    """What the bearer of a key may read that names these libraries, or none, and whose user the rules concern.

    What says no more than is so without it is left out: each statement carries the others.
    """
    said = {target: rule.is_allowed for target, rule in _nearest(rules.rules).items()}
    telling = sorted(
        target
        for target, is_allowed in said.items()
        if is_allowed != _without(said, target, otherwise=not rules.is_closed)
    )
    return Access(
        None if libraries is None else tuple(sorted({library.lower() for library in libraries})),
        tuple(target for target in telling if said[target]),
        tuple(target for target in telling if not said[target]),
        rules.is_closed,
    )


def deciding(rules: Iterable[Rule], library_id: str) -> Rule | None:
    """A library's rule before its namespace's, then a user's before a group's before everyone's, then no before yes."""
    nearest = _nearest(rules)
    return next((nearest[place] for place in _places(library_id) if place in nearest), None)


def allows(access: Access, library_id: str) -> bool:
    """As `may_read` in SQL."""
    places = _places(library_id)
    if access.libraries is not None and set(places).isdisjoint(access.libraries):
        return False
    for place in places:
        is_allowed = _holds(access.allowed, place)
        if is_allowed or _holds(access.denied, place):
            return is_allowed
    return not access.is_closed


def digest(access: Access) -> str:
    """Equal for callers who may read the same by the same rules; empty for those who may read everything."""
    if access == EVERYTHING:
        return ""
    return hashlib.sha256(repr(access).encode()).hexdigest()[:16]


def read_target(typed: str) -> str:
    """A library or a namespace as rules name it: `/org/project`, or `/org/*`, which `/org` is short for.

    Raises InvalidRequest.
    """
    text = typed.strip()
    if (found := _NAMESPACE.fullmatch(text)) and len(found[1]) + len("//*") <= ID_LIMIT:
        return f"/{found[1]}/*".lower()
    try:
        ref = parse_library_ref(text)
    except InvalidLibraryId as error:
        raise InvalidRequest(
            f"{text[:ID_LIMIT]!r} is no library and no namespace",
            "write /org/project, or '/org/*' for all of one",
        ) from error
    if ref.version:
        raise InvalidRequest(
            f"{text} names a version", f"write {ref.id}: a rule holds for all of its versions"
        )
    return ref.id.lower()


def _places(library_id: str) -> tuple[str, str]:
    """The targets that stand for it, the nearest first."""
    small = library_id.lower()
    return small, f"/{small.split('/')[1]}/*"


def _without(said: Mapping[str, bool], target: str, *, otherwise: bool) -> bool:
    """What would be so without what is said of a target itself."""
    namespace = _places(target)[1]
    return otherwise if target == namespace else said.get(namespace, otherwise)


def _holds(targets: Sequence[str], place: str) -> bool:
    """Whether targets that are in order hold one."""
    at = bisect_left(targets, place)
    return targets[at : at + 1] == (place,)


def _nearest(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Of the rules of each target the one that counts."""
    nearest: dict[str, Rule] = {}
    for rule in sorted(rules, key=lambda rule: (_NEAREST.index(rule.whom), rule.is_allowed)):
        nearest.setdefault(rule.target, rule)
    return nearest
