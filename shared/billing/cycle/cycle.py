"""A billing run: its stages in order, each in batches of people whose rows are locked.

A batch is one transaction, and what it did is found done: a run may be killed anywhere, repeated, or run twice at once.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from shared.billing.cycle import alert, charge, dun, invoice, match, overdue, rate, renew, send
from shared.billing.cycle.charge import Collect
from shared.billing.cycle.run import Run
from shared.billing.delivery.deliver import Post, deliver
from shared.billing.side_by_side import side_by_side
from shared.billing.subscriptions import subscriptions
from shared.billing.subscriptions.subscriptions import Connection
from shared.billing.subscriptions.terms import offers
from shared.billing.user_locks import lock_users
from shared.errors import LecternError
from shared.one_line import one_line
from shared.stores import sql
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.stores.refusals import is_lost

_SQL = sql.load("shared.billing.cycle", "cycle.sql")

BATCH: Final = 500
STAGES: Final = ("renew", "rate", "invoice", "send", "match", "charge", "overdue", "dun", "alert", "deliver")

Work = Callable[[Connection, Sequence[UUID], Run], Awaitable[Counter[str]]]
Tell = Callable[[str, int, int | None], None]
"""The stage, how many people of it are done, and how many there are, where that is known."""

_IN_ORDER: Final = ("send",)
"""Its numbers follow the order of its batches."""
_BATCHED: Final = {
    "renew": renew,
    "invoice": invoice,
    "send": send,
    "overdue": overdue,
    "dun": dun,
    "alert": alert,
}


@dataclass(slots=True)
class Ran:
    """What a run did: counts by stage, and for whom it failed, with the reason.

    `stopped` says why messages could not be delivered, or a provider not be asked; `notes` what else is to be said.
    """

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    failed: dict[UUID, str] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def cycle(
    connection: Connection,
    run: Run,
    tell: Tell,
    *,
    by_clock: bool,
    beside: Sequence[Connection] = (),
    only: str | None = None,
    rehearsed: bool = False,
    post: Post | None = None,
    collect: Collect | None = None,
) -> Ran:
    """All stages, or one, on a connection in autocommit; a rehearsal's caller rolls all of it back.

    On further connections `beside` it, more batches of a stage are worked at a time. Without a `post` nothing is
    delivered, without a `collect` nobody is charged, and nothing is said of it.
    """
    ran = Ran()
    for stage in STAGES if only is None else (only,):
        counts = Counter[str]()
        if stage == "rate":
            await _rate(connection, beside, run, ran, counts, tell, rehearsed=rehearsed)
        elif stage == "match":
            await _match(connection, run, ran, counts, tell, collect, rehearsed=rehearsed)
            if not counts and only is None:
                continue  # most run without a bank
        elif stage == "charge":
            if collect is None:
                continue
            await _charge(connection, run, ran, counts, tell, collect, rehearsed=rehearsed)
        elif stage == "deliver":
            if post is None:
                continue
            await _deliver(connection, run, ran, counts, tell, post, rehearsed=rehearsed)
        else:
            module = _BATCHED[stage]
            several = (connection,) if stage in _IN_ORDER else (connection, *beside)
            due = await module.due(connection, run)
            await _in_batches(several, stage, due, module.work, run, ran, counts, tell)
        if stage == "renew":
            async with connection.transaction():
                await subscriptions.renew_free_limits(connection, await offers(connection), run.now)
        ran.counts[stage] = {name: count for name, count in counts.items() if count}
    async with connection.transaction():
        if only is None:
            counts_of_all = {**ran.counts, "failed": len(ran.failed)}
            given = {"now": run.now, "by_clock": by_clock, "counts": Jsonb(counts_of_all)}
            await connection.execute(_SQL["finish"], given)
        await audit(connection, Change("billing run", after=_flat(ran) | ({"only": only} if only else {})))
    return ran


async def _in_batches(
    connections: Sequence[Connection],
    stage: str,
    users: Sequence[UUID],
    work: Work,
    run: Run,
    ran: Ran,
    counts: Counter[str],
    tell: Tell,
) -> None:
    done = 0
    tell(stage, 0, len(users))
    wanted = [user for user in users if user not in ran.failed]
    batches = iter([wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)])

    async def work_on(connection: Connection) -> None:
        nonlocal done
        for batch in batches:
            await _isolated(connection, batch, lambda some: work(connection, some, run), ran, counts)
            done += len(batch)
            tell(stage, done, len(users))

    await side_by_side(work_on(connection) for connection in connections)


async def _match(
    connection: Connection,
    run: Run,
    ran: Ran,
    counts: Counter[str],
    tell: Tell,
    collect: Collect | None,
    *,
    rehearsed: bool,
) -> None:
    tell("match", 0, None)
    till = await match.match(connection, collect, run.now, rehearsed=rehearsed)
    counts.update(+till.counts)
    ran.stopped += [line for line in till.stopped.values() if line not in ran.stopped]
    ran.notes.extend(till.notes)


async def _charge(
    connection: Connection,
    run: Run,
    ran: Ran,
    counts: Counter[str],
    tell: Tell,
    collect: Collect,
    *,
    rehearsed: bool,
) -> None:
    tell("charge", 0, None)
    if rehearsed:
        counts.update(await charge.rehearse(connection, collect, run.now))
        return
    till = await charge.charge(connection, collect, run.now)
    counts.update(till.counts)
    ran.stopped += [line for line in till.stopped.values() if line not in ran.stopped]
    ran.notes.extend(till.notes)


async def _deliver(
    connection: Connection,
    run: Run,
    ran: Ran,
    counts: Counter[str],
    tell: Tell,
    post: Post,
    *,
    rehearsed: bool,
) -> None:
    def told(done: int, total: int) -> None:
        tell("deliver", done, total)

    sent = await deliver(connection, post, run.now, told, rehearsed=rehearsed)
    counts.update(sent.counts)
    ran.stopped.extend(sent.stopped)
    ran.notes.extend(sent.notes)


async def _rate(
    connection: Connection,
    beside: Sequence[Connection],
    run: Run,
    ran: Ran,
    counts: Counter[str],
    tell: Tell,
    *,
    rehearsed: bool,
) -> None:
    months = await rate.months(connection, run)
    tell("rate", 0, months.count)
    if months.count:
        fenced = rehearsed or await rate.fence(connection)
        reader = beside[0] if beside else connection
        used = rate.used(reader, run, months, BATCH * 2, streamed=reader is not connection)
        async with aclosing(used):
            await _rate_months(connection, used, ran, counts, tell, months.count)
        if fenced:
            async with connection.transaction():
                counts["frozen"] = await rate.freeze(connection, run, list(ran.failed))
    async with connection.transaction():
        counts["late"] = await rate.late(connection, run)
    tell("rate", months.count, months.count)


async def _rate_months(
    connection: Connection,
    used: AsyncIterator[list[Row]],
    ran: Ran,
    counts: Counter[str],
    tell: Tell,
    months: int,
) -> None:
    done = 0
    async for rows in used:
        by_user: dict[UUID, list[Row]] = {}
        for row in rows:
            by_user.setdefault(row["user_id"], []).append(row)
        wanted = [user for user in by_user if user not in ran.failed]

        async def work(some: Sequence[UUID], by_user: dict[UUID, list[Row]] = by_user) -> Counter[str]:
            return await rate.write(connection, [row for user in some for row in by_user[user]])

        await _isolated(connection, wanted, work, ran, counts)
        done += len(rows)
        tell("rate", min(done, months), months)


async def _isolated(
    connection: Connection,
    users: Sequence[UUID],
    work: Callable[[Sequence[UUID]], Awaitable[Counter[str]]],
    ran: Ran,
    counts: Counter[str],
) -> None:
    """The batch; where it fails, each of its people alone, so that one costs nobody else."""
    try:
        counts.update(await _locked(connection, users, work))
        return
    except (LecternError, psycopg.Error, ArithmeticError, LookupError, ValueError) as error:
        if isinstance(error, psycopg.Error) and is_lost(error):
            raise
        if len(users) == 1:
            ran.failed[users[0]] = one_line(str(error)) or type(error).__name__
            return
    for user in users:
        await _isolated(connection, [user], work, ran, counts)


async def _locked(
    connection: Connection,
    users: Sequence[UUID],
    work: Callable[[Sequence[UUID]], Awaitable[Counter[str]]],
) -> Counter[str]:
    async with connection.transaction():
        await lock_users(connection, users)
        return await work(users)


def _flat(ran: Ran) -> dict[str, int]:
    return {
        f"{stage} {name}": count for stage, counts in ran.counts.items() for name, count in counts.items()
    } | {"failed": len(ran.failed)}
