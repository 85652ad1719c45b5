"""Pure: what of a subscription is on no invoice yet, and the lines that a draft takes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.billing import money
from shared.billing.invoices import lines
from shared.billing.invoices.lines import Line, Usage
from shared.billing.plans.plan_json import charges_of
from shared.billing.subscriptions.shares import Share, shares
from shared.billing.subscriptions.subscription import Period, Subscription

Row = Mapping[str, Any]


@dataclass(slots=True)
class Unbooked:
    """Rows, and what is booked by month, meter and terms; it changes as drafts take from it."""

    subscription: Subscription
    drafts: list[dict[str, Any]] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)
    booked: dict[Usage, dict[int, tuple[int, Decimal]]] = field(default_factory=dict)
    pending: list[dict[str, Any]] = field(default_factory=list)
    shares: dict[datetime, dict[str, Share]] = field(default_factory=dict)

    def period(self, start: datetime) -> Period | None:
        return next((one for one in self.subscription.periods if one.starts_at == start), None)

    def lines(self, draft: Row, names: Mapping[str, str]) -> list[Line]:
        """What a draft carries, where nothing else took it before. `names` are those of plans."""
        found = []
        if draft["kind"] == "renewal" and (period := self.period(draft["period_start"])):
            found += lines.fee(self.subscription, period, names.get(period.plan or "", period.plan or ""))
        for row in self.ratings:
            period = self.period(row["period_start"])
            if period and period.ends_at <= draft["closes_at"]:
                found += self.usage(row)
        for row in self.pending:
            if row["due_at"] <= draft["closes_at"] and row["remaining"]:
                found.append(_waiting(row))
        return found

    def usage(self, row: Row) -> list[Line]:
        """What a rating costs more than what is booked of it."""
        period = self.period(row["period_start"])
        share = self._shares(period).get(row["terms"]) if period else None
        if not period or not share:
            return []
        charge = next(
            (
                charge
                for charge in charges_of(share.terms.charges, self.subscription.currency)
                if charge.meter == row["meter"]
            ),
            None,
        )
        if charge is None:
            return []
        booked = self.booked.get((row["period_start"], row["meter"], row["terms"]), {})
        currency = self.subscription.currency
        return lines.usage(period, share, charge, row["quantity"], row["last_used_on"], booked, currency)

    def take(self, kept: Sequence[Line]) -> None:
        """These lines are on an invoice now."""
        self.booked = lines.booked_with(self.booked, kept)
        taken = {line.pending_id: line.amount for line in kept if line.pending_id}
        for row in self.pending:
            row["remaining"] -= taken.get(row["id"], Decimal(0))

    def _shares(self, period: Period) -> dict[str, Share]:
        if period.starts_at not in self.shares:
            covered = self.subscription.covered_from(period.number)
            self.shares[period.starts_at] = {
                share.terms.key: share for share in shares(self.subscription, period, covered)
            }
        return self.shares[period.starts_at]


def _waiting(row: Row) -> Line:
    """An operator's line is taxed as of its day, a proration as of its first."""
    amount = money.rounded(row["remaining"], row["currency"])
    return Line(
        row["type"],
        row["description"],
        1,
        amount,
        amount,
        row["starts_on"],
        row["ends_on"],
        row["starts_on"],
        pending_id=row["id"],
        wording=row["wording"],
    )
