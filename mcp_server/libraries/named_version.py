"""Pure: which version of a library a question names, and versions with some of them at the head."""

import re
from collections.abc import Iterable, Sequence

from shared.model.library import Library, name_key
from shared.model.naming import spoken_names
from shared.model.version import bare

_NUMBER = re.compile(r"v?(\d{1,2}|\d+(?:\.\d+)+)(?:\.[xX*])*", re.IGNORECASE)
_GLUED = re.compile(r"(?P<name>.*[^\W\d_])[@-]?(?P<version>v?\d+(?:\.\d+)*)", re.IGNORECASE)
_CALLED = ("version", "v", "release")
_MOST_WORDS = 3
"""In a name: `Ruby on Rails`."""


def named_version(library: Library, question: str) -> str | None:
    """The number beside one of the library's names: `3.2` of `django 3.2 middleware` and `version 3.2 of django`."""
    names = {name_key(name) for name in spoken_names(library)}
    words = [word.strip(",;:!?()\"'`").rstrip(".") for word in question.split()]
    for place, word in enumerate(words):
        if (
            (glued := _GLUED.fullmatch(word))
            and name_key(glued["name"]) in names
            and name_key(word) not in names
        ):
            return bare(glued["version"])
        if number := _NUMBER.fullmatch(word):
            before = _last_phrase(words[max(0, place - _MOST_WORDS - 1) : place])
            behind: list[str] = []
            if before and before[-1].casefold() in _CALLED:
                before.pop()
                if words[place + 1 : place + 2] == ["of"]:
                    behind = words[place + 2 : place + 2 + _MOST_WORDS]
            phrases = [before[-count:] for count in range(1, min(len(before), _MOST_WORDS) + 1)]
            phrases += [behind[:count] for count in range(1, len(behind) + 1)]
            if any(name_key("".join(phrase)) in names for phrase in phrases):
                return number[1]
    return None


def listed(versions: Iterable[str], first: Iterable[str | None]) -> list[str]:
    """The versions, with some of them at the head."""
    known = list(versions)
    return list(dict.fromkeys([*(one for one in first if one in known), *known]))


def _last_phrase(words: Sequence[str]) -> list[str]:
    """What stands behind the last lone sign: words on both sides of it do not belong together."""
    return list(words[max((place for place, word in enumerate(words, 1) if not word), default=0) :])
