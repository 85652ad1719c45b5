"""Drafts of invoices, computed anew from what is rated, booked and waiting, until they are sent."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from shared.billing import money
from shared.billing.invoices import invoice, lines
from shared.billing.invoices.lines import Line, Usage
from shared.billing.parties import profiles, rates, tax, tax_groups
from shared.billing.parties.party import party
from shared.billing.parties.profile import Profile, Seller
from shared.billing.parties.rates import Rates
from shared.billing.parties.tax import Treatment, Undecided
from shared.billing.plans.plan_json import charges_of
from shared.billing.recordset import array, written
from shared.billing.subscriptions import subscriptions
from shared.billing.subscriptions.shares import Share, shares
from shared.billing.subscriptions.subscription import Period, Subscription
from shared.billing.subscriptions.subscriptions import Connection
from shared.errors import InvalidRequest
from shared.stores import sql
from shared.stores.postgres import Row

_SQL = sql.load("shared.billing.invoices", "drafts.sql")


@dataclass(slots=True)
class _Open:
    """What of one subscription is not on an invoice yet; it changes as drafts take from it."""

    subscription: Subscription
    drafts: list[Row] = field(default_factory=list)
    ratings: list[Row] = field(default_factory=list)
    booked: dict[Usage, dict[int, tuple[int, Decimal]]] = field(default_factory=dict)
    pending: list[Row] = field(default_factory=list)
    shares: dict[datetime, dict[str, Share]] = field(default_factory=dict)

    def period(self, start: datetime) -> Period | None:
        return next((one for one in self.subscription.periods if one.starts_at == start), None)


class _Treated:
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


async def compose(connection: Connection, users: Sequence[UUID], now: datetime) -> Counter[str]:
    """Give every draft of these users its lines and taxes; drop those without lines; settle what is all booked.

    The users are locked.
    """
    opened = await _read(connection, users)
    if await _open_late(connection, opened, now):
        opened = await _read(connection, users)
    if not opened:
        return Counter()
    seller = await profiles.seller(connection)
    customers = await profiles.customers(connection, list({one.subscription.user_id for one in opened}))
    names = {row["id"]: row["name"] for row in await _rows(connection, "plan_names", {})}
    drafts, items, empty = [], [], []
    counts: Counter[str] = Counter()
    treated = _Treated(seller, rates.known())
    for one in opened:
        customer = customers[one.subscription.user_id]
        for draft in one.drafts:
            kept = lines.fitted(
                [(line, treated.of(customer, line.taxed_on)) for line in _lines(one, draft, names)]
            )
            _take(one, kept)
            if not kept:
                empty.append(draft["id"])
                continue
            treatments = [treated.of(customer, line.taxed_on) for line in kept]
            reason = next((found for found in treatments if isinstance(found, str)), None)
            counts["waiting" if reason else "drafts"] += 1
            rows = [
                _item(draft, place, line, treatment)
                for place, (line, treatment) in enumerate(zip(kept, treatments, strict=True), 1)
            ]
            items += rows
            drafts.append(_draft(one, draft, rows, kept, treatments, reason, customer, now))
    given = array(draft["id"] for one in opened for draft in one.drafts)
    await connection.execute(_SQL["drop_items"], {"ids": given})
    if items:
        await connection.execute(_SQL["write_items"], {"rows": written(items)})
    if drafts:
        await connection.execute(_SQL["write_drafts"], {"rows": written(drafts), "now": now})
    if empty:
        await connection.execute(_SQL["drop_drafts"], {"ids": empty})
    await _settle(connection, opened, now)
    return counts


async def waive(connection: Connection, draft: Row, now: datetime) -> None:
    """Cancel a draft with all that it carries by now: no later invoice makes up for it. Raises InvalidRequest.

    Its user is locked.
    """
    await compose(connection, [draft["user_id"]], now)
    if not (await connection.execute(_SQL["waive"], {"id": draft["id"]})).rowcount:
        raise InvalidRequest(f"{draft['number']} carries nothing", "the next billing run drops it")


async def overcharges(connection: Connection, users: Sequence[UUID]) -> list[tuple[Subscription, Line]]:
    """Usage that late rows made cheaper, and that no invoice since could take, or none will."""
    return [
        (one.subscription, line)
        for one in await _read(connection, users)
        if not one.drafts
        for row in one.ratings
        if row["frozen_at"]
        and (one.subscription.ended_at or row["frozen_at"] <= one.subscription.periods[-1].starts_at)
        for line in _usage(one, row)
        if line.amount < 0
    ]


async def _read(connection: Connection, users: Sequence[UUID]) -> list[_Open]:
    of_users = {"users": array(users)}
    involved = [row["id"] for row in await _rows(connection, "involved", of_users)]
    if not involved:
        return []
    found = {one.id: _Open(one) for one in await subscriptions.load(connection, involved)}
    given = {"ids": array(involved)}
    for row in await _rows(connection, "drafts", of_users):
        found[row["subscription_id"]].drafts.append(row)
    for row in await _rows(connection, "ratings", given):
        found[row["subscription_id"]].ratings.append(row)
    for row in await _rows(connection, "booked", given):
        key = (row["period_start"], row["meter"], row["terms"])
        found[row["subscription_id"]].booked.setdefault(key, {})[row["tier"]] = (row["units"], row["amount"])
    for row in await _rows(connection, "pending", given):
        found[row["subscription_id"]].pending.append(row)
    return list(found.values())


async def _open_late(connection: Connection, opened: Iterable[_Open], now: datetime) -> int:
    """A further usage invoice, where something was recorded late and nothing else follows that would carry it."""
    count = 0
    for one in opened:
        if one.drafts or not one.subscription.ended_at:
            continue
        for start in sorted({row["period_start"] for row in one.ratings if row["frozen_at"]}):
            period = one.period(start)
            rated = [row for row in one.ratings if row["period_start"] == start]
            late = [line for row in rated for line in _usage(one, row)]
            if period and any(line.amount > 0 for line in late):
                given = {"id": one.subscription.id, "period_start": start}
                [row] = await _rows(connection, "sequence", given)
                await subscriptions.open_usage_invoice(connection, one.subscription, period, row["next"], now)
                count += 1
                break
    return count


def _lines(one: _Open, draft: Row, names: Mapping[str, str]) -> list[Line]:
    found = []
    if draft["kind"] == "renewal" and (period := one.period(draft["period_start"])):
        found += lines.fee(one.subscription, period, names.get(period.plan or "", period.plan or ""))
    for row in one.ratings:
        period = one.period(row["period_start"])
        if period and period.ends_at <= draft["closes_at"]:
            found += _usage(one, row)
    for row in one.pending:
        if row["due_at"] <= draft["closes_at"] and row["remaining"]:
            found.append(_waiting(row))
    return found


def _usage(one: _Open, row: Row) -> list[Line]:
    period = one.period(row["period_start"])
    share = _shares(one, period).get(row["terms"]) if period else None
    if not period or not share:
        return []
    charge = next(
        (
            charge
            for charge in charges_of(share.terms.charges, one.subscription.currency)
            if charge.meter == row["meter"]
        ),
        None,
    )
    if charge is None:
        return []
    booked = one.booked.get((row["period_start"], row["meter"], row["terms"]), {})
    currency = one.subscription.currency
    return lines.usage(period, share, charge, row["quantity"], row["last_used_on"], booked, currency)


def _shares(one: _Open, period: Period) -> dict[str, Share]:
    if period.starts_at not in one.shares:
        covered = one.subscription.covered_from(period.number)
        one.shares[period.starts_at] = {
            share.terms.key: share for share in shares(one.subscription, period, covered)
        }
    return one.shares[period.starts_at]


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


def _take(one: _Open, kept: Sequence[Line]) -> None:
    one.booked = lines.booked_with(one.booked, kept)
    taken = {line.pending_id: line.amount for line in kept if line.pending_id}
    for row in one.pending:
        row["remaining"] -= taken.get(row["id"], Decimal(0))


def _item(draft: Row, place: int, line: Line, treatment: Treatment | str) -> dict[str, Any]:
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


def _draft(
    one: _Open,
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
                "interval": one.subscription.cadence.interval,
                "intervalCount": one.subscription.cadence.count,
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


async def _settle(connection: Connection, opened: Sequence[_Open], now: datetime) -> None:
    """A frozen month of which nothing is left to book, where no draft may still carry some of it."""
    quiet = [one for one in opened if not one.drafts]
    left = [
        {"subscription_id": str(one.subscription.id), "period_start": row["period_start"].isoformat()}
        for one in quiet
        for row in one.ratings
        if _usage(one, row)
    ]
    if quiet:
        ids = [one.subscription.id for one in quiet]
        await connection.execute(_SQL["settle"], {"ids": ids, "open": Jsonb(left), "now": now})


async def _rows(connection: Connection, name: str, given: Mapping[str, Any]) -> list[Row]:
    return await (await connection.execute(_SQL[name], given)).fetchall()
