"""`ingest extract`: what a crawl would keep of pages, from files or from the web."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared import settings
from shared.errors import FetchFailed, InvalidRequest, LecternError, NotADocument, NoText
from shared.model.document import Document
from shared.settings import IngestSettings
from shared.terminal.console import output
from shared.terminal.ending import fail, run
from shared.terminal.exits import ExitCode
from shared.terminal.page import show_page

if TYPE_CHECKING:
    from ingest.crawl.fetch.fetcher import Fetched
    from ingest.workers.crew import Crew


def extract(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="PATH_OR_URL...", help="HTML or Markdown files, or http(s) addresses."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line instead of Markdown.")
    ] = False,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER",
            help="Header for that host, as in 'Authorization: $DOCS_TOKEN'; repeatable.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Allow this private address or network; repeatable."),
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Allow all private and loopback addresses.")
    ] = False,
) -> None:
    """Show pages as the Markdown that a crawl would keep.

    $ ingest extract page.html
    $ ingest extract https://docs.acme.example/guide/ --json
    """
    way_out = _WayOut(tuple(header or ()), tuple(allow or ()), allow_private)
    if run(_show_all(sources, way_out, as_json)):
        raise typer.Exit(ExitCode.FAILED)


@dataclass(frozen=True, slots=True)
class _WayOut:
    """Where it may connect, and with which credentials."""

    headers: tuple[str, ...]
    allowed: tuple[str, ...]
    allow_private: bool


async def _show_all(sources: list[str], way_out: _WayOut, as_json: bool) -> bool:
    """Each source in the order they were given; whether one of them failed."""
    from ingest.jobs.page_crew import page_crew

    chosen = settings.load()
    addresses = [one for one in sources if _is_url(one)]
    fetched = iter(await _fetch(addresses, way_out, chosen) if addresses else [])
    failed = False
    async with page_crew(chosen) as workers:
        reads = [
            asyncio.ensure_future(_document(workers, next(fetched) if _is_url(one) else one))
            for one in sources
        ]
        for source, read in zip(sources, reads, strict=True):
            try:
                _show(source, await read, as_json)
            except NotADocument as error:
                if isinstance(error, NoText):
                    _show(source, Document(source, "", ""), as_json)
                else:
                    failed = True
                fail(LecternError(f"{source}: {error}", error.hint))
            except LecternError as error:
                failed = True
                fail(error if source in str(error) else LecternError(f"{source}: {error}", error.hint))
    return failed


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


async def _document(workers: "Crew", source: "str | Fetched | LecternError") -> Document:
    """What a worker makes of a file or of a page that was fetched. Raises LecternError."""
    match source:
        case LecternError():
            raise source
        case str():
            return await workers.run(_extract_file, source)
        case _:
            return await workers.run(_extract, source.body, source.url, source.charset)


def _extract_file(source: str) -> Document:
    path = Path(source)
    try:
        body = path.read_bytes()
    except OSError as error:
        reason = f"{error.strerror or error}".lower()
        raise InvalidRequest(reason, "give files or http(s) addresses") from error
    return _extract(body, path.absolute().as_uri(), None)


def _extract(body: bytes, url: str, charset: str | None) -> Document:
    from ingest.extract import extract as extract_page

    return extract_page(body, url, charset=charset).document


def _show(source: str, document: Document, as_json: bool) -> None:
    if as_json:
        sections = [
            {"heading": one.heading, "level": one.level, "anchor": one.anchor} for one in document.sections
        ]
        typer.echo(
            json.dumps(
                {
                    "source": source,
                    "title": document.title,
                    "markdown": document.markdown,
                    "sections": sections,
                }
            )
        )
    elif output().is_terminal:
        show_page(output(), document.markdown)
    else:
        sys.stdout.write(f"{document.markdown}\n")  # typer would write UTF-8 where ASCII is asked for


async def _fetch(urls: list[str], way_out: _WayOut, chosen: IngestSettings) -> "list[Fetched | LecternError]":
    from ingest.crawl.addresses.urls import origin
    from ingest.crawl.entry import unreached
    from ingest.crawl.fetch.credentials import find_credentials
    from ingest.crawl.fetch.fetcher import open_fetcher
    from ingest.crawl.fetch.politeness import FetchPolicy, user_agent
    from shared.guard.guard import Guard
    from shared.guard.urls import normalise

    if way_out.headers and len({origin(normalise(url)) for url in urls}) > 1:
        raise InvalidRequest(
            "--header is for one host, and the addresses name several", "extract one host at a time"
        )
    guard = Guard(allow_private=way_out.allow_private, allowed=way_out.allowed)
    credentials = (
        find_credentials(normalise(urls[0]), way_out.headers, os.environ) if way_out.headers else None
    )
    policy = FetchPolicy(user_agent=user_agent(version("lectern-mcp"), chosen.contact))
    found: list[Fetched | LecternError] = []
    async with open_fetcher(guard, policy, credentials=credentials) as fetcher:
        for url in urls:
            try:
                found.append(await fetcher.get(url))
            except FetchFailed as error:
                found.append(unreached(url, error.reason, error))
            except LecternError as error:
                found.append(error)
    return found
