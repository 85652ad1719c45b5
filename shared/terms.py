"""Pure: text -> the terms it is found by. A name in code counts as a whole and in its parts."""

import re
import unicodedata
from functools import lru_cache
from itertools import chain

from Stemmer import Stemmer


def terms(text: str) -> list[str]:
    """Lower-cased terms in order, repeats included.

    Words are stemmed (English) and stop words dropped, unless they are written in capitals (SQL's `NOT IN`) or
    nothing else is left. `flask.Flask`, `create_index`, `createIndex` and `--no-cache` count as a whole and in
    their parts; operators such as `->>` are terms; accents are folded; Chinese, Japanese and Korean text gives
    pairs of characters.
    """
    text = _folded(text)
    tokens = (_ASCII_TOKEN if text.isascii() else _TOKEN).findall(text)
    return list(chain.from_iterable(map(_terms_of, tokens))) or [_stem(token.lower()) for token in tokens]


def names(question: str) -> list[str]:
    """The symbols that a question may mean, in every spelling."""
    return list(dict.fromkeys(spelling for name in named(question) for spelling in spellings(name)))


def named(question: str) -> list[str]:
    """What of a question is written as in code, as it stands there.

    A question of one or two words may be a symbol whatever it looks like.
    """
    found = _NAME.findall(_folded(question))
    few = len(question.split()) <= _FEW_WORDS
    return [name for name in found if few or _SEPARATOR.search(name) or _CAMEL.search(name)]


def spellings(symbol: str) -> list[str]:
    """A symbol's name as people may write it: whole, and without what it is a part of, lower-cased.

    `flask.Flask.route` is also `flask.route` and `route`.
    """
    parts = [part for part in _JOINT.split(symbol.lower()) if part][-_MOST_PARTS:]
    return [".".join(parts[start:]) for start in range(len(parts))]


_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_OPERATORS = """
    ->> #>> <=> === !== !~* ~~* ..= <<= >>= **= -> => <- #> #- @> <@ @@ @? ?| ?& || && ?? ?. :: := != <> <= >= == ~=
    ~* !~ ~~ << >> ** // |> += -= *= /= %= |= &= ^= ++ ...
"""
_SIGN = r"[-+*/<>=~!@#%^&|?:.]"


def _token(word: str, others: str) -> re.Pattern[str]:
    """What counts as one token, the frequent first; lengths are bounded, so that no text takes long."""
    return re.compile(
        rf"{word}(?:(?:[.-]|::){word}){{0,15}}"
        r"(?:(?<=\b[A-Za-z])(?:\+\+|\#(?!\w))|'(?:t|s|re|ve|ll|d|m)\b)?"
        r"|(?<![\w-])--?[A-Za-z][\w-]{0,64}"
        rf"|(?<!{_SIGN})(?:{'|'.join(map(re.escape, _OPERATORS.split()))})(?!{_SIGN})"
        rf"{others}"
    )


_TOKEN = _token(rf"[^\W{_CJK}]{{1,64}}", rf"|[{_CJK}]+")
_ASCII_TOKEN = _token("[A-Za-z0-9_]{1,64}", "")
_NAME = re.compile(r"[^\W\d]\w{0,64}(?:(?:\.|::)[^\W\d]\w{0,64}){0,15}")
_JOINT = re.compile(r"\.|::|\s+")
_FEW_WORDS = 2
_MOST_PARTS = 8
_SEPARATOR = re.compile(r"\.|-|::|_")
_HUMP = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\WA-Z_]+|[A-Z\d]+")
_CAMEL = re.compile(r"[a-z]\d*[A-Z]|[A-Z]{2}[a-z]")
_IS_OPERATOR = frozenset(_OPERATORS.split())
_IS_CJK = re.compile(f"[{_CJK}]")
_TYPOGRAPHY = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": " ", "—": " ", "…": " ", "\xa0": " "}
)
_ACCENTS = re.compile("[\u0300-\u036f]+")
_ENGLISH = """
    a about after again all also am an and any are as at be because been before being both but by can could did do
    does doing done don down each few for from further had has have having he her here hers him his how i if in
    into is it its itself just me more most my no nor not now of off on once only or other our out over own same
    she should so some such than that the their theirs them then there these they this those through to too under
    until up us very was we were what when where which while who whom why will with would you your yours e.g i.e
"""
_STOP_WORDS = frozenset(_ENGLISH.split())


@lru_cache(1 << 16)
def _terms_of(token: str) -> tuple[str, ...]:
    """The terms of one token; none for a stop word."""
    if _IS_CJK.match(token):
        return tuple(token[at : at + 2] for at in range(max(1, len(token) - 1)))
    if token in _IS_OPERATOR:
        return (token,)
    word, apostrophe, ending = token.partition("'")
    if apostrophe:
        return () if ending == "t" else _terms_of(word)
    lower = token.lower()
    if lower in _STOP_WORDS and (len(token) == 1 or not token.isupper()):
        return ()
    bare = token.strip("_-")
    if not _SEPARATOR.search(bare):
        humps = _HUMP.findall(bare) if _CAMEL.search(bare) and len(bare) < 65 else []
        whole = _stem(lower) if bare == token else lower
        return (whole, *_parts(humps if len(humps) > 1 else [bare] if bare != token else []))
    words = [word for word in _SEPARATOR.split(bare) if word]
    humps = [hump for word in words if _CAMEL.search(word) for hump in _HUMP.findall(word)]
    return (lower, *(("::",) if "::" in token else ()), *_parts([*words, *humps]))


def _parts(words: list[str]) -> tuple[str, ...]:
    """Each part once; single letters, numbers and stop words say nothing about the whole."""
    lowered = [word.lower() for word in words if len(word) > 1 and not word.isdigit()]
    return tuple(dict.fromkeys(_stem(word) for word in lowered if word not in _STOP_WORDS))


def _stem(word: str) -> str:
    if not word.isalpha() or not word.isascii():
        return word
    # one stemmer a word: it keeps the word in itself, and threads share this module
    return str(Stemmer("english", 0).stemWord(word))


def _folded(text: str) -> str:
    """Plain quotes, no accents, composed form; full-width letters become plain ones."""
    if text.isascii():
        return text
    text = text.translate(_TYPOGRAPHY)
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text)))
