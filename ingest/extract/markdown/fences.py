"""The opening line of a fenced block: its language, and the title that site generators write behind it."""

import re
from dataclasses import dataclass

from shared.one_line import one_line

_OPENING = re.compile(r"^(`{3,}|~{3,})[ \t]*([^`]*)$")
_LANGUAGE = re.compile(r"^[A-Za-z][\w+#.-]*")
_CLASS = re.compile(r"\.([A-Za-z][\w+#-]*)")
_TITLE = re.compile(r"\b(?:title|filename|label|name)=(?:\"([^\"]*)\"|'([^']*)'|([^\s}]+))|\[([^\]]+)\]")
_SETTING = re.compile(
    r"\{[^{}]*\}|:?[\w-]+=(?:\"[^\"]*\"|'[^']*'|\{[^{}]*\}|\S+)|:[\w-]+|/[^/\n]*/\S*"
    r"|\b(?:showLineNumbers|wrap|lines|expandable|twoslash|copy|live|icon|no_run|ignore|editable|runnable)\b"
)


@dataclass(frozen=True, slots=True)
class Opening:
    marks: str
    language: str
    title: str


def opening(line: str, *, titled: bool) -> Opening | None:
    """What a line opens, if it opens a block. `titled`: words behind the language are a title, too."""
    found = _OPENING.match(line)
    if found is None:
        return None
    info = found[2].strip()[:400]
    named = _LANGUAGE.match(info) or (_CLASS.search(info) if info.startswith("{") else None)
    language = named[named.re.groups] if named else ""
    rest = info[named.end() :] if named and named.re is _LANGUAGE else info
    said = _TITLE.search(rest)
    title = next((part for part in said.groups() if part), "") if said else ""
    if not title and titled:
        title = one_line(_SETTING.sub(" ", rest))
    return Opening(found[1], language, title)
