"""Pure: drafts and their lines as rows, with the tax that each line takes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from shared.billing.invoices import invoice
from shared.billing.invoices.lines import Line
from shared.billing.parties import tax, tax_groups
from shared.billing.parties.party import party
from shared.billing.parties.profile import Profile, Seller
from shared.billing.parties.rates import Rates
from shared.billing.parties.tax import Treatment, Undecided
from shared.billing.subscriptions.subscription import Cadence

Row = Mapping[str, Any]


class Treated:
    """What VAT lines take, by customer's place and by day: a treatment, or why none can be told."""

    def __init__(self, seller: Seller, known: Rates) -> None:
        self._seller, self._rates = seller, known
        self._found: dict[tuple[str | None, str | None, str | None, date], Treatment | str] = {}

    def of(self, customer: Profile, day: date) -> Treatment | str:
        key = (customer.country, customer.postcode, customer.vat_number, day)
        if key not in self._found:
            try:
                self._found[key] = tax.treatment(self._seller, customer, day, self._rates)
            except Undecided as undecided:
                self._found[key] = str(undecided)
        return self._found[key]


def item(draft: Row, place: int, line: Line, treatment: Treatment | str) -> dict[str, Any]:
    taxed = treatment if isinstance(treatment, Treatment) else None
    return {
        "id": uuid4(),
        "invoice_id": draft["id"],
        "position": place,
        "type": line.type,
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "amount": line.amount,
        "currency": draft["currency"],
        "starts_on": line.starts_on,
        "ends_on": line.ends_on,
        "tax_category": taxed and taxed.category,
        "tax_rate": taxed and taxed.rate,
        "period_start": line.period_start,
        "meter": line.meter,
        "terms": line.terms,
        "tier": line.tier,
        "pending_id": line.pending_id,
        "metadata": {
            name: value
            for name, value in (("units", line.units), ("wording", line.wording))
            if value is not None
        },
    }


def written(
    cadence: Cadence,
    draft: Row,
    rows: Sequence[Mapping[str, Any]],
    kept: Sequence[Line],
    treatments: Sequence[Treatment | str],
    reason: str | None,
    customer: Profile,
    now: datetime,
) -> dict[str, Any]:
    currency = draft["currency"]
    pairs = [
        (line.amount, treatment)
        for line, treatment in zip(kept, treatments, strict=True)
        if isinstance(treatment, Treatment)
    ]
    groups = [] if reason else tax.groups(pairs, currency)
    return {
        "id": draft["id"],
        "items": [invoice.item(row) for row in rows],
        "tax_groups": tax_groups.written(groups, currency),
        "subtotal": sum((line.amount for line in kept), Decimal(0)),
        "tax": sum((group.tax for group in groups), Decimal(0)),
        "draft_reason": reason,
        "metadata": {
            "generationTime": now.isoformat(),
            "usageData": _used(kept),
            "billingCycle": {
                "interval": cadence.interval,
                "intervalCount": cadence.count,
            },
            "customerInfo": party(customer),
            "paymentMethod": None,
            "notes": draft["metadata"].get("notes"),
        },
    }


def _used(kept: Sequence[Line]) -> dict[str, int]:
    """Billed units by meter."""
    used: Counter[str] = Counter()
    for line in kept:
        if line.meter:
            used[line.meter] += line.units or 0
    return dict(used)
