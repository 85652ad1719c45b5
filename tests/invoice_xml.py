"""XML of invoices, read back: the sums that it says, by their business terms of EN 16931."""

from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

_TRADE = "{*}SupplyChainTradeTransaction"
_SETTLEMENT = f"{_TRADE}/{{*}}ApplicableHeaderTradeSettlement"
_SUMS = f"{_SETTLEMENT}/{{*}}SpecifiedTradeSettlementHeaderMonetarySummation"


@dataclass(frozen=True, slots=True)
class Sums:
    """`lines` are quantity, price and amount; `groups` base and tax by category and rate, which is 0 where none is."""

    type: str
    currency: str
    lines: list[tuple[Decimal, Decimal, Decimal]]
    groups: dict[tuple[str, Decimal], tuple[Decimal, Decimal]]
    of_lines: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    prepaid: Decimal
    due: Decimal


def read(xml: bytes) -> Sums:
    root = etree.fromstring(xml)
    return Sums(
        type=text(root, "{*}ExchangedDocument/{*}TypeCode"),
        currency=text(root, f"{_SETTLEMENT}/{{*}}InvoiceCurrencyCode"),
        lines=[
            (
                _amount(line, ".//{*}BilledQuantity"),
                _amount(line, ".//{*}ChargeAmount"),
                _amount(line, ".//{*}LineTotalAmount"),
            )
            for line in root.iterfind(f"{_TRADE}/{{*}}IncludedSupplyChainTradeLineItem")
        ],
        groups={
            (text(group, "{*}CategoryCode"), _amount(group, "{*}RateApplicablePercent")): (
                _amount(group, "{*}BasisAmount"),
                _amount(group, "{*}CalculatedAmount"),
            )
            for group in root.iterfind(f"{_SETTLEMENT}/{{*}}ApplicableTradeTax")
        },
        of_lines=_amount(root, f"{_SUMS}/{{*}}LineTotalAmount"),
        net=_amount(root, f"{_SUMS}/{{*}}TaxBasisTotalAmount"),
        tax=_amount(root, f"{_SUMS}/{{*}}TaxTotalAmount"),
        gross=_amount(root, f"{_SUMS}/{{*}}GrandTotalAmount"),
        prepaid=_amount(root, f"{_SUMS}/{{*}}TotalPrepaidAmount"),
        due=_amount(root, f"{_SUMS}/{{*}}DuePayableAmount"),
    )


def text(element: etree._Element, path: str) -> str:
    """Of the first element there; empty where there is none."""
    return element.findtext(path) or ""


def _amount(element: etree._Element, path: str) -> Decimal:
    return Decimal(text(element, path) or 0)
