"""`lectern-admin doctor`: the stores of accounts, and how well they are guarded."""

from typing import Annotated

import typer

from admin import security
from admin.commands.session import session
from shared.accounts.examine import NO_EVICTION, eviction, usage
from shared.settings import AdminSettings
from shared.stores import health
from shared.stores.open import Stores
from shared.terminal.ending import run
from shared.terminal.findings import Finding, finding, show_findings


def doctor(
    only_security: Annotated[
        bool, typer.Option("--security", help="Check rights, encryption, passwords and files instead.")
    ] = False,
) -> None:
    """Check the stores that accounts use.

    $ lectern-admin doctor
    $ lectern-admin doctor --security
    """
    show_findings(run(_guarded() if only_security else _examine()))


async def _examine() -> list[Finding]:
    async with session("doctor") as stores:
        return [
            await finding("PostgreSQL", lambda: health.postgres(stores)),
            await finding("Redis", lambda: health.redis(stores)),
            await finding("limits", lambda: _limits(stores)),
            await finding("usage", lambda: usage(stores.settings)),
        ]


async def _guarded() -> list[Finding]:
    async with session("doctor") as stores:
        return [await finding(part, check) for part, check in security.checks(stores)]


async def _limits(stores: Stores[AdminSettings]) -> str:
    is_kept = await eviction(stores) == NO_EVICTION
    return f"counted{' where nothing is evicted' if is_kept else '; whether keys are evicted cannot be seen'}"
