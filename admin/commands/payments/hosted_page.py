"""A provider's page that an operator sends to a person: alone on standard output where that is no terminal."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from shared.terminal.console import errors, output
from shared.terminal.legible import exact


class Provider(StrEnum):
    STRIPE = "stripe"
    PAYPAL = "paypal"


Chosen = Annotated[
    Provider | None,
    typer.Option(
        "--provider", metavar="NAME", help="stripe or paypal.", show_default="the one that is configured"
    ),
]


def show_page(url: str, said: str) -> None:
    """`said` is markup: who does what there."""
    if sys.stdout.isatty():
        output().print(f"\n  [bold green]{exact(url)}[/]\n", soft_wrap=True)
        output().print(said, soft_wrap=True)
    else:
        typer.echo(url)
        errors().print(said, soft_wrap=True)
