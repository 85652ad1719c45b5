"""Laws of tax: it is rounded once a group, and credit notes take exactly what is left of an invoice, group by group."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shared.billing import money
from shared.billing.parties.tax import TaxGroup, Treatment, groups, spread

codes = st.sampled_from(["EUR", "JPY", "KWD"])
rates = st.sampled_from(["0", "7.7", "8.5", "19", "20", "25.5", "27"]).map(Decimal)


def amounts(code: str, least: int = -(10**6), most: int = 10**10) -> st.SearchStrategy[Decimal]:
    return st.integers(least, most).map(lambda units: Decimal(units).scaleb(-money.DIGITS[code]))


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[tuple[Decimal, Treatment]]]:
    code = draw(codes)
    treatments = rates.map(lambda rate: Treatment("S" if rate else "Z", rate))
    return code, draw(st.lists(st.tuples(amounts(code), treatments), min_size=1, max_size=8))


@st.composite
def invoices(draw: st.DrawFn) -> tuple[str, list[TaxGroup], list[Decimal]]:
    """Groups as invoices have them, and parts of them, from 0 to 1, that credit notes are for."""
    code, sold = draw(lines())
    left = groups(sold, code)
    parts = st.decimals(0, 1, places=3)
    return code, left, draw(st.lists(parts, max_size=6))


def gross(left: Sequence[TaxGroup]) -> Decimal:
    return sum((group.base + group.tax for group in left), Decimal(0))


def less(left: Sequence[TaxGroup], taken: Sequence[TaxGroup]) -> list[TaxGroup]:
    by_rate = {group.rate: group for group in taken}
    nothing = TaxGroup("", Decimal(0), Decimal(0), Decimal(0))
    return [
        replace(group, base=group.base - part.base, tax=group.tax - part.tax)
        for group in left
        for part in [by_rate.get(group.rate, nothing)]
    ]


@given(lines())
def test_bases_add_up_to_the_lines_and_each_tax_is_the_rounded_share_of_its_base(
    sold: tuple[str, list[tuple[Decimal, Treatment]]],
) -> None:
    code, listed = sold
    found = groups(listed, code)
    assert sum(group.base for group in found) == sum(amount for amount, _ in listed)
    assert len({group.rate for group in found}) == len(found)
    unit = Decimal(1).scaleb(-money.DIGITS[code])
    for group in found:
        assert group.tax == money.rounded(group.tax, code)
        assert abs(group.tax - group.base * group.rate / 100) * 2 <= unit


@given(invoices())
def test_credit_notes_never_exceed_a_group_and_the_last_one_takes_the_rest(
    invoice: tuple[str, list[TaxGroup], list[Decimal]],
) -> None:
    code, left, parts = invoice
    if gross(left) < 0:
        return
    for part in parts:
        before = left
        wanted = money.rounded(gross(left) * part, code)
        taken = spread(wanted, left, code)
        assert gross(taken) == wanted
        left = less(left, taken)
        for was, group in zip(before, left, strict=True):
            for now, then in ((group.base, was.base), (group.tax, was.tax)):
                assert min(Decimal(0), then) <= now <= max(Decimal(0), then)
                assert now == money.rounded(now, code)
    left = less(left, spread(gross(left), left, code))
    assert gross(left) == 0
