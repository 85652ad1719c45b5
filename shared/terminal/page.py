"""A page of strangers for a terminal: prose is wrapped, code stays as it is copied. Through a pipe it is Markdown."""

import re
from collections.abc import Iterator

from rich.console import Console
from rich.markdown import Markdown
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from shared.terminal.legible import drawn

WIDEST = 100
"""Columns of prose that are still read with ease."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)")


def show_page(console: Console, markdown: str) -> None:
    if not console.is_terminal:
        console.print(Text(markdown.rstrip("\n")), soft_wrap=True)
        return
    for number, (text, language) in enumerate(_parts(drawn(markdown))):
        if number:
            console.print()
        if language is None:
            # an address that is shown is one that can be seen before it is opened
            prose = Markdown(text, hyperlinks=False)
            console.print(prose, width=min(console.width, WIDEST))
        else:
            code = Syntax("", language or "text", theme="ansi_dark", background_color="default").highlight(
                text
            )
            code.rstrip()
            console.print(code, soft_wrap=True)


def show_heading(console: Console, title: str) -> None:
    """`title` is markup; a line is drawn beside it, where somebody looks."""
    if console.is_terminal:
        console.print(Rule(f"[bold]{title}[/]", align="left", style="cyan"), width=min(console.width, WIDEST))
    else:
        console.print(title, soft_wrap=True)


def _parts(markdown: str) -> Iterator[tuple[str, str | None]]:
    """Prose, and code with its language."""
    lines: list[str] = []
    fence, language = "", ""
    for line in markdown.splitlines():
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2]:
                yield "\n".join(lines), language
                fence, lines = "", []
            else:
                lines.append(line)
        elif found:
            if "".join(lines).strip():
                yield "\n".join(lines), None
            fence, language, lines = found[1], found[2], []
        else:
            lines.append(line)
    if "".join(lines).strip():
        yield "\n".join(lines), language if fence else None
