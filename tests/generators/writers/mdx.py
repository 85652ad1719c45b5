"""MDX of Starlight and Docusaurus: components for tabs, `:::` for call-outs."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from tests.generators.truth import Block, Callout, Code, Details, Group, Page, Tabs
from tests.generators.writers.comments import comment
from tests.generators.writers.containers import dollars
from tests.generators.writers.markdown import Flavour, Lines, Write, body, fenced, marked_lines

_SAME: Mapping[str, str] = {}


def starlight_code(code: Code) -> Lines | None:
    """Marks by their lines' numbers."""
    marks = {"{}": "*", "ins={}": "+", "del={}": "-"}
    said = [
        form.replace("{}", f"{{{numbers}}}")
        for form, mark in marks.items()
        if (numbers := marked_lines(code, mark))
    ]
    parts = [
        "ts twoslash" if code.twoslash else code.language or "text",
        f'title="{code.title}"' * bool(code.title),
        "showLineNumbers" * code.numbered,
        *said,
    ]
    return fenced(code, " ".join(filter(None, parts)))


_DIRECTIVES = {"+": "add-next-line", "-": "remove-next-line"}
_UNREAD = frozenset(("ini", "jsonc", "latex", "powershell", "graphql", "svelte", "vue"))
"""Languages whose comments Docusaurus does not look into, or not in this form."""


def docusaurus_code(code: Code) -> Lines | None:
    """A comment before each marked line; highlights by numbers."""
    if code.twoslash:
        return None
    lines: Lines = []
    for line in code.lines:
        if directive := _DIRECTIVES.get(line.mark):
            said = comment(code.language, line.text, directive)
            if said is None or code.language in _UNREAD:
                return None
            lines.append(said)
        lines.append(line.text)
    highlighted = marked_lines(code, "*")
    parts = [
        code.language or "text",
        f'title="{code.title}"' * bool(code.title),
        "showLineNumbers" * code.numbered,
        f"{{{highlighted}}}" * bool(highlighted),
    ]
    return fenced(code, " ".join(filter(None, parts)), lines)


def components(outer: str, inner: str, label: str = 'label="{}"') -> tuple[Write[Group], Write[Tabs]]:
    """How groups and tabs are written as `<outer><inner label="...">`; `label` is the attribute that says it."""

    def panes(flavour: Flavour, tabs: Iterable[tuple[str, Sequence[Block]]]) -> Lines:
        lines = [f"<{outer}>"]
        for name, blocks in tabs:
            lines += [f"<{inner} {label.format(name)}>", "", *body(blocks, flavour), "", f"</{inner}>"]
        return [*lines, f"</{outer}>"]

    def group(flavour: Flavour, one: Group) -> Lines:
        return panes(flavour, [(name, [code]) for name, code in one.tabs])

    def tabs(flavour: Flavour, one: Tabs) -> Lines:
        return panes(flavour, one.tabs)

    return group, tabs


def details(flavour: Flavour, one: Details) -> Lines:
    """As HTML has it."""
    said = ["<details>", f"<summary>{_inline(one.question)}</summary>"]
    return [*said, "", *body(one.body, flavour), "", "</details>"]


def directive(flavour: Flavour, callout: Callout, kinds: Mapping[str, str] = _SAME) -> Lines:
    """`:::note[Title]`."""
    title = f"[{callout.title}]" if callout.title else ""
    kind = kinds.get(callout.kind, callout.kind)
    return [f":::{kind}{title}", "", *body(callout.body, flavour), "", ":::"]


def _inline(text: str) -> str:
    """Code between backticks, as HTML: Markdown is not read within a line of tags."""
    parts = text.split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))


def importing(*lines: str, title: bool = False) -> Callable[[Page], Lines]:
    """The head of a page: its title, and the imports of components. `title`: as a heading, too."""

    def head(page: Page) -> Lines:
        named = [f"# {page.title}"] if title else []
        return ["---", f"title: {page.title}", "---", "", *lines, "", *named]

    return head


_TAB_ITEMS = components("Tabs", "TabItem")
_VALUES = components("Tabs", "TabItem", 'value="{0}" label="{0}"')

STARLIGHT = Flavour(
    code=starlight_code,
    group=_TAB_ITEMS[0],
    tabs=_TAB_ITEMS[1],
    details=details,
    callout=lambda flavour, one: directive(flavour, one, {"warning": "caution"}),
    formula=dollars,
    head=importing(
        "import { Aside, Card, CardGrid, Code, LinkCard, Steps, TabItem, Tabs } from '@astrojs/starlight/components'"
    ),
)
DOCUSAURUS = Flavour(
    code=docusaurus_code,
    group=_VALUES[0],
    tabs=_VALUES[1],
    details=details,
    callout=directive,
    formula=dollars,
    head=importing(
        "import Tabs from '@theme/Tabs'",
        "import TabItem from '@theme/TabItem'",
        "import CodeBlock from '@theme/CodeBlock'",
        title=True,
    ),
)
