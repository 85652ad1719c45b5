"""`ingest catalogue list` and `ingest catalogue check`: the shipped catalogue of known libraries."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated

import typer
from rich.table import Table

from ingest.crawl.fetch import FetchPolicy, open_fetcher, user_agent
from ingest.crawl.guard import Guard
from ingest.known import known_libraries
from shared import settings
from shared.errors import LecternError
from shared.model.library import Library, name_key
from shared.model.naming import spoken_names
from shared.terminal.console import errors, output
from shared.terminal.ending import run
from shared.terminal.program import Program

AT_ONCE = 8
ENOUGH = 1 << 12
"""Bytes of a page that show that it is there."""

app = Program(help="The shipped catalogue of known libraries.\n\n$ ingest catalogue list flask")

Wanted = Annotated[
    str, typer.Argument(metavar="TEXT", help="Only those whose id, name, alias, package or tag has it.")
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one address; `landed` is where it redirects to, if it does."""

    library: Library
    landed: str | None = None
    failure: str | None = None


@app.command("list")
def list_known(
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
            output().print(json.dumps(line), soft_wrap=True, markup=False, highlight=False)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Library", "Name", "Documentation"):
        table.add_column(column, overflow="fold")
    for library in found:
        table.add_row(library.id, library.name, library.docs_url)
    output().print(table)


@app.command()
def check(text: Wanted = "") -> None:
    """Try the address of each library, politely; exit code 1 if one does not answer.

    $ ingest catalogue check flask
    """
    verdicts = run(_check(matching(text)))
    for verdict in verdicts:
        if verdict.failure:
            errors().print(
                f"{verdict.library.id}  {verdict.failure}", style="red", markup=False, soft_wrap=True
            )
        elif verdict.landed:
            output().print(f"{verdict.library.id}  leads to {verdict.landed}", markup=False, soft_wrap=True)
    failed = sum(verdict.failure is not None for verdict in verdicts)
    output().print(f"{len(verdicts) - failed} of {len(verdicts)} addresses answer.")
    if failed:
        raise typer.Exit(1)


def matching(text: str) -> list[Library]:
    """Known libraries by id, name, alias, package, import or tag; all of them for an empty text."""
    key = name_key(text)
    found = [
        library
        for library in known_libraries().values()
        if any(key in name_key(word) for word in (*spoken_names(library), *library.tags))
    ]
    if not found:
        errors().print(f"The catalogue has nothing like {text!r}.", style="red", markup=False)
        raise typer.Exit(1)
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
