"""`ingest model pull` and `ingest model list`: the embedding models of this machine."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

from shared import settings
from shared.embedding.model import EmbeddingModel
from shared.terminal.console import errors, output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact
from shared.terminal.program import Program
from shared.terminal.table import Column, show_table

app = Program(help="The embedding models of this machine.\n\n$ ingest model pull")

Name = Annotated[
    str | None,
    typer.Argument(
        help="As `ingest model list` shows it; the configured model if left out.", show_default=False
    ),
]


@app.command("pull")
def pull_model(name: Name = None) -> None:
    """Fetch an embedding model, unless it is here already.

    $ ingest model pull
    $ ingest model pull BAAI/bge-small-en-v1.5
    """
    model = run(_pull(name))
    output().print(
        f"[green]ready[/] {exact(model.name)}, {model.dimension} dimensions, {model.window} tokens"
    )


async def _pull(name: str | None) -> EmbeddingModel:
    from ingest.embed.model.pull import pull

    return await asyncio.to_thread(pull, settings.load(), name, errors().print)


@app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show every model that can be pulled, and which are pulled.

    $ ingest model list
    """
    from ingest.embed.model.shelf import shelf

    with ending():
        found = shelf(settings.load())
    if as_json:
        for listed in found:
            typer.echo(json.dumps(asdict(listed)))
        return
    rows = (
        (exact(one.name), f"{one.dimension:,}", f"{one.megabytes:,}", _state(one.here, one.in_use))
        for one in found
    )
    said = (Column("Dimensions", right=True), Column("MB", right=True), Column("State"))
    show_table(output(), (Column("Model"),), said, rows)


def _state(here: bool, in_use: bool) -> str:
    if in_use:
        return "[green]in use[/]" if here else "[yellow]configured, not pulled yet[/]"
    return "pulled" if here else ""
