"""The language of a block of code: what it, its `<code>` or a wrapper says, and names that readers know it by."""

import re

from lxml.etree import _Element as Element


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PREFIXED = re.compile(
    r"^(?:language|lang|highlight-source|highlight-text|highlight|brush|src)[-_:]([A-Za-z][\w+#.-]*)$"
)
_NAME = re.compile(r"[a-z0-9][a-z0-9+#_.-]{0,24}")
_ALIASES = {
    alias: name
    for name, aliases in {
        "python": "py python2 python3 py3 ipython ipython3 python+sql",
        "pycon": "pycon3",
        "pytb": "py3tb ipythontb",
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
        "diff": "patch udiff",
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
    none code codeblock text plain plaintext txt nohighlight no-highlight default output unknown auto myst-ansi
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
_HIGHLIGHTED = re.compile(r"pre|code|highlight|listing|source|syntax|geshi", re.IGNORECASE)
"""What says that a bare word in a class is a language."""
_ABOVE_CODE = frozenset(("body", "main", "article", "section", "li", "dd"))
_WRAPPERS = 8
"""How far above a `<pre>` its language may be written."""


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
    if highlighted and (first := pre.find(".//span[@class]")) is not None:
        return "pycon" if first.get("class") == "gp" else default or "python"
    return ""


def named_language(label: str) -> str | None:
    """The language of which a label is the name, '' for plain text; None where it is no language's name."""
    name = label.strip().lower()
    if name in _PLAIN:
        return ""
    name = _SPOKEN.get(name, name)
    name = _ALIASES.get(name, name)
    return name if name in _BARE else None


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
    if name.startswith("diff-"):
        return "diff"
    if name in _NO_LANGUAGE or not _NAME.fullmatch(name):
        return ""
    return _ALIASES.get(name, name)
