"""The shipped catalogue of known libraries: where their official documentation is."""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from shared.errors import SettingsError
from shared.model.library import Library, parse_library_ref

_OPTIONAL = ("packages", "imports")
_FIELDS = ("id", "name", "vendor", "docs_url", "repo_url", "description", "popularity", "aliases", "tags")
_ADDRESS = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*)?")


@cache
def shipped_libraries() -> Mapping[str, Library]:
    """Every library of the shipped catalogue by its id, in the file's order."""
    return parse_shipped(_text())


@cache
def edition() -> str:
    """Differs for every catalogue that says something else: SHA-256, hexadecimal."""
    return hashlib.sha256(_text().encode()).hexdigest()


def _text() -> str:
    return resources.files("ingest.libraries").joinpath("catalogue.toml").read_text(encoding="utf-8")


def parse_shipped(toml: str) -> Mapping[str, Library]:
    """Libraries by id from the text of a catalogue.

    Raises SettingsError that names every mistake at once.
    """
    entries: list[dict[str, Any]] = tomllib.loads(toml).get("library", [])
    if mistakes := [*(mistake for entry in entries for mistake in _mistakes(entry)), *_shared(entries)]:
        raise SettingsError(f"the catalogue is wrong: {'; '.join(mistakes)}", "correct these entries")
    return MappingProxyType({entry["id"]: _library(entry) for entry in entries})


def _library(entry: Mapping[str, Any]) -> Library:
    plain = {field: entry[field] for field in ("id", "name", "vendor", "docs_url", "repo_url", "description")}
    return Library(
        **plain,
        popularity_score=entry["popularity"],
        aliases=tuple(entry["aliases"]),
        tags=tuple(entry["tags"]),
        packages=tuple(entry.get("packages", ())),
        imports=tuple(entry.get("imports", ())),
        categories=tuple(entry["tags"][:1]),
    )


def _mistakes(entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with one entry by itself."""
    name = entry.get("id", "an entry without id")
    if odd := set(_FIELDS) ^ (entry.keys() - set(_OPTIONAL)):
        return [f"{name} lacks or does not know {', '.join(sorted(odd))}"]
    rules = {
        "id": str(parse_library_ref(entry["id"])) == entry["id"] == entry["id"].lower(),
        "docs_url": _ADDRESS.fullmatch(entry["docs_url"]) is not None,
        "repo_url": _ADDRESS.fullmatch(entry["repo_url"]) is not None,
        "description": entry["description"].endswith(".") and "\n" not in entry["description"],
        "popularity": type(entry["popularity"]) is int and 0 <= entry["popularity"] <= 100,
        "aliases": all(alias == alias.strip().lower() != "" for alias in entry["aliases"]),
        "tags": bool(entry["tags"]) and all(tag == tag.strip().lower() != "" for tag in entry["tags"]),
        "packages": all(_bare(name) and name == name.lower() for name in entry.get("packages", ())),
        "imports": all(map(_bare, entry.get("imports", ()))),
    }
    return [f"{name} has a bad {field}" for field, good in rules.items() if not good]


def _bare(name: str) -> bool:
    """Whether a name has no white space in it, and is one."""
    return name.split() == [name]


def _shared(entries: list[dict[str, Any]]) -> list[str]:
    """What more than one entry claims: as an id or alias, as a package, as an import."""
    claimed = (
        Counter(claim for entry in entries for claim in {*entry.get(field, ()), *_own(entry, field)})
        for field in ("aliases", *_OPTIONAL)
    )
    return [
        f"{claim} is claimed {count} times"
        for counted in claimed
        for claim, count in counted.items()
        if count > 1
    ]


def _own(entry: Mapping[str, Any], field: str) -> set[str]:
    return {entry["id"]} if field == "aliases" and "id" in entry else set()
