"""Which passages of a generation say the same: equal ones, and ones that differ in a few plain words. Pure.

Of near ones what is written like an identifier, numbers, signs, code and words of denial are equal, in their order.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple
from uuid import UUID

NEAR: Final = 0.9
"""Of the runs of plain words in either of two passages, how many both must have."""
RUN: Final = 3
MOST_COMPARED: Final = 32
"""Passages with the same names, numbers and signs that a further one is compared with: an odd page costs no more."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_AROUND: Final = ",.;'\"\u2018\u2019\u201c\u201d"
"""Punctuation that changes no meaning, on either end of a word."""
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_DENIAL: Final = frozenset(
    [
        "cannot",
        "except",
        "neither",
        "never",
        "no",
        "none",
        "nor",
        "not",
        "nothing",
        "only",
        "unless",
        "without",
    ]
)


class Said(NamedTuple):
    """What a passage says."""

    text: bytes
    """Digest of its own text: equal passages are equal wherever they stand."""
    exact: bytes
    """Digest of what near passages have in common, with the names in their headings and their symbols."""
    words: tuple[str, ...]
    """The plain words, in small letters."""


def said(content: str, heading: str = "", symbols: Sequence[str] = ()) -> Said:
    """Of a passage in Markdown, below its heading; `symbols` are the entries of an API that it documents."""
    exact, words = blake2b(digest_size=16), []
    for symbol in symbols:
        exact.update(f"{symbol}\0".encode())
    for piece, is_code in _pieces(f"{heading}\n{content}"):
        word = piece.strip(_AROUND)
        if is_code or not _is_plain(word):
            exact.update(f"{piece}\0".encode())
        elif word:
            words.append(word.lower())
    text = blake2b("\n".join(map(str.rstrip, content.split("\n"))).encode(), digest_size=16)
    return Said(text.digest(), exact.digest(), tuple(words))


def copies(passages: Iterable[tuple[UUID, Said]]) -> dict[UUID, UUID]:
    """Passages in their order -> for each that has an equal or near one, the first that says the same.

    That one leads to itself; a passage that stands alone is left out.
    """
    first_of: dict[bytes, UUID] = {}
    leads: dict[bytes, list[tuple[UUID, frozenset[int]]]] = defaultdict(list)
    found: dict[UUID, UUID] = {}
    for identity, what in passages:
        first = first_of.get(what.text)
        if first is None:
            runs, alike = _runs(what.words), leads[what.exact]
            first = next((lead for lead, others in alike if _is_near(runs, others)), identity)
            first_of[what.text] = first
            if first == identity and len(alike) < MOST_COMPARED:
                alike.append((identity, runs))
        if first != identity:
            found[first] = found[identity] = first
    return found


def _is_near(runs: frozenset[int], others: frozenset[int]) -> bool:
    return len(runs & others) >= NEAR * len(runs | others)


def _runs(words: Sequence[str]) -> frozenset[int]:
    return frozenset(hash(tuple(words[at : at + RUN])) for at in range(max(1, len(words) - RUN + 1)))


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """What stands between spaces, with whether it is code; a line of a fenced block is one piece."""
    fence = ""
    for line in text.split("\n"):
        marker = _FENCE.match(line)
        if fence or marker:
            if marker and not fence:
                fence = marker[1]
            elif marker and marker[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
            yield line.rstrip(), True
            continue
        in_code = False
        for piece in line.split():
            ticks = piece.count("`")
            yield piece, in_code or ticks > 0
            in_code ^= ticks % 2 == 1


def _is_plain(word: str) -> bool:
    """Whether it is a word of the language, and neither a name, a number, a sign nor a denial."""
    if not word:
        return True
    if not _WORD.fullmatch(word):
        return False
    is_name = word[1:] != word[1:].lower()  # SQL, createIndex
    return not (is_name or word.lower() in _DENIAL or word.lower().replace("\u2019", "'").endswith("n't"))
