"""Pure: how much a page's Markdown holds that a reader sees, and whether another form of it holds more."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt

Measure = Literal["blocks", "code", "prose"]


@dataclass(frozen=True, slots=True)
class _Margin:
    """How far one form must differ from another, so that it is not the way in which both are written."""

    share: float
    """Of what the other holds."""
    least: int


_MORE: Mapping[Measure, _Margin] = {
    "blocks": _Margin(0.0, 1),
    "code": _Margin(0.05, 40),
    "prose": _Margin(0.2, 200),
}
"""What is more by any of these is more, unless it is less by one of the others."""
_LESS: Mapping[Measure, _Margin] = {
    "blocks": _Margin(0.0, 1),
    "code": _Margin(0.02, 20),
    "prose": _Margin(0.1, 60),
}

_PLACEHOLDER = re.compile(
    r"""\{\{[%<].*[>%]\}\} | \{%.*%\} | \{!.*!\}            # Hugo, Jekyll and Liquid, mdx_include
      | \{\{\s*\#\w+.*\}\}                                  # mdBook
      | (?:--8<--|;--8<--|<<<|@include|!!!include)\s*\S.*   # snippets of pymdownx, VitePress, VuePress
      | @\[code[^\]]*\]\(.*\)
      | \[\[?toc\]\]?                                       # a contents list that the generator writes
      | :::\s*[\w]+(?:\.[\w]+)+                             # mkdocstrings
      | \.\.\s+[\w:-]+::.* | https?://github\.com/\S+\#L\d+\S*
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A line in whose place a generator writes something else."""
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|\{/\*.*?\*/\}")
_TARGET = re.compile(r"\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_NOT_A_LETTER = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W_]{3,}")
_READER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, slots=True)
class Holdings:
    """`codes` are the code blocks without white space, `text` is what stands outside of them."""

    codes: frozenset[str]
    diffs: frozenset[str]
    """Those of them in which removed lines are marked."""
    text: str

    def amount(self, measure: Measure) -> int:
        """Code blocks that differ; characters of code without white space; letters and digits of prose."""
        match measure:
            case "blocks":
                return len(self.codes)
            case "code":
                return sum(map(len, self.codes))
            case "prose":
                return len(_NOT_A_LETTER.sub("", self.text))


def holdings(markdown: str) -> Holdings:
    """What is seen of some Markdown; placeholders, components and addresses count for nothing."""
    lines = markdown.split("\n")
    codes: set[str] = set()
    diffs: set[str] = set()
    for token in _READER.parse(markdown):
        if token.type in ("fence", "code_block") and token.map:
            if code := folded("\n".join(_without_placeholders(token.content.split("\n")))):
                codes.add(code)
                diffs.update({code} if token.info.strip() == "diff" else ())
            lines[slice(*token.map)] = [""] * (token.map[1] - token.map[0])
    text = "\n".join(_without_placeholders(lines))
    return Holdings(frozenset(codes), frozenset(diffs), _TAG.sub(" ", _TARGET.sub("] ", text)))


def holds_more(one: Holdings, other: Holdings) -> bool:
    """Whether `one` holds more of something than `other`, and less of nothing."""
    return any(
        _exceeds(one.amount(kind), other.amount(kind), margin) for kind, margin in _MORE.items()
    ) and not any(_exceeds(other.amount(kind), one.amount(kind), margin) for kind, margin in _LESS.items())


def words(text: str) -> frozenset[str]:
    """The different words of a text, in small letters, but for the shortest."""
    return frozenset(_WORD.findall(text.lower()))


def folded(text: str) -> str:
    """A text without white space, in small letters."""
    return "".join(text.split()).lower()


def _exceeds(more: int, less: int, margin: _Margin) -> bool:
    return more - less >= max(margin.least, margin.share * less)


def _without_placeholders(lines: list[str]) -> Iterator[str]:
    return (line for line in lines if not _PLACEHOLDER.fullmatch(line.strip(" \t>*`")))
