"""`ingest quarantine`: what looks like an instruction to agents, and the verdict on it."""

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.text import Text

from ingest.commands.library import read_library
from ingest.commands.session import session
from ingest.embed.model.ensure import ensure_model
from ingest.jobs.review import Judged, find_suspects, judge
from ingest.libraries.find import Typed, find_here
from ingest.scan import scan
from ingest.screens.chunk_bars import chunk_bars
from ingest.screens.progress import moment
from shared.catalogue.quarantine import Quarantine, Suspect, Verdict
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.one_line import one_line
from shared.terminal.console import errors, output
from shared.terminal.ending import run
from shared.terminal.legible import address, exact, legible, words
from shared.terminal.page import show_heading
from shared.terminal.program import Program
from shared.terminal.table import Column, show_facts, show_table

app = Program(help="Chunks that look like instructions to agents.\n\n$ ingest quarantine list")

SHOWN_ID = 10
"""Digits of an id in a list."""
EXCERPT = 70
_CALLED = (Column("Id"), Column("Library"), Column("Versions"))
_SAID = tuple(map(Column, ("Looks like", "Page", "Verdict", "Decided", "Text")))

Ids = Annotated[
    list[str], typer.Argument(metavar="ID...", help="As listed; the first four digits are enough.")
]


@app.command("list")
def list_quarantined(
    library_id: Annotated[
        str | None, typer.Argument(metavar="LIBRARY_ID", help="Only this library's.", show_default="all")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also chunks with a verdict.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what waits for a verdict.

    $ ingest quarantine list
    $ ingest quarantine list /pallets/flask --all
    """
    typed = read_library(library_id) if library_id else None
    found = run(_suspects(typed, decided=everything))
    if as_json:
        typer.echo(json.dumps([_plain(one) for one in found], indent=2))
    elif not found:
        output().print("Nothing is in quarantine.")
    elif not output().is_terminal:
        show_table(output(), _CALLED, _SAID, map(_row, found))
    else:
        for one in found:
            output().print(_entry(one, verdict=everything), soft_wrap=True)
        output().print(
            "[dim]read one:[/] ingest quarantine show ID  [dim]then[/] release ID [dim]or[/] reject ID"
        )


@app.command()
def show(chunk_id: Annotated[str, typer.Argument(metavar="ID", help="As listed.")]) -> None:
    """Show the whole text of one, with the suspicious parts marked.

    $ ingest quarantine show 3f9a1c07
    """
    one = run(_named(chunk_id))
    output().print(Text(one.id[:SHOWN_ID], style="bold cyan"), Text(", ".join(one.rules), style="bold red"))
    facts = (
        ("library", f"{exact(one.library_id)} {', '.join(map(exact, one.versions))}"),
        ("page", address(one.source_url)),
        ("verdict", _verdict(one)),
    )
    show_facts(output(), facts)
    for name, text in (
        ("section", "\n".join(one.breadcrumb)),
        ("title", one.title),
        ("description", one.description),
        ("text", one.content),
    ):
        if text:
            show_heading(output(), name)
            output().print(_marked(text))


@app.command()
def release(ids: Ids) -> None:
    """Serve these, also when the site is crawled again.

    $ ingest quarantine release 3f9a1c07 b20d44
    """
    _tell(run(_judge(ids, "released")), "released")


@app.command()
def reject(ids: Ids) -> None:
    """Never serve these, and stop listing them.

    $ ingest quarantine reject 77e0
    """
    _tell(run(_judge(ids, "rejected")), "rejected")


async def _suspects(typed: Typed | None, *, decided: bool) -> list[Suspect]:
    async with session("quarantine list") as (stores, _):
        database = await stores.database()
        library_id = (await find_here(Catalogue(database), typed)).id if typed else None
        return await Quarantine(database).suspects(library_id, decided=decided)


async def _named(chunk_id: str) -> Suspect:
    async with session("quarantine show") as (stores, _):
        return (await find_suspects(Quarantine(await stores.database()), [chunk_id]))[0]


async def _judge(ids: list[str], verdict: Verdict) -> list[Judged]:
    async with session(f"quarantine {verdict}") as (stores, settings):

        async def model() -> EmbeddingModel:
            return await asyncio.to_thread(ensure_model, settings, errors().print)

        with chunk_bars(errors()) as show_progress:
            return await judge(stores, model, ids, verdict, show_progress)


def _tell(judged: list[Judged], verdict: Verdict) -> None:
    colour = "green" if verdict == "released" else "red"
    for one in judged:
        names = " ".join(suspect.id[:SHOWN_ID] for suspect in one.suspects)
        note = f"  [dim]index of {', '.join(one.rebuilt)} rebuilt[/]" if one.rebuilt else ""
        output().print(f"[{colour}]{verdict}[/] {one.library_id}  {names}{note}")


def _row(one: Suspect) -> tuple[str, ...]:
    return (
        one.id[:SHOWN_ID],
        exact(one.library_id),
        ", ".join(map(exact, one.versions)),
        ", ".join(map(words, one.rules)),
        address(one.source_url),
        one.verdict or "waits",
        one.decided_at.isoformat() if one.decided_at else "",
        words(_excerpt(one).plain),
    )


def _entry(one: Suspect, *, verdict: bool) -> Text:
    """What it is, where it stands, and a line of it."""
    head = [
        (one.id[:SHOWN_ID], "cyan"),
        (f"{one.library_id} {', '.join(one.versions)}", ""),
        (", ".join(one.rules), "yellow"),
        (_verdict(one) if verdict else "", "bold"),
    ]
    return Text("\n    ").join(
        [
            Text("  ").join(Text(said, style) for said, style in head if said),
            Text.from_markup(address(one.source_url), style="dim"),
            _excerpt(one),
        ]
    )


def _verdict(one: Suspect) -> str:
    if one.verdict is None or one.decided_at is None:
        return "waits"
    return f"{one.verdict} {moment(one.decided_at)}"


def _excerpt(one: Suspect) -> Text:
    """One line around the first finding."""
    text = next((part for part in _parts(one) if scan(part)), one.content)
    found = scan(text)
    start = max(0, found[0].start - EXCERPT // 3) if found else 0
    piece = text[start : start + EXCERPT]
    shown = _marked(one_line(piece))
    return Text("…") + shown if start else shown


def _parts(one: Suspect) -> tuple[str, ...]:
    return (one.content, *one.breadcrumb, one.title, one.description)


def _marked(text: str) -> Text:
    """The text as it can be shown without danger, findings highlighted."""
    shown = Text()
    at = 0
    for found in scan(text):
        if found.start >= at:
            shown.append(legible(text[at : found.start]))
            shown.append(legible(text[found.start : found.end]), style="bold reverse red")
            at = found.end
    return shown.append(legible(text[at:]))


def _plain(one: Suspect) -> dict[str, Any]:
    return {
        "id": one.id,
        "library_id": one.library_id,
        "versions": list(one.versions),
        "url": one.source_url,
        "rules": list(one.rules),
        "section": list(one.breadcrumb),
        "text": one.content,
        "verdict": one.verdict,
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
    }
