"""The rules as rules.toml has them: what must meet in a text for it to be suspicious."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

BETWEEN = r"[^\w@~/$]{1,8}"
"""What a space in a pattern stands for: spaces, line ends, and the marks of Markdown."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A pattern over folded text, and the words without which it cannot match: one of each set."""

    needs: tuple[frozenset[str], ...]
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    signals: tuple[Signal, ...]
    """All of them must be there; the first is what is shown."""
    reach: int = 240
    """How far around the first signal the others may stand, in characters."""
    quotable: bool = False
    """A quotation of it in a text about attacks is no finding."""
    in_code: bool = True
    """Whether it is also a finding where it stands in code."""
    unless: Signal | None = None
    """What, right around it, makes it harmless."""


def _read() -> tuple[dict[str, Signal], tuple[Rule, ...]]:
    table = tomllib.loads(files("ingest.scan").joinpath("rules.toml").read_text("utf-8"))
    words: dict[str, str] = {}
    for name, text in table["words"].items():
        words[name] = _filled(text, words)
    signals = {
        name: _signal(words, about["any"], about.get("needs", ())) for name, about in table["signals"].items()
    }
    return signals, tuple(_rule(signals, about) for about in table["rules"])


def _signal(words: Mapping[str, str], patterns: Sequence[str], needs: Sequence[str]) -> Signal:
    whole = "|".join(f"(?:{_filled(pattern, words)})" for pattern in patterns)
    return Signal(
        tuple(frozenset(_filled(one, words).split()) for one in needs),
        re.compile(whole.replace(" ", BETWEEN).replace("␣", " "), re.MULTILINE),
    )


def _rule(signals: Mapping[str, Signal], about: Mapping[str, Any]) -> Rule:
    linked: dict[str, Any] = {"signals": tuple(signals[name] for name in about["signals"])}
    if "unless" in about:
        linked["unless"] = signals[about["unless"]]
    return Rule(**{**about, **linked})


def _filled(text: str, words: Mapping[str, str]) -> str:
    """With the words that `{NAME}` stands for."""
    return re.sub(r"\{([A-Z_]{2,})\}", lambda name: words[name[1]], text)


SIGNALS, RULES = _read()
