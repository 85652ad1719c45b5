"""`ingest library`: which libraries there are, and what is known of each."""

import json
import sys
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from ingest.commands.session import catalogue_with_shipped, session
from ingest.generation.snapshot.archive import archives
from ingest.libraries.find import Typed, find_here, read_typed
from ingest.libraries.shipped import shipped_libraries
from ingest.screens.progress import moment
from shared.catalogue.generations import Generations
from shared.catalogue.locks import library_lock
from shared.catalogue.snapshots import Snapshots
from shared.catalogue.store import Catalogue
from shared.errors import InvalidLibraryId, InvalidRequest
from shared.guard.urls import normalise
from shared.model.library import LATEST, Library, LibraryVersion, check_version, parse_library_ref
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import address, exact, words
from shared.terminal.program import Program
from shared.terminal.table import Column, show_facts, show_table

app = Program(
    help="The libraries of this Lectern.\n\n$ ingest library list\n$ ingest library show /pallets/flask"
)

Id = Annotated[str, typer.Argument(metavar="LIBRARY_ID", help="As in /pallets/flask, or a name.")]
_CALLED = (Column("Library"), Column("Name"))
_SAID = (
    Column("Default"),
    *(Column(title, right=True) for title in ("Chunks", "Tokens", "Popularity")),
    Column("Last crawled"),
)
_VERSION = (Column("Version"),)
_SERVED = (
    *(Column(title, right=True) for title in ("Pages", "Chunks", "Tokens")),
    Column("Published"),
    Column("Model"),
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def add(
    library_id: Id,
    docs_url: Annotated[str | None, typer.Option(help="Start page of its documentation.")] = None,
    name: Annotated[str | None, typer.Option(help="Its name as people write it.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Who makes it.")] = None,
    repo_url: Annotated[str | None, typer.Option(help="Its source repository.")] = None,
    description: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What it is, in a sentence.")
    ] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Another name; repeatable.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A subject; repeatable.")] = None,
) -> None:
    """Add a library, or change its details.

    $ ingest library add /acme/handbook --docs-url https://docs.acme.example/ --alias handbook
    """
    with ending():
        ref = parse_library_ref(library_id)
        if ref.version:
            raise InvalidLibraryId(f"{library_id!r} names a version", f"write {ref.id}")
    given = {
        "name": name,
        "vendor": vendor,
        "repo_url": checked_url(repo_url),
        "docs_url": checked_url(docs_url),
        "description": description,
        "aliases": tuple(alias) if alias else None,
        "tags": tuple(tag) if tag else None,
    }
    library = run(_add(ref.id, {field: value for field, value in given.items() if value is not None}))
    output().print(f"[green]added[/] {exact(library.id)} ({words(library.name)})")
    if library.docs_url:
        output().print(f"[dim]crawl it with[/] ingest crawl {library.id}")


async def _add(library_id: str, given: dict[str, Any]) -> Library:
    async with session("library add") as (stores, _):
        catalogue = await catalogue_with_shipped(stores)
        known = await catalogue.library(library_id) or shipped_libraries().get(library_id.lower())
        before = known or Library(id=library_id, name=library_id.rpartition("/")[2])
        library = replace(before, **given)
        await catalogue.put(library)
        return library


@app.command("list")
def list_libraries(as_json: AsJson = False) -> None:
    """Show every library.

    $ ingest library list
    """
    libraries = run(_all())
    if as_json:
        typer.echo(json.dumps([_plain(library) for library in libraries], indent=2))
        return
    if not libraries:
        output().print("No libraries yet. [dim]Crawl one:[/] ingest crawl /pallets/flask")
        return
    rows = [
        (
            exact(library.id),
            words(library.name),
            exact(library.default_version or "") or "[dim]–[/]",
            f"{library.total_snippets:,}",
            f"{library.total_tokens:,}",
            str(library.popularity_score),
            moment(library.last_crawled_at) if library.last_crawled_at else "[dim]never[/]",
        )
        for library in libraries
    ]
    show_table(output(), _CALLED, _SAID, rows)


async def _all() -> list[Library]:
    async with session("library list") as (stores, _):
        return await Catalogue(await stores.database()).libraries()


@app.command("show")
def show_library(library_id: Id, as_json: AsJson = False) -> None:
    """Show one library and its versions.

    $ ingest library show /pallets/flask
    """
    library, versions = run(_one(read_library(library_id)))
    if as_json:
        shown = _plain(library) | {"versions": [_plain_version(version) for version in versions]}
        typer.echo(json.dumps(shown, indent=2))
        return
    console = output()
    console.print(f"[bold]{exact(library.id)}[/]  {words(library.name)}")
    if library.description:
        console.print(words(library.description))
    facts = (
        ("vendor", words(library.vendor or "")),
        ("documentation", address(library.docs_url or "")),
        ("source", address(library.repo_url or "")),
        ("aliases", ", ".join(map(exact, library.aliases))),
        ("tags", ", ".join(map(exact, library.tags))),
        ("default version", exact(library.default_version or "")),
    )
    show_facts(console, [(what, value) for what, value in facts if value])
    if versions:
        console.print()
        show_table(console, _VERSION, _SERVED, map(_row, versions))
    else:
        console.print(f"[dim]No version yet:[/] ingest crawl {exact(library.id)}")


def _row(version: LibraryVersion) -> tuple[str, ...]:
    served = version.generation
    called = exact(version.version)
    if version.is_latest and version.version != LATEST:
        called += " [dim](latest)[/]"
    if not served or not served.published_at:
        return called, "–", "–", "–", "[dim]not yet[/]", ""
    counts = (f"{count:,}" for count in (served.pages, served.chunks, served.tokens))
    return called, *counts, moment(served.published_at), exact(served.model.rpartition("/")[2])


async def _one(typed: Typed) -> tuple[Library, list[LibraryVersion]]:
    async with session("library show") as (stores, _):
        catalogue = Catalogue(await stores.database())
        library_id = (await find_here(catalogue, typed)).id
        return await catalogue.known(library_id), await catalogue.versions(library_id)


@app.command("set")
def set_library(
    library_id: Id,
    default_version: Annotated[str, typer.Option(help="Version to answer from where none is named.")],
) -> None:
    """Set the default version of a library.

    $ ingest library set /pallets/flask --default-version 2.2
    """
    typed = read_library(library_id)
    with ending():
        version = check_version(default_version)
    chosen = run(_set(typed, version))
    output().print(f"[green]set[/] {chosen} answers from {version} by default")


async def _set(typed: Typed, version: str) -> str:
    async with session("library set") as (stores, _):
        catalogue = Catalogue(await stores.database())
        library_id = (await find_here(catalogue, typed)).id
        await catalogue.set_default_version(library_id, version)
        return library_id


@app.command()
def remove(
    library_id: Id, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Remove a library with everything crawled for it.

    $ ingest library remove /acme/handbook --yes
    """
    ref = run(_one(read_library(library_id)))[0].id
    if not yes:
        with ending():
            if not sys.stdin.isatty():
                raise InvalidRequest(f"this removes {ref} with all its versions", "confirm with --yes")
        typer.confirm(f"Remove {ref} and all its versions?", abort=True)
    run(_remove(ref))
    output().print(f"[green]removed[/] {ref}")


async def _remove(library_id: str) -> None:
    async with session("library remove") as (stores, settings):
        database, vectors = await stores.database(), await stores.vectors()
        generations = Generations(database)
        async with library_lock(database, library_id):
            indexes = await generations.indexes(library_id)
            snapshots = await Snapshots(database).urls(library_id)
            await Catalogue(database).remove(library_id)
            for index in indexes:
                await vectors.drop(index)
            for url in snapshots.values():
                await archives(settings).remove(url)


def read_library(text: str) -> Typed:
    """A library without a version; anything else ends the command."""
    with ending():
        typed = read_typed(text)
        if typed.named_version:
            raise InvalidLibraryId(f"{text!r} names a version", f"write {typed.shown}")
    return typed.versionless


def checked_url(text: str | None) -> str | None:
    """The URL as it is crawled; anything that is not http(s) ends the command."""
    with ending():
        return normalise(text) if text is not None else None


def _plain(library: Library) -> dict[str, Any]:
    crawled = library.last_crawled_at
    return asdict(library) | {"last_crawled_at": crawled.isoformat() if crawled else None}


def _plain_version(version: LibraryVersion) -> dict[str, Any]:
    served = version.generation
    return {
        "version": version.version,
        "is_latest": version.is_latest,
        "served": None
        if served is None
        else {
            "generation": str(served.id),
            "pages": served.pages,
            "chunks": served.chunks,
            "tokens": served.tokens,
            "model": served.model,
            "published_at": served.published_at.isoformat() if served.published_at else None,
        },
    }
