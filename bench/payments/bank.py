"""A bank account in memory, at the port: what people sent, with what they wrote on it."""

from datetime import datetime
from decimal import Decimal

from shared.billing.payments.port import BalanceLine, Event, Listed, Transfer


class Bank:
    """Its events wait in `outgoing`."""

    def __init__(self) -> None:
        self.transfers: list[Transfer] = []
        self.outgoing: list[Event] = []

    def send(self, amount: Decimal, currency: str, reference: str, payer: str, now: datetime) -> None:
        named = f"TRANSFER-{len(self.transfers) + 1}"
        self.transfers.append(Transfer(named, amount, currency, reference, now, payer))
        self.outgoing.append(Event(f"delivery-{named}", "balances#credit", named, now))

    def told(self) -> list[Event]:
        """What came since this was asked before."""
        found = self.outgoing[:]
        self.outgoing.clear()
        return found

    def received(self, since: datetime) -> list[Transfer]:
        return [one for one in self.transfers if one.at >= since]

    def fetch(self, event: Event) -> Transfer | None:
        return next((one for one in self.transfers if one.id == event.object_id), None)

    def listed(self, since: datetime) -> list[Listed]:
        return []

    def balance(self, since: datetime) -> list[BalanceLine]:
        return []
