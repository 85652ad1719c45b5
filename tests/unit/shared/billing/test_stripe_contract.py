"""The fake's contract finds what is not as the official library's types have it."""

from typing import Any

import pytest

from tests.stripe_fake import contract, form

CHARGE = (
    "amount=2000&currency=eur&customer=cus_1&payment_method=pm_1&allowed_payment_method_types[0]=card&confirm=true"
    "&off_session=true&metadata[payment_id]=x&expand[0]=latest_charge"
)
INTENTS = ("POST", "/v1/payment_intents")
REFUND: dict[str, Any] = {
    "id": "re_1",
    "object": "refund",
    "amount": 500,
    "created": 1,
    "currency": "eur",
    "status": "succeeded",
    "metadata": {},
}


def test_parameters_are_read_as_stripe_reads_them() -> None:
    assert form.read(CHARGE)["metadata"] == {"payment_id": "x"}
    assert form.read(CHARGE)["expand"] == ["latest_charge"]
    assert form.read("a[0][b][c]=1&a[1][b][c]=&d=%C3%A9") == {
        "a": [{"b": {"c": "1"}}, {"b": {"c": ""}}],
        "d": "é",
    }


def test_a_request_as_it_should_be_is_taken() -> None:
    assert contract.request(*INTENTS, form.read(CHARGE)) == []


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ("&payment_method_types[0]=card", "there is no parameter payment_method_types"),
        ("&amount=20.00", "'20.00' is no int"),
        ("&confirm=yes", "'yes' is no bool"),
        ("&capture_method=later", "capture_method: 'later' is no Union"),
        ("&allowed_payment_method_types[0]=cash", "allowed_payment_method_types: ['cash'] is no List"),
        ("&metadata=x", "metadata: 'x' is no Union"),
    ],
)
def test_a_request_that_stripe_would_refuse_is_found(more: str, fault: str) -> None:
    [found] = contract.request(*INTENTS, form.read(CHARGE + more))
    assert fault in found


def test_a_parameter_that_is_missing_is_found() -> None:
    found = contract.request(*INTENTS, form.read("amount=1"))
    assert found == ["/v1/payment_intents: currency is missing"]


@pytest.mark.parametrize(
    ("odd", "fault"),
    [
        ({}, None),
        ({"amount": "500"}, "refund amount: '500' is no int"),
        ({"amount": None}, "refund amount: None is no int"),
        ({"amount": True}, "refund amount: True is no int"),
        ({"sum": 5}, "refund: there is no field sum"),
        ({"charge": "ch_1"}, None),
        ({"charge": {"id": "ch_1", "object": "charge"}}, "refund charge: amount is missing"),
    ],
)
def test_an_answer_that_stripe_would_not_give_is_found(odd: dict[str, Any], fault: str | None) -> None:
    found = contract.answer(REFUND | odd)
    assert found[:1] == ([fault] if fault else [])


def test_a_list_is_as_good_as_its_objects() -> None:
    said = {"object": "list", "data": [REFUND, {"id": "re_2", "object": "refund"}]}
    assert contract.answer(said) == [
        "refund: amount is missing",
        "refund: created is missing",
        "refund: currency is missing",
    ]
