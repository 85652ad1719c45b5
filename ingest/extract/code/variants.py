"""Pure: a script's JSON -> the code that it holds in several variants: panes of a group, files of a playground."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.extract.code.language import named_language
from shared.visible import visible, visible_code

_CODE = ("code", "source", "snippet", "children", "content", "value", "raw", "text")
_SURELY = frozenset(("code", "source", "snippet"))
"""Keys whose text is code, whatever stands beside it."""
_LABEL = ("label", "title", "filename", "fileName", "file", "name", "tab", "path", "meta", "language", "lang")
_LANGUAGE = ("language", "lang", "languageId", "syntax")
_CLASS = re.compile(r"(?:^|\s)lang(?:uage)?-([\w+#-]+)")
_FILE = re.compile(r"/?[\w@.+/-]*[\w-]\.([A-Za-z][A-Za-z0-9]{0,7})")
_LARGEST = 4_000_000
"""Characters of a script that is looked into."""
_DEEPEST = 80
_HINTS = ('"code"', '"files"', "language-", '"lang', '"source"', '"snippet"', '\\"code\\"')


@dataclass(frozen=True, slots=True)
class Variant:
    label: str
    language: str
    code: str


Group = tuple[Variant, ...]


def code_groups(script: str) -> tuple[Group, ...]:
    """The groups of two and more variants, in the script's order. Anything but JSON has none."""
    if len(script) > _LARGEST or not any(hint in script for hint in _HINTS):
        return ()
    groups: list[Group] = []
    rest = _walk(_parsed(script), groups, 0)
    return tuple(groups) if len(rest) < 2 else (*groups, tuple(rest))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)  # line separators in its texts are plain line ends by now
    except (ValueError, RecursionError):
        return None


def _walk(node: Any, groups: list[Group], depth: int) -> list[Variant]:
    """The variants below a node that are in no group yet; groups that are complete are added to `groups`."""
    if depth > _DEEPEST:
        return []
    if isinstance(node, Mapping):
        if (one := _variant(node)) is not None:
            return [one]
        files = [one for name, value in node.items() if (one := _file(name, value)) is not None]
        if files:
            return _gathered([files], groups) if len(files) < 2 else _closed(files, groups)
        return _gathered([_walk(value, groups, depth + 1) for value in node.values()], groups)
    if isinstance(node, str):
        return _walk(_parsed(node), groups, depth + 1) if node[:1] in ("{", "[") else []
    if isinstance(node, Sequence):
        return _gathered([_walk(value, groups, depth + 1) for value in node], groups)
    return []


def _gathered(found: Sequence[list[Variant]], groups: list[Group]) -> list[Variant]:
    """One variant goes up to find its like; the first place where several meet is their group."""
    several = [one for part in found for one in part]
    return several if len(several) < 2 else _closed(several, groups)


def _closed(several: Sequence[Variant], groups: list[Group]) -> list[Variant]:
    groups.append(tuple(several))
    return []


def _variant(node: Mapping[str, Any]) -> Variant | None:
    key = next((key for key in _CODE if isinstance(node.get(key), str) and node[key].strip()), None)
    if key is None or node.get("hidden") is True:
        return None
    label = next(
        (value.strip() for name in _LABEL if isinstance(value := node.get(name), str) and value.strip()), ""
    )
    named = _CLASS.search(node["className"]) if isinstance(node.get("className"), str) else None
    said = next((value for name in _LANGUAGE if isinstance(value := node.get(name), str) and value), "")
    language = _known(named[1] if named else said) or _of_file(label)
    if not label and not language:
        return None
    if key not in _SURELY and not language:
        return None
    return Variant(visible(label)[:80], language, visible_code(node[key]))


def _file(name: str, value: Any) -> Variant | None:
    if not _FILE.fullmatch(name):
        return None
    if isinstance(value, Mapping):
        code = next(
            (value[key] for key in ("code", "content", "source") if isinstance(value.get(key), str)), None
        )
        value = None if value.get("hidden") is True else code
    return (
        Variant(name.lstrip("/"), _of_file(name), visible_code(value))
        if isinstance(value, str) and value.strip()
        else None
    )


def _of_file(name: str) -> str:
    found = _FILE.fullmatch(name)
    return _known(found[1]) if found else ""


def _known(name: str) -> str:
    return named_language(name) or ""
