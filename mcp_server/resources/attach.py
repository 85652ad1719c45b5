"""What a person can attach to a conversation: libraries and pages, as MCP resources."""

# A library id holds a slash, and a plain template variable never matches one: so a URI spells it as two.

import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_REQUEST, Resource

from mcp_server.answer.cost import cost
from mcp_server.backing import Backing, serving
from mcp_server.gate import Spent, admissible, passed
from mcp_server.refusals import Refused
from mcp_server.usage import READ
from shared.errors import InvalidLibraryId, LecternError, LibraryUnknown, VersionUnknown
from shared.model.account import Access
from shared.visible import visible

log = logging.getLogger(__name__)

LIBRARY = "lectern://library/{org}/{project}"
VERSION = "lectern://library/{org}/{project}/{version}"
PAGE = "lectern://page/{org}/{project}/{version}{?url,part}"
MARKDOWN = "text/markdown"

MOST_LISTED = 50
"""Libraries in `resources/list`; the others are reached by completion."""
MOST_PAGES = 100
PART_CHARACTERS = 60_000
"""Of a page, about 15,000 tokens: what is longer comes in parts."""
LISTING_SECONDS = 3.0
"""How long a list may wait for stores that are just being opened."""


def add_resources(server: MCPServer[Backing]) -> None:
    """The three templates; nothing is opened before one of them is read."""
    server.resource(LIBRARY, name="library", title="A library", mime_type=MARKDOWN)(library)
    server.resource(VERSION, name="library-version", title="A library's version", mime_type=MARKDOWN)(version)
    server.resource(PAGE, name="page", title="A page of documentation", mime_type=MARKDOWN)(page)


async def served_libraries() -> list[Resource]:
    """The libraries that are asked for most; none while there are no stores to ask, for a list must answer."""
    from mcp_server.resources.overview import library_uri

    backing = serving.get()
    try:
        with anyio.move_on_after(LISTING_SECONDS):
            caller = await admissible(backing)
            return [
                Resource(
                    uri=library_uri(found.id),
                    name=found.id,
                    title=visible(found.name),
                    description=visible(found.description) or None,
                    mime_type=MARKDOWN,
                )
                for found in await (await backing.pages(caller.access)).most_used(MOST_LISTED)
            ]
    except LecternError as error:
        log.warning("no resources are listed: %s", error.line)
    return []


class Read(NamedTuple):
    """A text, and the library that it is about."""

    library_id: str
    text: str


Reading = Callable[[Access], Awaitable[Read]]


async def library(ctx: Context[Backing], org: str, project: str) -> str:
    """A library: what it is, its versions, and the pages of its default version."""
    backing = ctx.request_context.lifespan_context
    return await _told(backing, lambda access: _library(backing, access, org, project))


async def version(ctx: Context[Backing], org: str, project: str, version: str) -> str:
    """One version of a library: how much there is of it, and its pages."""
    backing = ctx.request_context.lifespan_context
    return await _told(backing, lambda access: _version(backing, access, org, project, version))


async def page(
    ctx: Context[Backing], org: str, project: str, version: str, url: str = "", part: str = "1"
) -> str:
    """One page as Markdown: `url` is its address, without an anchor. A long one comes in parts, from 1."""
    backing = ctx.request_context.lifespan_context
    return await _told(backing, lambda access: _page(backing, access, org, project, version, url, part))


async def _told(backing: Backing, read: Reading) -> str:
    """Misses and failures as the protocol tells them, in one line; never later than a tool would answer."""
    try:
        return (await passed(backing, READ, lambda caller: read(caller.access), _spent)).text
    except (InvalidLibraryId, LibraryUnknown, VersionUnknown) as error:
        raise ResourceNotFoundError(error.line) from error
    except Refused as error:
        raise MCPError(INVALID_REQUEST, error.line, error.data) from error
    except LecternError as error:
        log.error("%s", error.line)
        raise ResourceError(error.line) from error


def _spent(read: Read) -> Spent:
    return Spent(read.library_id, cost(read.text))


async def _library(backing: Backing, access: Access, org: str, project: str) -> Read:
    from mcp_server.resources.overview import library_text

    catalogue, pages = await backing.catalogue(access), await backing.pages(access)
    known = await catalogue.known(_id(org, project))
    served = await catalogue.served(known.id, None)
    versions = await catalogue.versions(known.id)
    listed = await pages.pages(served.generation.id, MOST_PAGES)
    return Read(known.id, library_text(known, versions, listed, served.source))


async def _version(backing: Backing, access: Access, org: str, project: str, version: str) -> Read:
    from mcp_server.resources.overview import version_text

    catalogue, pages = await backing.catalogue(access), await backing.pages(access)
    served = await catalogue.standing_for(_id(org, project), visible(version))
    known = await catalogue.known(served.library_id)
    listed = await pages.pages(served.generation.id, MOST_PAGES)
    return Read(known.id, version_text(known, served.generation, listed, served.source))


async def _page(
    backing: Backing, access: Access, org: str, project: str, version: str, url: str = "", part: str = "1"
) -> Read:
    from mcp_server.resources.overview import page_text

    catalogue, pages = await backing.catalogue(access), await backing.pages(access)
    served = await catalogue.standing_for(_id(org, project), visible(version))
    library_id = served.library_id
    address = visible(url).partition("#")[0]
    number = int(part) if part.isascii() and part.isdigit() and len(part) < 9 else 0
    found = await pages.page(served.generation.id, address, number, PART_CHARACTERS)
    if found is None:
        raise ResourceNotFoundError(
            f"{library_id} {served.version} has no page {address[:300]!r}"
            + (f", part {number}" if number != 1 else "")
            + f": read lectern://library{library_id}/{served.version} for its pages"
        )
    return Read(library_id, page_text(library_id, served.version, found))


def _id(org: str, project: str) -> str:
    from shared.model.library import parse_library_ref

    return parse_library_ref(f"/{visible(org)}/{visible(project)}").id
