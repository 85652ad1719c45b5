"""`lectern-admin invoice export`: the document that the customer receives, as a file or a pipe."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.invoices.invoice_rows import Number
from shared.billing.delivery.kept import Kept, kept
from shared.billing.invoices import credit_notes, invoices
from shared.disk import write_whole
from shared.errors import InvalidRequest
from shared.terminal.console import output
from shared.terminal.ending import ending
from shared.terminal.ending import run as ran_by
from shared.terminal.legible import exact

_PIPE = "-"


class Form(StrEnum):
    PDF = "pdf"
    HTML = "html"
    XML = "xml"


def export(
    number: Number,
    form: Annotated[Form, typer.Option("--format", help="PDF, HTML, or XML by EN 16931.")] = Form.PDF,
    to: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where to; - is standard output.",
            show_default="NUMBER.FORMAT here, or standard output where that is a pipe",
        ),
    ] = None,
    now: Now = None,
) -> None:
    """Write an invoice or a credit note as its customer receives it: the bytes that were made first, at any time.

    $ lectern-admin invoice export LECT-2026-000001
    $ lectern-admin invoice export LECT-2026-000001 --format xml -o factur-x.xml
    """
    watched = sys.stdout.isatty()
    piped = to == _PIPE or (to is None and not watched)
    with ending():
        if piped and watched and form is Form.PDF:
            raise InvalidRequest("a PDF is nothing for a terminal", "name a file with -o, or pipe it")
    made = ran_by(_export(number, form, now))
    if piped:
        typer.echo(made.bytes, nl=False)
        return
    with ending():
        path = _written(Path(to or "."), made)
    output().print(f"[green]written[/] {exact(str(path))}")


async def _export(number: str, form: Form, now: str | None) -> Kept:
    async with billing("invoice export", now) as books:
        row = await credit_notes.find(books.connection, number) or await invoices.find(
            books.connection, number
        )
        return await kept(books.connection, row, form.value, books.now)


def _written(path: Path, made: Kept) -> Path:
    """Under its own name in a directory. Raises OSError."""
    path = path / made.file_name if path.is_dir() else path
    write_whole(path, made.bytes)
    return path
