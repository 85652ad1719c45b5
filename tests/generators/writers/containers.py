"""Markdown of VitePress and VuePress: `:::` containers, and marks in comments."""

from dataclasses import replace

from tests.generators.truth import Callout, Code, Details, Formula, Group, Page, Tabs
from tests.generators.writers.comments import commented
from tests.generators.writers.markdown import Flavour, Lines, body, fenced, marked_lines

_UNREAD = frozenset(("html", "ini", "latex", "markdown", "xml"))
_NOTES = {"+": "[!code ++]", "-": "[!code --]"}


def _info(code: Code) -> str:
    numbered = ":line-numbers" if code.numbered else ""
    highlighted = marked_lines(code, "*")
    parts = [
        (code.language or "text" * code.numbered) + numbered,
        "twoslash" * code.twoslash,
        f"{{{highlighted}}}" * bool(highlighted),
    ]
    return " ".join(filter(None, parts))


def _vitepress_code(code: Code) -> Lines | None:
    """It has titles in groups alone."""
    lines = commented(code, _NOTES)
    return None if lines is None or code.title else fenced(code, _info(code), lines)


def _vuepress_code(code: Code) -> Lines | None:
    """Prism has no popups, and reads marks in fewer comments."""
    lines = commented(code, _NOTES)
    marked = any(line.mark in _NOTES for line in code.lines)
    if lines is None or code.twoslash or (marked and code.language in _UNREAD):
        return None
    title = f' title="{code.title}"' if code.title else ""
    return fenced(code, (_info(code) or "text" * bool(title)) + title, lines)


def _code_group(flavour: Flavour, group: Group) -> Lines:
    lines = ["::: code-group"]
    for label, code in group.tabs:
        opening, *rest = body([replace(code, title="")], flavour)
        lines += ["", f"{opening} [{label}]", *rest]
    return [*lines, "", ":::"]


def _code_tabs(flavour: Flavour, group: Group) -> Lines:
    lines = ["::: code-tabs"]
    for label, code in group.tabs:
        lines += ["", f"@tab {label}", "", *body([code], flavour)]
    return [*lines, "", ":::"]


def _tabs(flavour: Flavour, tabs: Tabs) -> Lines:
    lines = ["::: tabs"]
    for label, blocks in tabs.tabs:
        lines += ["", f"@tab {label}", "", *body(blocks, flavour)]
    return [*lines, "", ":::"]


def _details(flavour: Flavour, details: Details) -> Lines:
    return [f"::: details {details.question}", "", *body(details.body, flavour), "", ":::"]


_KINDS = {"note": "info"}


def _callout(flavour: Flavour, callout: Callout) -> Lines:
    kind = _KINDS.get(callout.kind, callout.kind)
    return [f"::: {kind} {callout.title}".rstrip(), "", *body(callout.body, flavour), "", ":::"]


def dollars(formula: Formula) -> Lines:
    """Between dollar signs: most Markdown with formulas."""
    if formula.display:
        return [formula.words, "", "$$", formula.tex, "$$"]
    return [f"{formula.words} ${formula.tex}$."]


def _head(page: Page) -> Lines:
    return ["---", f"title: {page.title}", "---", "", f"# {page.title}"]


VITEPRESS = Flavour(
    code=_vitepress_code, group=_code_group, details=_details, callout=_callout, formula=dollars, head=_head
)
VUEPRESS = Flavour(
    code=_vuepress_code,
    group=_code_tabs,
    tabs=_tabs,
    details=_details,
    callout=_callout,
    formula=dollars,
    head=_head,
)
