"""Rules of access as they are typed, in words and as JSON."""

from typing import Annotated, Any

import typer

from admin.rows import picked
from shared.accounts.access import Rule
from shared.stores.postgres import Row
from shared.terminal.legible import exact

Target = Annotated[
    str,
    typer.Argument(metavar="LIBRARY_OR_NAMESPACE", help="/org/project, or '/org/*' for all of a namespace."),
]

EVERYONE = "everyone"
_SHOWN = ("target", "user", "group", "is_allowed", "created_at", "is_here")


def as_row(rule: Row) -> dict[str, Any]:
    return picked(rule, _SHOWN)


def effect(*, is_allowed: bool) -> str:
    return "[green]allow[/]" if is_allowed else "[red]deny[/]"


def whom(email: str | None, group: str | None) -> str:
    """As markup."""
    if email:
        return exact(email)
    return f"group {exact(group)}" if group else EVERYONE


def deciding(rule: Rule, email: str) -> str:
    """The rule in words: `deny /acme/* for group makers`."""
    named = whom(email if rule.whom == "user" else None, rule.group)
    return f"{effect(is_allowed=rule.is_allowed)} {exact(rule.target)} for {named}"


def posture(*, is_closed: bool) -> str:
    """What holds without a rule."""
    return "closed: what no rule allows is not read" if is_closed else "open: what no rule denies is read"
