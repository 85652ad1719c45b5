"""Code blocks: their text line by line as a reader sees it, and their language."""

import re

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.code.lines import BLOCKS, breaks_line, is_gutter, names_line, stands_in_words, within_line
from ingest.extract.code.popups import described, is_popup, is_trigger


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SKIPPED = frozenset(("button", "script", "style", "svg", "select", "input", "template", "noscript"))
_LABELS = frozenset(("sql_link",))
"""What stands before a line of code and is no part of it: kept, with a space behind."""
_PREFIXED = re.compile(
    r"^(?:language|lang|highlight-source|highlight-text|highlight|brush|src)[-_:]([A-Za-z][\w+#.-]*)$"
)
_NAME = re.compile(r"[a-z0-9][a-z0-9+#_.-]{0,24}")
_ALIASES = {
    alias: name
    for name, aliases in {
        "python": "py python2 python3 py3 ipython ipython3 python+sql",
        "pycon": "pycon3",
        "javascript": "js",
        "typescript": "ts",
        "rust": "rs",
        "ruby": "rb",
        "bash": "sh shell zsh curl",
        "console": "shell-session shellsession sh-session",
        "cpp": "c++",
        "csharp": "cs c#",
        "yaml": "yml",
        "go": "golang",
        "sql": "postgresql postgres",
        "django": "html+django",
        "jinja": "html+jinja",
        "dockerfile": "docker",
        "markdown": "md",
        "kotlin": "kt",
        "objc": "objective-c",
        "powershell": "ps1",
    }.items()
    for alias in aliases.split()
}
_BARE = _words("""
    bash c clojure console cpp csharp css dart diff django docker dockerfile elixir erlang go graphql
    groovy haskell html http ini java javascript jinja json json5 jsonc jsx julia kotlin latex less lua
    make makefile markdown matlab nginx nix objc ocaml perl php powershell proto protobuf pycon python r
    regex ruby rust sass scala scss sh shell sql svelte swift terraform tex toml tsx typescript vim vue
    wasm xml yaml zig zsh
""")
_NO_LANGUAGE = _words("""
    none code codeblock text plain plaintext txt nohighlight no-highlight default output unknown auto
    block literal literalblock wrapper example panel container content inline
""")
_PLAIN = frozenset(("text", "plaintext", "plain text", "txt", "none", "no language"))
_SPOKEN = {
    "c#": "csharp",
    "c++": "cpp",
    "objective-c": "objc",
    "shell session": "console",
    "vim script": "vim",
}
"""Names that readers know languages by, where they are not those of highlighters."""
_HIGHLIGHTED = re.compile(r"pre|code|highlight|listing|source|syntax", re.IGNORECASE)
"""What says that a bare word in a class is a language."""
_ABOVE_CODE = frozenset(("body", "main", "article", "section", "li", "dd"))
_WRAPPERS = 8
"""How far above a `<pre>` its language may be written."""


def code_text(pre: Element) -> str:
    """The text of a code block with its own indentation: newlines also from `<br>` and from elements that are lines."""
    out: list[str] = []
    opened: list[int] = []
    skipped = 0
    explained = described(pre)
    for event, element in etree.iterwalk(pre, events=("start", "end")):
        if element is pre:
            out.append((pre.text or "") if event == "start" else "")
            continue
        tag, classes = element.tag, element.get("class") or ""
        if event == "start":
            if (
                skipped
                or tag in _SKIPPED
                or is_gutter(classes)
                or is_popup(element)
                or (explained and element.get("id") in explained)
            ):
                skipped += 1
                continue
            if tag == "br" or (tag in BLOCKS and out and not _ends_line(out, 0) and _breaks_line(element)):
                out.append("\n")
            opened.append(len(out))
            out.append(element.text or "")
            continue
        if skipped:
            skipped -= 1
        else:
            began = opened.pop()
            if (
                (tag in BLOCKS or names_line(classes))
                and not _newline_follows(element)
                and not _ends_line(out, began)
                and (names_line(classes) or _breaks_line(element))
            ):
                out.append("\n")
            if classes in _LABELS:
                out.append(" ")
        if not skipped:
            out.append(element.tail or "")
    text = "".join(out).replace("\xa0", " ")
    lines = [line.rstrip() for line in text.split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


def code_language(pre: Element, default: str | None = None) -> str:
    """The language that the block, its `<code>` or a wrapper names; `default` for highlighted code; or ''."""
    highlighted = False
    for element in _named_by(pre):
        for name in (
            element.get("data-lang"),
            element.get("data-language"),
            element.get("lang-name"),
            element.get("language"),
        ):
            if name and (found := _language(name)):
                return found
        names = (element.get("class") or "").replace("brush: ", "brush:").split()
        for name in names:
            if prefixed := _PREFIXED.match(name):
                if prefixed[1].lower() == "default":
                    highlighted = True
                elif found := _language(prefixed[1]):
                    return found
        for name in names:
            if name.lower() in _BARE and _HIGHLIGHTED.search(" ".join((str(element.tag), *names))):
                return _language(name)
    if highlighted and pre.find(".//span[@class]") is not None:
        return default or "python"
    return ""


def named_language(label: str) -> str | None:
    """The language of which a label is the name, '' for plain text; None where it is no language's name."""
    name = label.strip().lower()
    if name in _PLAIN:
        return ""
    name = _SPOKEN.get(name, name)
    name = _ALIASES.get(name, name)
    return name if name in _BARE else None


def fence(code: str, language: str) -> list[str]:
    """The lines of a fenced block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    marks = "`" * (longest + 1)
    return [marks + language, *code.split("\n"), marks]


def _named_by(pre: Element) -> list[Element]:
    code = pre.find(".//code")
    found = [pre] if code is None else [code, pre]
    for up in pre.iterancestors():
        if len(found) > _WRAPPERS or up.tag in _ABOVE_CODE or up.find(".//pre") is not pre:
            break
        found.append(up)
    return found


def _language(name: str) -> str:
    name = name.strip().lower().split(",")[0]
    if name in _NO_LANGUAGE or not _NAME.fullmatch(name):
        return ""
    return _ALIASES.get(name, name)


def _breaks_line(block: Element) -> bool:
    if is_trigger(block.get("class") or ""):
        return within_line(block) is None and not stands_in_words(block)
    return breaks_line(block)


def _newline_follows(element: Element) -> bool:
    return element.tail is not None and element.tail.lstrip(" \t").startswith("\n")


def _ends_line(out: list[str], began: int) -> bool:
    """Whether what was written since `began` is something, and ends its line."""
    for at in range(len(out) - 1, began - 1, -1):
        if out[at]:
            return out[at].endswith("\n")
    return False
