"""A text -> what in it looks like an instruction to the agent that reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.scan.disguise import decoded, spelled_apart, turned
from ingest.scan.fold import fold, squeeze, words
from ingest.scan.rules import RULES, SIGNALS, Rule, Signal

MOST_MATCHES = 50
"""Of one signal in one text: what stands beyond them is looked at where they were fewer."""

_CJK = "CJK"
"""Stands among the words of a text for characters of scripts that are not written in words."""
_DISCUSSED = SIGNALS["discussed"].pattern
_OVERRIDE = SIGNALS["override"].pattern
_ASIAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_QUOTED = re.compile(r"(?:^|[\s(:|>])[\"'`“„«‘「][^\"'`”“»’」\n]{0,80}$")
_QUOTE_REACH = 82
_BEFORE, _BEHIND = 90, 60
"""Characters around a finding in which it may be said that it is harmless."""

Span = tuple[int, int]


def _gates() -> tuple[dict[str, int], list[tuple[Rule, int]]]:
    """A bit for each set of needed words: the bits that a word sets, and those that a rule needs."""
    sets = {words: 1 << at for at, words in enumerate({n for r in RULES for s in r.signals for n in s.needs})}
    gates: dict[str, int] = {}
    for needed, bit in sets.items():
        for word in needed:
            gates[word] = gates.get(word, 0) | bit
    return gates, [(rule, sum({sets[n] for s in rule.signals for n in s.needs})) for rule in RULES]


_GATES, _NEEDED = _gates()
_WORDS = {word.encode(): bits for word, bits in _GATES.items() if word.isidentifier()}
_SIGNS = [(sign, bits) for sign, bits in _GATES.items() if not sign.isidentifier()]
_VOCABULARY = frozenset(_WORDS)


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` is what it looks like; `start` and `end` are where, in the text that was scanned."""

    rule: str
    start: int
    end: int


def scan(text: str) -> list[Finding]:
    """What is suspicious in a text, by place; the same text gives the same findings."""
    found = dict.fromkeys(_plain(text))
    for start, end, meaning in decoded(text):
        if any(_plain(meaning)):
            found[Finding("encoded command", start, end)] = None
    return sorted(found, key=lambda one: (one.start, one.end, one.rule))


def _plain(text: str) -> Iterator[Finding]:
    folded = fold(text)
    reading = _Reading(folded.text)
    for rule in reading.rules():
        for start, end in reading.met(rule):
            yield Finding(rule.name, *folded.place(start, end))
    letters = squeeze(folded.text)
    if turned(letters) or (spelled_apart(letters) and not _OVERRIDE.search(folded.text)):
        yield Finding("disguised", 0, len(text))


class _Reading:
    """One folded text while the rules are tried on it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._matches: dict[Signal, list[Span]] = {}

    def rules(self) -> list[Rule]:
        """Those for which every word that they need is there."""
        marks = 0
        for word in _VOCABULARY.intersection(words(self._text)):
            marks |= _WORDS[word]
        for sign, bits in _SIGNS:
            if sign in self._text:
                marks |= bits
        if not self._text.isascii() and _ASIAN.search(self._text):
            marks |= _GATES[_CJK]
        return [rule for rule, needed in _NEEDED if marks & needed == needed]

    def met(self, rule: Rule) -> Iterator[Span]:
        """Where the first signal of a rule stands with all the others near."""
        if not all(self._spans(one) for one in rule.signals):
            return
        first, *others = rule.signals
        for start, end in self._spans(first):
            low, high = start - rule.reach, end + rule.reach
            near = all(any(a < high and b > low for a, b in self._spans(one)) for one in others)
            if near and not self._is_harmless(rule, start, end):
                yield start, end

    def _spans(self, one: Signal) -> list[Span]:
        if one not in self._matches:
            found = one.pattern.finditer(self._text)
            self._matches[one] = [match.span() for _, match in zip(range(MOST_MATCHES), found, strict=False)]
        return self._matches[one]

    def _is_harmless(self, rule: Rule, start: int, end: int) -> bool:
        text = self._text
        if rule.unless:
            around = rule.unless.pattern.finditer(text, max(0, start - _BEFORE), end + _BEHIND)
            if any(found.start() <= start < found.end() for found in around):
                return True
        if not rule.in_code and _in_code(text, start):
            return True
        # a quotation in a text about attacks
        before = text[max(0, start - _QUOTE_REACH) : start]
        return rule.quotable and bool(_QUOTED.search(before)) and bool(_DISCUSSED.search(text))


def _in_code(text: str, at: int) -> bool:
    """Whether a place stands in a fenced block or in a code span."""
    line = text.rfind("\n", 0, at) + 1
    return text.count("```", 0, at) % 2 == 1 or text.count("`", line, at) % 2 == 1
