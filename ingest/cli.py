"""`ingest`: the operator's command line. Each command lives in ingest.commands."""

import os
from contextlib import suppress

import typer

from ingest.commands import (
    ask,
    catalogue,
    crawl,
    doctor,
    engines,
    extract,
    library,
    model,
    quarantine,
    reembed,
    refresh,
    report,
    rollback,
    stores,
)
from shared.errors import SettingsError
from shared.settings import load, unread
from shared.stores.private import AT_ONCE, close, keep_private
from shared.terminal.program import Program, Version

app = Program()

MAIN, CARE = "Libraries", "Stores"
app.command(rich_help_panel=MAIN)(crawl.crawl)
app.command(rich_help_panel=MAIN)(refresh.refresh)
app.command(rich_help_panel=MAIN)(report.report)
app.command(rich_help_panel=MAIN)(rollback.rollback)
app.command(rich_help_panel=MAIN)(ask.ask)
app.command(rich_help_panel=MAIN)(extract.extract)
app.add_typer(library.app, name="library", rich_help_panel=MAIN)
app.add_typer(catalogue.app, name="catalogue", rich_help_panel=MAIN)
app.add_typer(quarantine.app, name="quarantine", rich_help_panel=MAIN)
app.command(rich_help_panel=CARE)(doctor.doctor)
app.command(rich_help_panel=CARE)(engines.up)
app.command(rich_help_panel=CARE)(engines.down)
app.command(rich_help_panel=CARE)(stores.migrate)
app.command(rich_help_panel=CARE)(stores.reindex)
app.command(rich_help_panel=CARE)(reembed.reembed)
app.add_typer(model.app, name="model", rich_help_panel=CARE)


@app.callback()
def lectern(
    _version: Version = False,
) -> None:
    """Crawl documentation sites into stores of your own, and look after them.

    $ ingest crawl /pallets/flask
    $ ingest ask /pallets/flask "how do I return JSON from a view"
    $ ingest crawl --help
    """
    keep_private()
    with suppress(SettingsError, OSError, RuntimeError):  # the command meets it again, and tells it
        close(load(), AT_ONCE)
    if warning := unread(os.environ):
        typer.echo(f"warning: {warning}", err=True)
