"""MDX of Nextra, Fumadocs and Rspress: marks in comments, and components of their own."""

import json
from collections.abc import Iterable, Sequence

from tests.generators.truth import Block, Callout, Code, Details, Formula, Group, Tabs
from tests.generators.writers.comments import commented
from tests.generators.writers.containers import dollars
from tests.generators.writers.markdown import Flavour, Lines, body, fenced, marked_lines
from tests.generators.writers.mdx import components, details, importing

_NOTES = {"+": "[!code ++]", "-": "[!code --]"}


def _info(code: Code, title: str, numbered: str) -> str:
    """What stands behind the marks of a fence; `title` has `{}` for the code's own."""
    highlighted = marked_lines(code, "*")
    said = [
        "twoslash" * code.twoslash,
        title.format(code.title) if code.title else "",
        numbered * code.numbered,
        f"{{{highlighted}}}" * bool(highlighted),
    ]
    rest = " ".join(filter(None, said))
    return f"{code.language or 'text'} {rest}" if rest else code.language


def _nextra_code(code: Code) -> Lines | None:
    """It reads no marks in SCSS."""
    lines = None if code.language == "scss" and _is_marked(code) else commented(code, _NOTES)
    return None if lines is None else fenced(code, _info(code, 'filename="{}"', "showLineNumbers"), lines)


def _code(code: Code) -> Lines | None:
    lines = commented(code, _NOTES)
    return None if lines is None else fenced(code, _info(code, 'title="{}"', "lineNumbers"), lines)


def _rspress_code(code: Code) -> Lines | None:
    """It reads no marks in the recipes of a makefile, and none in Markdown."""
    return None if code.language in ("makefile", "markdown") and _is_marked(code) else _code(code)


def _is_marked(code: Code) -> bool:
    return any(line.mark in _NOTES for line in code.lines)


def _itemised(flavour: Flavour, tabs: Iterable[tuple[str, Sequence[Block]]], inner: str) -> Lines:
    """Panes whose names all stand in the opening tag."""
    lines = [f"<Tabs items={{{json.dumps([name for name, _ in tabs])}}}>"]
    for name, blocks in tabs:
        opening = f"<{inner}>" if "." in inner else f"<{inner} value={json.dumps(name)}>"
        lines += [opening, "", *body(blocks, flavour), "", f"</{inner}>"]
    return [*lines, "</Tabs>"]


def _nextra_group(flavour: Flavour, group: Group) -> Lines:
    return _itemised(flavour, [(name, [code]) for name, code in group.tabs], "Tabs.Tab")


def _nextra_tabs(flavour: Flavour, tabs: Tabs) -> Lines:
    return _itemised(flavour, tabs.tabs, "Tabs.Tab")


_NEXTRA_KINDS = {"note": "info", "tip": "default", "danger": "error"}


def _nextra_callout(flavour: Flavour, callout: Callout) -> Lines:
    kind = _NEXTRA_KINDS.get(callout.kind, callout.kind)
    title = [f"**{callout.title}**", ""] if callout.title else []
    return [f'<Callout type="{kind}">', "", *title, *body(callout.body, flavour), "", "</Callout>"]


def _fenced_formula(formula: Formula) -> Lines:
    return [formula.words, "", "```math", formula.tex, "```"] if formula.display else dollars(formula)


def _fumadocs_group(flavour: Flavour, group: Group) -> Lines:
    """Fences that follow each other, each with the name of its tab."""
    lines: Lines = []
    for name, code in group.tabs:
        opening, *rest = body([code], flavour)
        opening = opening if code.language else f"{opening}text"
        lines += [*([""] if lines else []), f"{opening} tab={json.dumps(name)}", *rest]
    return lines


def _fumadocs_tabs(flavour: Flavour, tabs: Tabs) -> Lines:
    return _itemised(flavour, tabs.tabs, "Tab")


def _accordion(flavour: Flavour, one: Details) -> Lines:
    said = [f"<Accordion title={_markup(one.question)}>", "", *body(one.body, flavour), "", "</Accordion>"]
    return ["<Accordions>", *said, "</Accordions>"]


def _markup(text: str) -> str:
    """The value of an attribute: a string, or elements where code stands in it."""
    if "`" not in text:
        return json.dumps(text)
    parts = text.split("`")
    return f"{{<>{''.join(f'<code>{part}</code>' if at % 2 else part for at, part in enumerate(parts))}</>}}"


_FUMADOCS_KINDS = {"note": "info", "tip": "idea", "warning": "warn", "danger": "error"}


def _fumadocs_callout(flavour: Flavour, callout: Callout) -> Lines:
    title = f" title={_markup(callout.title)}" if callout.title else ""
    opening = f'<Callout type="{_FUMADOCS_KINDS[callout.kind]}"{title}>'
    return [opening, "", *body(callout.body, flavour), "", "</Callout>"]


def _container(flavour: Flavour, kind: str, title: str, blocks: Sequence[Block]) -> Lines:
    return [f":::{kind} {title}".rstrip(), "", *body(blocks, flavour), "", ":::"]


def _rspress_details(flavour: Flavour, one: Details) -> Lines:
    """Its containers have titles of plain words."""
    return (
        details(flavour, one)
        if "`" in one.question
        else _container(flavour, "details", one.question, one.body)
    )


_RSPRESS_TABS = components("Tabs", "Tab")

NEXTRA = Flavour(
    code=_nextra_code,
    group=_nextra_group,
    tabs=_nextra_tabs,
    details=details,
    callout=_nextra_callout,
    formula=_fenced_formula,
)
FUMADOCS = Flavour(
    code=_code,
    group=_fumadocs_group,
    tabs=_fumadocs_tabs,
    details=_accordion,
    callout=_fumadocs_callout,
    formula=dollars,
    head=importing(),
)
RSPRESS = Flavour(
    code=_rspress_code,
    group=_RSPRESS_TABS[0],
    tabs=_RSPRESS_TABS[1],
    details=_rspress_details,
    callout=lambda flavour, one: _container(flavour, one.kind, one.title, one.body),
    head=importing("import { Tab, Tabs } from '@rspress/core/theme'", title=True),
)
