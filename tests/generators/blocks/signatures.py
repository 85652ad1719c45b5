"""Entries of a reference of TypeScript: what functions take, times what they return."""

import re
from itertools import product

from tests.generators.truth import Entry

_TAKEN = {
    "": (),
    "path: string": (("path", "Where the latch is."),),
    "path: string, limit?: number": (
        ("path", "Where it is."),
        ("limit", "How often `open` is tried, `3` at first."),
    ),
    "first: T, ...rest: readonly T[]": (("first", "What comes first."), ("rest", "All others.")),
    "by: (item: T, at: number) => boolean": (("by", "Whether an `item` is kept."),),
    "options: { deep?: boolean; keep: string[] }": (("options", "How it is closed."),),
    "from: [number, number], to: 'left' | 'right'": (
        ("from", "A place."),
        ("to", "A side, `left` or `right`."),
    ),
    "key: keyof T, value: T[keyof T]": (("key", "Of a field."), ("value", "What stands there then.")),
    "jars: Map<string, Set<T>>": (("jars", "By their labels, as `Map<string, Set<T>>`."),),
    "signal: AbortSignal | null": (("signal", "Ends it early."),),
}
_RETURNED = {
    "void": "Closes the latch.",
    "boolean": "Whether the latch holds.",
    "Promise<T[]>": "All that lies behind it, as `T[]`.",
    "T | undefined": "What is there, or `undefined`.",
    "Record<string, number>": "How much of each is left.",
    "[key: string, value: T][]": "Its fields, in order.",
    "AsyncIterable<T>": "One after the other.",
    "(item: T) => number": "A function to sort by.",
    "T extends string ? number : never": "A type that depends on another.",
}
_LETTERS = "abcdefghij"


def _entry(taken: str, returned: str) -> Entry:
    name = f"latch{_LETTERS[[*_TAKEN].index(taken)]}{_LETTERS[[*_RETURNED].index(returned)]}"
    generic = "<T extends object>" if re.search(r"\bT\b", f"{taken} {returned}") else ""
    signature = f"{name}{generic}({taken}): {returned}"
    return Entry(name, "typescript", name, signature, f"{_RETURNED[returned]} See {name}.", _TAKEN[taken])


SIGNATURES = tuple(_entry(*one) for one in product(_TAKEN, _RETURNED))
