"""Pure: whether an unpaid invoice is tried now, with which method, and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from shared.billing.payments.dunning import dunning
from shared.billing.payments.payment import Decline, Origin


@dataclass(frozen=True, slots=True)
class Unpaid:
    """An invoice whose day has come, and what was tried: `steps` of dunning that are done, methods that were charged.

    `declined` is how the last attempt failed, with `last_method`.
    """

    due_on: date
    steps: Collection[int] = ()
    tried: Collection[UUID] = ()
    last_method: UUID | None = None
    declined: Decline | None = None


class Try(NamedTuple):
    origin: Origin
    step: int | None = None


def decide(unpaid: Unpaid, method: UUID, today: date) -> Try | None:
    """What is tried by itself today with a user's default method.

    A step of dunning, unless this very method was declined for good; and at once a method that is new, where a
    step is done already.
    """
    if unpaid.declined == "hard" and unpaid.last_method == method:
        return None
    if (step := dunning.step(unpaid.due_on, today, unpaid.steps)) is not None:
        return Try("dunning", step)
    return Try("method") if unpaid.steps and method not in unpaid.tried else None
