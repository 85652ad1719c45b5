"""What may be meant by what was typed so far: ids, versions and addresses of what is served."""

import logging

from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from mcp_server.backing import Backing, serving
from mcp_server.gate import Spent, passed
from mcp_server.usage import COMPLETE
from shared.errors import LecternError
from shared.model.account import Access
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
        values = await passed(
            backing, COMPLETE, lambda caller: _values(backing, caller.access, *asked), lambda _: Spent()
        )
    except LecternError as error:
        log.warning("nothing can be completed: %s", error.line)
        values = []
    return Completion(values=values[:MOST_VALUES], has_more=len(values) > MOST_VALUES)


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
