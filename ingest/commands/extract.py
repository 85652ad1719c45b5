"""`ingest extract`: what a crawl would keep of pages, from files or from the web."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.markdown import Markdown

from shared import settings
from shared.errors import InvalidRequest, LecternError, NotADocument
from shared.model.document import Document
from shared.terminal.console import output
from shared.terminal.ending import fail, run

MANY = 200
"""Files from which on a second process pays for its start."""


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
            help="Sent to the host named, as in 'Authorization: $DOCS_TOKEN'; repeatable.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Private address or network to connect to; repeatable."),
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also connect to private and loopback addresses.")
    ] = False,
) -> None:
    """Show pages as the Markdown that a crawl would keep.

    $ ingest extract page.html
    $ ingest extract https://docs.acme.example/guide/ --json
    """
    failed = False
    way_out = _WayOut(tuple(header or ()), tuple(allow or ()), allow_private)
    for source, outcome in _outcomes(sources, way_out):
        if isinstance(outcome, Document):
            _show(source, outcome, as_json)
        elif isinstance(outcome, NotADocument) and outcome.reason == "no text":
            _show(source, Document(source, "", ""), as_json)
            fail(LecternError(f"{source}: no text", outcome.hint))
        else:
            failed = True
            fail(LecternError(f"{source}: {outcome}", outcome.hint))
    if failed:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _WayOut:
    """Where we may connect, and as who."""

    headers: tuple[str, ...]
    allowed: tuple[str, ...]
    allow_private: bool


def _outcomes(sources: list[str], way_out: _WayOut) -> Iterator[tuple[str, Document | LecternError]]:
    """One result a source, in the order they were given."""
    addresses = [one for one in sources if _is_url(one)]
    files = [one for one in sources if not _is_url(one)]
    fetched = iter(run(_fetch(addresses, way_out)) if addresses else [])
    with ExitStack() as stack:
        read: Iterator[Document | LecternError] = map(_read, files)
        if len(files) >= MANY:
            pool = stack.enter_context(ProcessPoolExecutor(os.cpu_count(), get_context("spawn")))
            read = pool.map(_read, files, chunksize=16)
        for source in sources:
            yield source, next(fetched if _is_url(source) else read)


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _read(source: str) -> Document | LecternError:
    path = Path(source)
    try:
        return _extract(path.read_bytes(), path.absolute().as_uri(), None)
    except OSError as error:
        return InvalidRequest(f"{error.strerror or error}".lower(), "give files or http(s) addresses")


def _extract(body: bytes, url: str, charset: str | None) -> Document | LecternError:
    from ingest.extract import extract as extract_page

    try:
        return extract_page(body, url, charset=charset).document
    except LecternError as error:
        return error


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
        output().print(Markdown(document.markdown))
    else:
        typer.echo(document.markdown)


async def _fetch(urls: list[str], way_out: _WayOut) -> list[Document | LecternError]:
    from ingest.crawl.credentials import find_credentials
    from ingest.crawl.fetch import open_fetcher
    from ingest.crawl.guard import Guard
    from ingest.crawl.politeness import FetchPolicy, user_agent
    from ingest.crawl.urls import normalise, origin

    if way_out.headers and len({origin(normalise(url)) for url in urls}) > 1:
        raise InvalidRequest("--header is for one host, and the addresses name several", "ask one at a time")
    guard = Guard(allow_private=way_out.allow_private, allowed=way_out.allowed)
    credentials = (
        find_credentials(normalise(urls[0]), way_out.headers, os.environ) if way_out.headers else None
    )
    policy = FetchPolicy(user_agent=user_agent(version("lectern-mcp"), settings.load().contact))
    found: list[Document | LecternError] = []
    async with open_fetcher(guard, policy, credentials=credentials) as fetcher:
        for url in urls:
            try:
                page = await fetcher.get(url)
                found.append(_extract(page.body, page.url, page.charset))
            except LecternError as error:
                found.append(error)
    return found
