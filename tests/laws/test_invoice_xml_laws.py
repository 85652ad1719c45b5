"""Laws of invoices as XML: whatever billing sends is valid by the schema and by the rules, and says the same sums."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from shared.billing.documents.document import Document
from shared.billing.documents.validation import Validator, by_schema
from shared.billing.documents.xml import xml
from shared.billing.money import rounded
from tests.invoice_xml import read
from tests.made_documents import documents


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    with Validator() as opened:
        yield opened


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_xml_is_as_the_schema_has_it_and_says_the_documents_sums(document: Document) -> None:
    made = xml(document)
    assert by_schema(made) == []
    assert xml(document) == made
    said = read(made)
    assert said.type == ("380" if document.kind == "invoice" else "381")
    assert (said.currency, said.of_lines, said.net) == (
        document.currency,
        document.subtotal,
        document.subtotal,
    )
    assert (said.tax, said.gross) == (document.tax, document.total)
    assert (said.prepaid, said.due) == (document.prepaid, document.payable)
    assert said.groups == {(one.category, one.rate): (one.base, one.tax) for one in document.groups}
    assert [amount for *_, amount in said.lines] == [line.amount for line in document.lines]
    for quantity, price, amount in said.lines:
        assert price >= 0
        assert rounded(quantity * price, document.currency) == amount


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=documents(most=12))
def test_xml_breaks_no_rule(document: Document, validator: Validator) -> None:
    validator.check(xml(document))
