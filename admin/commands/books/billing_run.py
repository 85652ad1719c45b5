"""`lectern-admin billing run`: everything from usage to numbered invoices, as often as one likes."""

import gc
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from admin.commands.billing_session import Now, read_now
from admin.commands.payments.payment_session import going_on
from admin.commands.people.user import AsJson
from admin.commands.session import session
from admin.rows import NONE, as_json, minute
from shared.billing import clock
from shared.billing.cycle.charge import Collect
from shared.billing.cycle.cycle import Ran, Tell, cycle
from shared.billing.cycle.run import Run
from shared.billing.delivery.channels import channels
from shared.billing.delivery.deliver import Post
from shared.billing.payments.providers.configured import configured
from shared.billing.subscriptions.subscriptions import Connection
from shared.counted import counted
from shared.stores.postgres import Database
from shared.terminal.console import errors, output
from shared.terminal.ending import run as ran_by
from shared.terminal.exits import ExitCode
from shared.terminal.legible import exact
from shared.terminal.table import show_facts


class Stage(StrEnum):
    RENEW = "renew"
    RATE = "rate"
    INVOICE = "invoice"
    SEND = "send"
    MATCH = "match"
    CHARGE = "charge"
    OVERDUE = "overdue"
    DUN = "dun"
    ALERT = "alert"
    DELIVER = "deliver"


_SAID = {
    "renewed": ("subscription", " in a new month"),
    "ended": ("subscription", " ended"),
    "rated": ("month", " rated"),
    "frozen": ("month", " frozen"),
    "late": ("call", " too late to be billed"),
    "drafts": ("draft", ""),
    "waiting": ("draft", " that cannot be sent: lectern-admin billing status"),
    "sent": ("invoice", " sent"),
    "paid": ("invoice", " paid by credits"),
    "credit_notes": ("credit note", ""),
    "received": ("transfer", " received"),
    "matched": ("transfer", " matched"),
    "unsure": ("transfer", " not matched: lectern-admin payment match"),
    "events": ("event", " of providers"),
    "unmatched": ("event", " of nothing that is ours: lectern-admin payment events --unmatched"),
    "due_charges": ("invoice", " to be charged"),
    "charged": ("invoice", " charged"),
    "completed": ("payment", " completed"),
    "processing": ("payment", " being processed"),
    "to_confirm": ("payment", " to be confirmed by the person"),
    "declined": ("payment", " declined"),
    "called_off": ("payment", " ended at the provider"),
    "not_attempted": ("invoice", " that no provider takes: lectern-admin billing status"),
    "went_back": ("payment", " that went back whole"),
    "refunded": ("refund", ""),
    "refunds_failed": ("refund", " failed: lectern-admin payment list --refunds"),
    "balance": ("move", " of our balance taken"),
    "unclear": ("request", " without an answer: the next run asks again"),
    "methods": ("method", " added"),
    "detached": ("method", " detached at the provider"),
    "overdue": ("invoice", " overdue"),
    "reminded": ("reminder", " of an unpaid invoice"),
    "paused": ("subscription", " paused until what is due is paid"),
    "resumed": ("subscription", " resumed: it is paid"),
    "usage_threshold": ("alert", " of usage"),
    "invoice_overdue": ("alert", " of an overdue invoice"),
    "subscription_expiring": ("alert", " of an ending subscription"),
    "payment_failed": ("alert", " of a failed payment"),
    "payment_confirmation": ("alert", " of a payment to confirm"),
    "method_expiring": ("alert", " of an expiring method"),
    "due": ("message", " to be sent"),
    "delivered": ("message", " delivered"),
    "put_off": ("message", " put off: lectern-admin billing outbox list"),
    "refused": ("message", " refused for good: lectern-admin billing outbox list --status failed"),
    "dropped": ("message", " to removed users dropped"),
}
"""What is counted, and what came of it."""


def run(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen, and keep nothing.")
    ] = False,
    only: Annotated[
        Stage | None, typer.Option(metavar="STAGE", help="One stage alone, as a run lists them.")
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Renew, rate, invoice and send what is due, match what came, charge the rest, mark, remind, alert and deliver.

    Run it hourly. It may be killed, repeated, or run twice at once: what is done is not done again.

    $ lectern-admin billing run
    $ lectern-admin billing run --dry-run --now 2027-01-01T00:00Z
    """
    at, ran, names = ran_by(_ran(dry_run, only, now))
    failed = [{"user": names.get(user, str(user)), "reason": why} for user, why in ran.failed.items()]
    if json:
        told = {"at": at, "dry_run": dry_run, "stages": ran.counts, "failed": failed}
        typer.echo(as_json({**told, "stopped": ran.stopped, "notes": ran.notes}))
    else:
        _draw(at, ran, dry_run)
        for one in failed:
            errors().print(f"[red]failed[/] {exact(one['user'])}: {exact(one['reason'])}", soft_wrap=True)
        for line in ran.stopped:
            errors().print(f"[red]stopped[/] {exact(line)}", soft_wrap=True)
    if failed or ran.stopped:
        raise typer.Exit(ExitCode.FAILED)


def _draw(at: datetime, ran: Ran, dry_run: bool) -> None:
    console = output()
    done, kept = ("[yellow]dry run[/]", ": nothing of this is kept") if dry_run else ("[green]ran[/]", "")
    console.print(f"{done} as of {minute(at)}{kept}")
    show_facts(console, ((stage, _told(counts)) for stage, counts in ran.counts.items()))
    for line in ran.notes:
        console.print(exact(line), soft_wrap=True)


def _told(counts: dict[str, int]) -> str:
    said = ((counts[name], *_SAID[name]) for name in _SAID if name in counts)
    return ", ".join(f"{counted(count, noun)}{outcome}" for count, noun, outcome in said) or NONE


async def _ran(dry_run: bool, only: Stage | None, now: str | None) -> tuple[datetime, Ran, dict[Any, str]]:
    typed = read_now(now)
    async with session("billing run") as stores:
        database = await stores.database()
        grace = timedelta(hours=stores.settings.billing_grace_hours)
        ways = channels(stores.settings)
        gc.freeze()  # all that is loaded by now stays; looking through it again and again takes a tenth of a run
        async with (
            configured(stores.settings) as providers,
            _books(database, dry_run) as (connection, *beside),
        ):
            at = await clock.now(connection, typed, datetime.now(UTC), rehearsed=dry_run)
            post = Post(ways, going_on(at))
            able = providers.chargers()
            collect = Collect(providers, able, going_on(at)) if providers else None
            with _progress() as tell:
                ran = await cycle(
                    connection,
                    Run(at, grace, frozenset(able)),
                    tell,
                    by_clock=typed is None,
                    beside=beside,
                    only=only.value if only else None,
                    rehearsed=dry_run,
                    post=post,
                    collect=collect,
                )
        names = {}
        if ran.failed:
            rows = await database.rows(
                "SELECT id, email FROM users WHERE id = ANY (%(ids)s)", {"ids": list(ran.failed)}
            )
            names = {row["id"]: row["email"] for row in rows}
        return at, ran, names


@asynccontextmanager
async def _books(database: Database, dry_run: bool) -> AsyncIterator[Sequence[Connection]]:
    """Two connections: one works while the other waits. A dry run is one transaction that is rolled back."""
    async with database.connection() as connection:
        if not dry_run:
            async with database.connection() as beside:
                yield connection, beside
            return
        async with connection.transaction(force_rollback=True):
            yield (connection,)


@contextmanager
def _progress() -> Iterator[Tell]:
    console = errors()
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    with Progress(
        TextColumn("{task.description:8}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
    ) as bars:
        task = bars.add_task("", total=None)

        def tell(stage: str, done: int, total: int | None) -> None:
            bars.update(task, description=stage, completed=done, total=total)

        yield tell
