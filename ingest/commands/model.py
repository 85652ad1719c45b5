"""`ingest model pull` and `ingest model list`: the embedding models of this machine."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from ingest.console import console, errors, run, told
from shared import settings
from shared.embedding.model import EmbeddingModel

app = typer.Typer(help="The embedding models of this machine.", no_args_is_help=True)

Name = Annotated[
    str | None,
    typer.Argument(help="As `ingest model list` shows it; without one, the model that is set.", show_default=False),
]


@app.command("pull")
def pull_model(name: Name = None) -> None:
    """Fetch an embedding model, unless it is here already."""
    model = run(_pull(name))
    console.print(f"[green]ready[/] {model.name}, {model.dimension} dimensions, {model.window} tokens")


async def _pull(name: str | None) -> EmbeddingModel:
    from ingest.model.pull import pull

    return await asyncio.to_thread(pull, settings.load(), name, errors.print)


@app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show every model that can be pulled, and which are here."""
    from ingest.model.shelf import shelf

    with told():
        found = shelf(settings.load())
    if as_json:
        for listed in found:
            typer.echo(json.dumps(asdict(listed)))
        return
    table = Table(box=None, pad_edge=False)
    for column, side in (("model", "left"), ("dimensions", "right"), ("MB", "right"), ("", "left")):
        table.add_column(column, justify=side, no_wrap=True)  # type: ignore[arg-type]
    for listed in found:
        state = ", ".join(word for word, holds in (("in use", listed.in_use), ("here", listed.here)) if holds)
        table.add_row(listed.name, str(listed.dimension), f"{listed.megabytes:,}", f"[green]{state}[/]")
    console.print(table)
