"""Markdown with components and directives in it (MDX, MkDocs, VitePress, ...) to Markdown that any reader knows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.extract.markdown.fences import opening

_ATTRIBUTE = r"""\s+[\w:.-]+(?:=(?:"[^"]*"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\}))?"""
_TAG = re.compile(rf"<(?P<close>/?)(?P<name>[A-Z][\w.]*)(?P<rest>(?:{_ATTRIBUTE})*)\s*(?P<empty>/?)>|</?>")
_ALONE = re.compile(rf"^[ \t]*<[A-Z][\w.]*(?:{_ATTRIBUTE})*\s*/?>", re.MULTILINE)
_WHOLE = re.compile(rf"^([ \t]*)<([A-Z][\w.]*)(?:{_ATTRIBUTE})*\s*>(.*)</\2>[ \t]*$")
_NAMED = re.compile(
    r"""\b(?:title|label|name|header|path|query|body)=(?:"([^"]*)"|'([^']*)'|\{["'`]([^"'`]*)["'`]\})"""
)
_VALUE = re.compile(r"""\bvalue=["']([^"']+)["']""")
_TYPE = re.compile(r"""\btype=["']([^"']+)["']""")
_ITEMS = re.compile(r"\bitems=\{\[(.*?)\]\}")
_ITEM = re.compile(r"""["']([^"']+)["']""")
_MODULE = re.compile(
    r"^(?:import\s+(?:[\w*{][^\n]*\sfrom\s+)?['\"]|import\s+[\w*{]|export\s+(?:const|default|let|function|async)\b)"
)
_DIRECTIVE = re.compile(
    r"^(?P<colons>:{3,})[ \t]*\{?(?P<name>[\w-]*)\}?(?:\[(?P<label>[^\]]*)\])?[ \t]*(?P<title>[^{]*)"
)
_INDENTED = re.compile(
    r"^(?:!!!|\?\?\?\+?)[ \t]++(?P<name>[\w-]++)(?>(?:[ \t]++[\w-]++)*)(?>(?:[ \t]++\"(?P<title>[^\"]*+)\")?)[ \t]*+$"
)
_TAB = re.compile(r"^===[+!]{0,2}[ \t]+\"(?P<title>[^\"]+)\"[ \t]*$")
_AT_TAB = re.compile(r"^@tab(?::active)?[ \t]+(.+?)(?:#[\w-]+)?[ \t]*$")
_TO_MODELS = re.compile(r"\bllms(?:-full)?\.txt\b", re.IGNORECASE)
_LONGEST = 10_000
"""Characters: a longer line is left as it is."""
_DEEPEST = 20
"""Components within components: what stands deeper is taken as if it stood beside."""
_CALLOUTS = {
    "note": "Note", "tip": "Tip", "info": "Info", "warning": "Warning", "danger": "Danger", "caution": "Caution",
    "important": "Important", "check": "Check", "success": "Success", "details": "Details", "aside": "Note",
    "callout": "Note", "admonition": "Note", "hint": "Hint", "error": "Error", "question": "Question", "bug": "Bug",
    "example": "Example", "abstract": "Abstract", "failure": "Failure", "warn": "Warning", "quote": "Quote",
    "seealso": "See also", "attention": "Attention", "banner": "Note",
}  # fmt: skip


def plain_markdown(body: str) -> str:
    """Components go, their labels and content stay; call-outs become quotations; imports and exports go."""
    components = _ALONE.search(body) is not None
    if not components and not any(mark in body for mark in (":::", "!!! ", "??? ", "???+ ", '=== "', "llms")):
        return body
    return _Reader(components).read(_without_comments(body) if components else body)


@dataclass(slots=True)
class _Open:
    """A component, directive or indented block that is open."""

    closes: str
    """A component's name; a directive's colons; or nothing: the block ends where its indentation does."""
    quoted: bool
    indent: int = -1
    """Of its content: taken off. -1 until the first line of it."""
    column: int = 0
    items: list[str] = field(default_factory=list)
    """Labels of the tabs that are still to come."""


class _Reader:
    def __init__(self, components: bool) -> None:
        self._components = components
        self._open: list[_Open] = []
        self._out: list[str] = []
        self._fence = ""

    def read(self, body: str) -> str:
        lines = body.split("\n")
        at = _note_to_models(lines)
        while at < len(lines):
            if not self._fence and self._components and _MODULE.match(lines[at]):
                while at < len(lines) and lines[at].strip():
                    at += 1
                continue
            self._take(lines[at])
            at += 1
        return "\n".join(self._out)

    def _take(self, raw: str) -> None:
        line = self._outdented(raw)
        text = line.strip()
        if self._fence:
            if text.startswith(self._fence) and not text.strip(self._fence[0]):
                self._fence = ""
            self._write(line)
            return
        lead = line[: len(line) - len(line.lstrip())]
        bullet = re.match(r"(?:[-*+]|\d+[.)])[ \t]+", text)
        held = text[bullet.end() :] if bullet else text
        if begun := opening(held, titled=self._components):
            self._fence = begun.marks
            if begun.title and not bullet:
                self._paragraph(f"{lead}**{begun.title}**")
            self._write(line[: len(line.rstrip()) - len(held)] + begun.marks + begun.language)
        elif not self._directive(text, len(lead)):
            self._write(
                self._without_tags(line, len(lead)) if self._components and "<" in line[:_LONGEST] else line
            )

    def _directive(self, text: str, column: int) -> bool:
        if text[:3] == ":::" and (found := _DIRECTIVE.match(text)):
            self._colons(found)
        elif found := _INDENTED.match(text):
            name = found["name"].lower()
            self._begin(
                _Open("", True, column=column), found["title"] or _CALLOUTS.get(name, name.capitalize())
            )
        elif found := _TAB.match(text):
            self._begin(_Open("", False, column=column), found["title"])
        elif any(one.closes[:1] == ":" for one in self._open) and (found := _AT_TAB.match(text)):
            self._paragraph(f"**{found[1].strip()}**")
        else:
            return False
        return True

    def _colons(self, found: re.Match[str]) -> None:
        name, title = found["name"].lower(), (found["label"] or found["title"] or "").strip()
        if not name:
            while self._open:
                if self._open.pop().closes[:1] == ":":
                    break
            self._gap()
        elif name in _CALLOUTS:
            self._begin(_Open(found["colons"], True), title or _CALLOUTS[name])
        else:
            self._begin(_Open(found["colons"], False), title if name not in ("code-group", "tabs") else "")

    def _without_tags(self, line: str, column: int) -> str:
        """The line with its components opened and closed: those alone on it with their labels written."""
        if len(line) > _LONGEST:
            return line
        if whole := _WHOLE.match(line):
            return self._in_one_line(whole)
        alone = not _TAG.sub("", line).strip()
        kept, last, ticks = [], 0, 0
        for tag in _TAG.finditer(line):
            ticks += line.count("`", last, tag.start())
            kept.append(line[last : tag.start()])
            last = tag.end()
            if ticks % 2 or (
                not alone and not tag["rest"] and not tag["close"] and f"</{tag['name']}>" not in line
            ):
                kept.append(tag[0])
            elif alone or not tag["name"] or tag.start() == column:
                self._tag(tag, column)
        return "".join((*kept, line[last:])) if not alone else ""

    def _in_one_line(self, whole: re.Match[str]) -> str:
        tag = _TAG.match(whole[0].lstrip())
        if tag is not None:
            self._tag(tag, len(whole[1]))
            self._write(_TAG.sub("", whole[3]).strip())
            if self._open and self._open[-1].closes == tag["name"]:
                self._open.pop()
            self._gap()
        return ""

    def _tag(self, tag: re.Match[str], column: int) -> None:
        name = (tag["name"] or "").rpartition(".")[2]
        if tag["close"]:
            if any(one.closes == tag["name"] for one in self._open):
                while self._open.pop().closes != tag["name"]:
                    pass
            self._gap()
            return
        if not tag["name"]:
            return
        rest = tag["rest"]
        label = next(
            (part for found in [_NAMED.search(rest)] if found for part in found.groups() if part), ""
        )
        if name in ("Tab", "TabItem") and not label:
            value = _VALUE.search(rest)
            if self._open and self._open[-1].items:
                label = self._open[-1].items.pop(0)
            elif value:
                label = value[1]
        quoted = name.lower() in _CALLOUTS
        if quoted:
            kind = _TYPE.search(rest)
            label = label or _CALLOUTS.get(kind[1] if kind else "", "") or _CALLOUTS[name.lower()]
        elif label and (kind := _TYPE.search(rest)):
            label = f"{label} ({kind[1]})"
        one = _Open(tag["name"], quoted, column=column)
        if items := _ITEMS.search(rest):
            one.items = _ITEM.findall(items[1])
        if tag["empty"]:
            if label:
                self._paragraph(f"**{label}**")
        else:
            self._begin(one, label)

    def _begin(self, one: _Open, label: str) -> None:
        self._gap()
        if len(self._open) < _DEEPEST:
            self._open.append(one)
        if label:
            self._write(f"**{label.rstrip(':')}:**" if one.quoted else f"**{label}**")
            self._write("")

    def _outdented(self, line: str) -> str:
        if not line.strip():
            return ""
        for at, one in enumerate(self._open):
            column = len(line) - len(line.lstrip(" "))
            if not one.closes and column <= one.column and not self._fence:
                del self._open[at:]
                self._gap()
                break
            if one.indent < 0 and not line.lstrip().startswith(("</", ":::")):
                one.indent = column if one.closes else min(column, one.column + 4)
            line = line[min(max(one.indent, 0), column) :]
        return line

    def _paragraph(self, text: str) -> None:
        self._gap()
        self._write(text)
        self._write("")

    def _gap(self) -> None:
        if self._out and self._out[-1].strip("> "):
            self._out.append("")
        elif self._out:
            self._out[-1] = ""

    def _write(self, line: str) -> None:
        depth = sum(one.quoted for one in self._open)
        line = ("> " * depth + line).rstrip()
        if line.strip("> ") or self._fence or (self._out and self._out[-1].strip("> ")):
            self._out.append(line)


def _without_comments(body: str) -> str:
    kept, at = [], 0
    while (begun := body.find("{/*", at)) >= 0 and (end := body.find("*/}", begun)) >= 0:
        kept.append(body[at:begun])
        at = end + 3
    return "".join((*kept, body[at:]))


def _note_to_models(lines: Sequence[str]) -> int:
    """Where the page begins, behind a quotation at its top that sends language models to an index."""
    at = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    end = next((end for end in range(at, len(lines)) if not lines[end].startswith(">")), len(lines))
    return end if end > at and _TO_MODELS.search("\n".join(lines[at:end])) else 0
