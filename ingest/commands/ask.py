"""`ingest ask`: what an editor would get, by asking the server as an editor does."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from ingest.commands.session import session
from ingest.libraries.find import Typed, find_here, read_typed
from shared import settings
from shared.catalogue.store import Catalogue
from shared.counted import counted
from shared.errors import InvalidRequest, LecternError
from shared.model.answer import DEFAULT_TOKENS, FACTS, LEAST_TOKENS, MOST_TOKENS
from shared.model.library import LibraryRef, check_asked_version
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import address, exact, words
from shared.terminal.page import show_heading, show_page
from shared.visible import visible


def ask(
    library_id: Annotated[
        str,
        typer.Argument(metavar="LIBRARY_ID", help="As in /pallets/flask or /pallets/flask/2.2, or a name."),
    ],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In your own words.")],
    tokens: Annotated[
        int, typer.Option(min=LEAST_TOKENS, max=MOST_TOKENS, help="Most tokens of the answer.")
    ] = DEFAULT_TOKENS,
    as_json: Annotated[bool, typer.Option("--json", help="Print the structured content.")] = False,
) -> None:
    """Ask a question and show the answer with its scores.

    $ ingest ask /pallets/flask "how do I return JSON from a view"
    $ ingest ask /pallets/flask/2.2 "before_request" --tokens 1000
    """
    with ending():
        settings.load()
        typed = read_typed(library_id, check_asked_version)
        if not visible(question).strip():
            raise InvalidRequest("the question is empty", "ask a full question")
    from shared.embedding.counting import (
        encodable,  # with it come tokenizers, which no other command needs to start
    )

    ref = typed.id if typed.id and not typed.name else run(_meant(typed))
    question = encodable(question)  # a terminal may give bytes that are no text
    call = {"libraryId": str(ref), "query": question, "tokens": tokens}
    with Path(os.devnull).open("w") as quiet:  # what the server logs, its answer says too
        text, answer, facts = run(_call("query-docs", call, quiet))
    snippets = answer.get("snippets", [])
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
    elif snippets:
        show(answer, facts)
    if not snippets:
        run(_served(ref))
        with ending():
            raise LecternError(text.rstrip("."))


async def _meant(typed: Typed) -> LibraryRef:
    async with session("ask") as (stores, _):
        return await find_here(Catalogue(await stores.database()), typed)


async def _served(ref: LibraryRef) -> None:
    """Raises what a person needs to know about a library or version that is not there."""
    async with session("ask") as (stores, _):
        catalogue = Catalogue(await stores.database())
        await find_here(catalogue, read_typed(str(ref), check_asked_version))
        await catalogue.standing_for(ref.id, ref.version)


async def _call(
    tool: str, arguments: dict[str, Any], quiet: TextIO
) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """The result of one tool call to our own server, whose log goes to `quiet`: the text, the structured content,
    the facts about its snippets.
    """
    from mcp import Client, MCPError  # half the time that all the other commands take to start
    from mcp.client.stdio import StdioServerParameters, stdio_client

    server = StdioServerParameters(
        command=sys.executable,
        args=["-P", "-m", "mcp_server"],
        env=os.environ | {"LECTERN_AS_OPERATOR": "on"},
    )
    try:
        async with Client(stdio_client(server, errlog=quiet)) as client:
            result = await client.call_tool(tool, arguments)
    except (MCPError, BaseExceptionGroup) as error:
        raise LecternError("the server did not answer", "run `ingest doctor`") from error
    text = "\n".join(part.text for part in result.content if part.type == "text")
    if result.is_error:
        raise LecternError(text)
    return text, result.structured_content or {}, (result.meta or {}).get(FACTS, [])


def show(answer: dict[str, Any], facts: list[dict[str, Any]]) -> None:
    """An answer, for a person."""
    console = output()
    crawled = f"crawled {answer['crawled']}, " if answer["crawled"] else ""
    version = " for ".join(exact(one) for one in (answer["version"], answer["asked_version"]) if one)
    console.print(
        f"[bold]{exact(answer['library_id'])}[/] {version}  "
        f"[dim]{crawled}{counted(len(answer['snippets']), 'snippet')}, {counted(answer['tokens'], 'token')}[/]"
    )
    for snippet, about in zip(answer["snippets"], facts, strict=True):
        console.print()
        show_heading(console, words(snippet["title"]))
        console.print(
            f"[dim]{address(snippet['source_url'])}  {about['content_type']}  score {about['score']:.4f}[/]",
            soft_wrap=True,
        )
        console.print()
        show_page(console, snippet["content"])
