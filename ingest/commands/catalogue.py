"""`ingest catalogue list` and `ingest catalogue check`: the shipped catalogue of known libraries."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated

import typer

from ingest.crawl.fetch.fetcher import FetchPolicy, open_fetcher, user_agent
from ingest.libraries.shipped import shipped_libraries
from shared import settings
from shared.counted import counted
from shared.errors import LecternError
from shared.guard.guard import Guard
from shared.model.library import Library, name_key
from shared.model.naming import spoken_names
from shared.terminal.console import errors, output
from shared.terminal.ending import fail, run
from shared.terminal.exits import ExitCode
from shared.terminal.legible import address, exact, sentence, words
from shared.terminal.program import Program
from shared.terminal.table import Column, show_table

AT_ONCE = 8
ENOUGH = 1 << 12
"""Bytes of a page that prove it exists."""

app = Program(help="The shipped catalogue of known libraries.\n\n$ ingest catalogue list flask")

Wanted = Annotated[
    str, typer.Argument(metavar="TEXT", help="Text to find in id, name, alias, package or tag.")
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one address; `landed` is where it redirects to, if it does."""

    library: Library
    landed: str | None = None
    failure: str | None = None


@app.command("list")
def list_shipped(
    text: Wanted = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the libraries that `ingest crawl` knows without a URL.

    $ ingest catalogue list
    $ ingest catalogue list flask
    """
    found = matching(text)
    if as_json:
        for library in found:
            line = {"id": library.id, "name": library.name, "docs_url": library.docs_url}
            typer.echo(json.dumps(line))
        return
    rows = ((exact(one.id), words(one.name), address(one.docs_url or "")) for one in found)
    show_table(output(), (Column("Library"), Column("Name")), (Column("Documentation"),), rows)


@app.command()
def check(text: Wanted = "") -> None:
    """Try the address of each library, politely; exit code 1 if one does not answer.

    $ ingest catalogue check flask
    """
    verdicts = run(_check(matching(text)))
    for verdict in verdicts:
        if verdict.failure:
            failure = sentence(verdict.failure)
            errors().print(f"{exact(verdict.library.id)}  [red]{failure}[/]", soft_wrap=True)
        elif verdict.landed:
            landed = address(verdict.landed)
            output().print(f"{exact(verdict.library.id)}  leads to {landed}", soft_wrap=True)
    failed = sum(verdict.failure is not None for verdict in verdicts)
    output().print(f"{len(verdicts) - failed} of {counted(len(verdicts), 'address')} can be reached.")
    if failed:
        raise typer.Exit(ExitCode.FAILED)


def matching(text: str) -> list[Library]:
    """Known libraries by id, name, alias, package, import or tag; all of them for an empty text."""
    key = name_key(text)
    found = [
        library
        for library in shipped_libraries().values()
        if any(key in name_key(word) for word in (*spoken_names(library), *library.tags))
    ]
    if not found:
        raise fail(LecternError(f"the catalogue has nothing like {text!r}", "see all: ingest catalogue list"))
    return found


async def _check(libraries: Sequence[Library]) -> list[Verdict]:
    verdicts = await try_all(libraries, settings.load().contact)
    if len(verdicts) > 1 and all(verdict.failure for verdict in verdicts):
        raise LecternError(
            f"none of the {len(verdicts)} addresses answers ({verdicts[0].failure})",
            "check this machine's network",
        )
    return verdicts


async def try_all(libraries: Sequence[Library], contact: str) -> list[Verdict]:
    """Fetch the beginning of each library's documentation, some at a time, through the crawl's own guard."""
    policy = FetchPolicy(user_agent=user_agent(version("lectern-mcp"), contact), total=20, attempts=2)
    turns = asyncio.Semaphore(AT_ONCE)
    async with open_fetcher(Guard(), policy) as fetcher:

        async def attempt(library: Library) -> Verdict:
            async with turns:
                try:
                    page = await fetcher.get(library.docs_url or "", max_bytes=ENOUGH, cut=True)
                except LecternError as error:
                    return Verdict(library, failure=str(error))
                return Verdict(library, landed=page.url if page.redirects else None)

        return await asyncio.gather(*map(attempt, libraries))
