"""Pure: which of the served versions stands for the one that is asked for: a release, or a range of them."""

import math
import re
from collections.abc import Callable, Iterator, Sequence

from shared.model.library import highest

Numbers = tuple[float, ...]
Span = tuple[Numbers, Numbers]
"""From the first on, up to the second and without it."""

MOST_CHARACTERS = 50
"""Of what is read as a range."""
_START: Numbers = ()
_END: Numbers = (math.inf,)
_WILD = re.compile(r"(?:\.[x*])+$")
_BEFORE = re.compile(
    r"(?P<numbers>(?>\d+(?:\.\d+)*))[-_.]?(?P<stage>alpha|beta|preview|pre|dev|rc|[abc])[-_.]?(?P<number>\d*)",
    re.ASCII,
)
"""What comes before a release: `3.0.0-rc.1`, `3.0rc1`."""
_STAGES = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_NUMBERED = re.compile(r"v?(?P<numbers>(?>\d+(?:\.\d+)*))(?![^.+*a-z-])", re.ASCII)
"""A served version that has a place among ranges: `2.2`, `v3.0-rc1`, `3.0b2`, `2.2.x`."""
_RANGE = re.compile(r"[\^~<>!,|\s]|^[x*]$")
_ANY_OF_A_LINE = re.compile(r"\s*={2,3}.*\*\s*$")
"""`==2.2.*`"""
_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)")
_BOUND = re.compile(
    r"(?P<sign>[\^~<>=!]{0,3})v?(?:(?P<numbers>\d+(?:\.\d+)*)(?:\.[x*])*(?:[-+]?[a-z.][\w.+-]*|[-+][\w.+-]*)?|[x*])",
    re.ASCII,
)


def standing_for(asked: str, served: Sequence[str]) -> str | None:
    """The served version that may be answered from where this one is asked for; None rather than another line.

    A release: the very one, however it is spelled, else the longest that it begins with at a dot (`2.2` for `2.2.2`,
    `2.2rc1`), else the newest that begins with it. A range of npm, Cargo, Composer or Python: the highest inside it.
    `2.2` is inside where any release of that line is. A name, as `stable`, is only itself.
    """
    if asked in served or len(asked) > MOST_CHARACTERS:
        return asked if asked in served else None
    wanted = bare(asked)
    if _RANGE.search(wanted) or _ANY_OF_A_LINE.match(asked):
        return _highest_inside(wanted, served)
    bared = {version: bare(version) for version in served}
    if alike := [version for version in served if same(version, asked)]:
        return next((version for version in alike if bared[version] == wanted), alike[0])
    if not wanted[:1].isdigit():
        return None
    above = [version for version in served if _begins(wanted, bared[version])]
    below = (version for version in served if _begins(bared[version], wanted))
    return max(above, key=lambda version: len(bared[version]), default=None) or highest(below)


def same(one: str, other: str) -> bool:
    """Whether two spellings are of one version: `v2.2` and `2.2.x`, `3.0rc1` and `3.0.0-rc.1`."""
    return _spelled(bare(one)) == _spelled(bare(other))


def bare(version: str) -> str:
    """`2.2` of `V2.2`, `==2.2`, `2.2.x` and `2.2+build`; a range or a name in small letters."""
    plain = re.sub(r"^={0,3}\s*v?(?=\d)", "", version.strip().casefold())
    return _WILD.sub("", plain.partition("+")[0] if plain[:1].isdigit() else plain)


def _spelled(plain: str) -> str:
    """What comes before a release in one spelling, without zeros that say nothing; everything else as it is."""
    if not (found := _BEFORE.fullmatch(plain)):
        return plain
    numbers = re.sub(r"(?:\.0+)+$", "", found["numbers"])
    return f"{numbers}-{_STAGES.get(found['stage'], found['stage'])}{int(found['number'] or 0)}"


def _begins(version: str, line: str) -> bool:
    before = _BEFORE.fullmatch(version)
    return version.startswith((f"{line}.", f"{line}-")) or bool(before and before["numbers"] == line)


def _highest_inside(wanted: str, served: Sequence[str]) -> str | None:
    try:
        ranges = [list(_spans(part)) for part in re.split(r"\|\|?", wanted)]
    except ValueError:
        return None
    return highest(
        version
        for version in served
        if (found := _NUMBERED.match(version.casefold()))
        and any(_meet(_line(_numbers(found["numbers"])), spans) for spans in ranges)
    )


def _spans(wanted: str) -> Iterator[tuple[bool, Span]]:
    """What a version must meet, and what (False) it must not be all within. Raises ValueError for what is no range."""
    glued = re.sub(r"([\^~<>=!])\s+", r"\1", _HYPHEN.sub(r">=\1 <=\2", wanted.strip()))
    for bound in re.split(r"[\s,]+", glued.strip(" ,")):
        found = _BOUND.fullmatch(bound)
        if not found or found["sign"] not in _SPANS:
            raise ValueError(bound)
        if not found["numbers"]:
            yield True, (_START, _END)
        else:
            yield found["sign"] != "!=", _SPANS[found["sign"]](_numbers(found["numbers"]))


def _meet(line: Span, spans: Sequence[tuple[bool, Span]]) -> bool:
    first, last = line
    for within, span in spans:
        start, end = map(_trimmed, span)
        if within:
            first, last = max(first, start), min(last, end)
        elif start <= line[0] and line[1] <= end:
            return False
    return first < last


def _numbers(text: str) -> Numbers:
    return tuple(int(number) for number in text.split("."))


def _trimmed(numbers: Numbers) -> Numbers:
    """Without zeros at its end: `2.0` is where `2` is."""
    end = len(numbers)
    while end and not numbers[end - 1]:
        end -= 1
    return numbers[:end]


def _after(numbers: Numbers) -> Numbers:
    """Where the next line of the same rank begins: `2.3` behind `2.2`."""
    return (*numbers[:-1], numbers[-1] + 1)


def _line(numbers: Numbers) -> Span:
    return numbers, _after(numbers)


def _leading(numbers: Numbers) -> Numbers:
    """Down to the first that is not zero: what a caret keeps."""
    return numbers[: next((place for place, one in enumerate(numbers, 1) if one), len(numbers))]


_SPANS: dict[str, Callable[[Numbers], Span]] = {
    "": _line,
    "=": _line,
    "==": _line,
    "===": _line,
    "!=": _line,
    "^": lambda numbers: (numbers, _after(_leading(numbers))),
    "~": lambda numbers: (numbers, _after(numbers[:2])),
    "~=": lambda numbers: (numbers, _after(numbers[:-1] or numbers)),
    "~>": lambda numbers: (numbers, _after(numbers[:-1] or numbers)),
    ">=": lambda numbers: (numbers, _END),
    ">": lambda numbers: (_after(numbers), _END),
    "<": lambda numbers: (_START, numbers),
    "<=": lambda numbers: (_START, _after(numbers)),
}
"""By sign. `~2.2` is npm's and Cargo's, which never leaves its line; Composer's would."""
