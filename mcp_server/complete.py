"""What may be meant by what was typed so far: ids, versions and addresses of what is served."""

import logging
from typing import NamedTuple

from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from mcp_server.backing import Backing, serving
from mcp_server.gate import NOTHING, Spent, hidden, passed
from mcp_server.usage import COMPLETE
from shared.accounts.access import allows
from shared.errors import LecternError
from shared.model.account import Access, Principal
from shared.visible import visible

log = logging.getLogger(__name__)

MOST_VALUES = 100
"""What the protocol allows."""
MOST_TYPED = 500


async def completion(
    ref: PromptReference | ResourceTemplateReference,
    argument: CompletionArgument,
    context: CompletionContext | None,
) -> Completion:
    """The handler of `completion/complete`: values for one argument; none while there is nothing to ask."""
    known = {name: visible(value) for name, value in ((context and context.arguments) or {}).items()}
    backing = serving.get()
    try:
        asked = argument.name, visible(argument.value), known
        found = await passed(
            backing, COMPLETE, lambda caller: _completed(backing, caller, *asked), lambda found: found.spent
        )
        values = found.values
    except LecternError as error:
        log.warning("nothing can be completed: %s", error.line)
        values = []
    return Completion(values=values[:MOST_VALUES], has_more=len(values) > MOST_VALUES)


class _Completed(NamedTuple):
    values: list[str]
    spent: Spent


async def _completed(
    backing: Backing, caller: Principal, name: str, typed: str, known: dict[str, str]
) -> _Completed:
    """The values, and what that was: an attempt, where a library is named that may not be read."""
    values = await _values(backing, caller.access, name, typed, known)
    library_id = named_library(name, typed, known)
    if library_id is None or allows(caller.access, library_id):
        return _Completed(values, NOTHING)
    refused_by = await hidden(backing, caller, library_id)
    spent = Spent(library_id, missed=True, refused_by=refused_by) if refused_by else NOTHING
    return _Completed(values, spent)


def named_library(name: str, typed: str, known: dict[str, str]) -> str | None:
    """The library that what was typed so far names in full, if any. Pure."""
    if len(typed) > MOST_TYPED:
        return None
    match name, typed.split("/"):
        case "library", ["", org, project, *version] if org and project and len(version) < 2:
            return f"/{org}/{project}"
        case "project", [project] if project and known.get("org"):
            return f"/{known['org']}/{project}"
        case (("version" | "url"), _) if known.get("org") and known.get("project"):
            return f"/{known['org']}/{known['project']}"
    return None


async def _values(
    backing: Backing, access: Access, name: str, typed: str, known: dict[str, str]
) -> list[str]:
    """At most one more than may be sent. Arguments of the prompt and of the templates have names of their own."""
    if len(typed) > MOST_TYPED:
        return []
    match name:
        case "library":
            return await _references(backing, access, typed)
        case "org":
            return await (await backing.pages(access)).organisations(typed, MOST_VALUES + 1)
        case "project" if org := known.get("org"):
            ids = await (await backing.pages(access)).ids(f"/{org}/{typed}", MOST_VALUES + 1)
            return [library_id.split("/")[2] for library_id in ids]
        case "version" if (org := known.get("org")) and (project := known.get("project")):
            return await (await backing.pages(access)).versions(f"/{org}/{project}", typed, MOST_VALUES + 1)
        case "url" if (org := known.get("org")) and (project := known.get("project")):
            served = await (await backing.catalogue(access)).standing_for(
                f"/{org}/{project}", known.get("version")
            )
            if served.generation is not None:
                return await (await backing.pages(access)).urls(served.generation.id, typed, MOST_VALUES + 1)
    return []


async def _references(backing: Backing, access: Access, typed: str) -> list[str]:
    """Ids, and once an id is typed in full its versions: /pallets/flask/2.2."""
    pages = await backing.pages(access)
    parts = typed.split("/")
    if typed.startswith("/") and len(parts) == 4:
        library_id = "/".join(parts[:3])
        found = await pages.versions(library_id, parts[3], MOST_VALUES + 1)
        return [f"{library_id}/{version}" for version in found]
    return await pages.ids(typed, MOST_VALUES + 1)
