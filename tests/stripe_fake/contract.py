"""Whether a request or an answer is as the official library's types have it, generated from Stripe's OpenAPI."""

import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ForwardRef, Literal, Union, cast, get_args, get_origin

import stripe
from stripe import checkout, params
from stripe._list_object import ListObject
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject, UntypedStripeObject
from stripe.params import checkout as checkout_params
from typing_extensions import is_typeddict

REQUESTS: Mapping[tuple[str, str], Any] = {
    ("POST", "/v1/customers"): params.CustomerCreateParams,
    ("GET", "/v1/customers"): params.CustomerListParams,
    ("GET", "/v1/payment_methods/{id}"): params.PaymentMethodRetrieveParams,
    ("POST", "/v1/payment_methods/{id}/attach"): params.PaymentMethodAttachParams,
    ("POST", "/v1/payment_methods/{id}/detach"): params.PaymentMethodDetachParams,
    ("POST", "/v1/payment_intents"): params.PaymentIntentCreateParams,
    ("GET", "/v1/payment_intents"): params.PaymentIntentListParams,
    ("GET", "/v1/payment_intents/{id}"): params.PaymentIntentRetrieveParams,
    ("POST", "/v1/payment_intents/{id}/confirm"): params.PaymentIntentConfirmParams,
    ("POST", "/v1/payment_intents/{id}/cancel"): params.PaymentIntentCancelParams,
    ("GET", "/v1/charges/{id}"): params.ChargeRetrieveParams,
    ("POST", "/v1/refunds"): params.RefundCreateParams,
    ("GET", "/v1/refunds"): params.RefundListParams,
    ("GET", "/v1/refunds/{id}"): params.RefundRetrieveParams,
    ("GET", "/v1/disputes"): params.DisputeListParams,
    ("GET", "/v1/disputes/{id}"): params.DisputeRetrieveParams,
    ("GET", "/v1/setup_intents/{id}"): params.SetupIntentRetrieveParams,
    ("GET", "/v1/balance_transactions"): params.BalanceTransactionListParams,
    ("POST", "/v1/checkout/sessions"): checkout_params.SessionCreateParams,
    ("GET", "/v1/checkout/sessions"): checkout_params.SessionListParams,
    ("GET", "/v1/checkout/sessions/{id}"): checkout_params.SessionRetrieveParams,
    ("POST", "/v1/checkout/sessions/{id}/expire"): checkout_params.SessionExpireParams,
}
"""The parameters of each request that the fake takes."""
ANSWERS: Mapping[str, type[StripeObject]] = {
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
}
_ELSEWHERE = {"StripeContext": object, "Mapping": Mapping}
"""What the options of a request are made of, which are no parameters."""
_OPTIONS = frozenset(RequestOptions.__annotations__)
_ANY = cast(Any, object())


def request(method: str, route: str, asked: Mapping[str, Any]) -> list[str]:
    """What is wrong with the parameters of a request; nothing, if it is as it should be."""
    return list(_asked(asked, REQUESTS[method, route], route))


def answer(said: Mapping[str, Any]) -> list[str]:
    """What is wrong with an object, or a list of objects."""
    if said["object"] == "list":
        return [fault for one in said["data"] for fault in answer(one)]
    return list(_said(said, ANSWERS[said["object"]], said["object"]))


# Requests: everything is text


def _asked(value: Any, hint: Any, where: str) -> Iterator[str]:
    if not _takes(value, hint):
        if is_typeddict(hint) and isinstance(value, dict):
            known = _parameters(hint)
            for name, one in value.items():
                if name not in known:
                    yield f"{where}: there is no parameter {name}"
                else:
                    yield from _asked(one, known[name], f"{where} {name}")
            for name in _required(hint) - set(value):
                yield f"{where}: {name} is missing"
        else:
            yield f"{where}: {value!r} is no {_called(hint)}"


def _takes(value: Any, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_takes(value, one) for one in _strict(inner))
    if origin is Literal:
        return value in inner
    if origin is list:
        return isinstance(value, list) and all(_takes(one, inner[0]) for one in value)
    if origin is dict or origin is UntypedStripeObject or hint is UntypedStripeObject:
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    if is_typeddict(hint):
        if not isinstance(value, dict):
            return False
        known = _parameters(hint)
        return _required(hint) <= set(value) and all(
            name in known and _takes(one, known[name]) for name, one in value.items()
        )
    if hint is bool:
        return value in ("true", "false")
    if hint is int:
        return isinstance(value, str) and value.removeprefix("-").isdecimal()
    return hint is str and isinstance(value, str)


@cache
def _parameters(hint: Any) -> dict[str, Any]:
    return {
        name: one
        for name, one in typing.get_type_hints(hint, localns=_ELSEWHERE).items()
        if name not in _OPTIONS
    }


def _required(hint: Any) -> frozenset[str]:
    return frozenset(hint.__required_keys__) - _OPTIONS


def _strict(inner: tuple[Any, ...]) -> tuple[Any, ...]:
    """Where words are named, no other text will do, though types leave room for words of tomorrow."""
    words = [word for one in inner if get_origin(one) is Literal for word in get_args(one)]
    return tuple(one for one in inner if one is not str) if any(words) else inner


# Answers


def _said(value: Any, hint: Any, where: str) -> Iterator[str]:
    hint = _resolved(hint)
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any or hint is _ANY:
        return
    if origin is Union:
        faults = [list(_said(value, one, where)) for one in _strict(inner)]
        if not any(not one for one in faults):
            deep = [one for one in faults if one and isinstance(value, dict) and " is no " not in one[0]]
            yield from (deep or [[f"{where}: {value!r:.80} is no {_called(hint)}"]])[0]
    elif origin is Literal:
        if value not in inner:
            yield f"{where}: {value!r} is no {_called(hint)}"
    elif origin in (list, ListObject):
        data = value.get("data") if origin is ListObject and isinstance(value, dict) else value
        if not isinstance(data, list):
            yield f"{where}: {value!r:.80} is no list"
        else:
            for one in data:
                yield from _said(one, inner[0], where)
    elif origin in (dict, UntypedStripeObject) or hint is UntypedStripeObject:
        if not isinstance(value, dict):
            yield f"{where}: {value!r:.80} is no object"
    elif isinstance(hint, type) and issubclass(hint, StripeObject):
        yield from _object(value, hint, where)
    elif hint is int:
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{where}: {value!r} is no int"
    elif hint is float:
        if not isinstance(value, int | float):
            yield f"{where}: {value!r} is no number"
    elif isinstance(hint, type) and not isinstance(value, hint):
        yield f"{where}: {value!r:.80} is no {_called(hint)}"


def _object(value: Any, hint: type[StripeObject], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {value!r:.80} is no object"
        return
    known = _fields(cast(Any, hint))
    for name, one in value.items():
        if name not in known:
            yield f"{where}: there is no field {name}"
        else:
            yield from _said(one, known[name], f"{where} {name}")
    for name, one in known.items():
        if name not in value and type(None) not in get_args(one):
            yield f"{where}: {name} is missing"


@cache
def _fields(hint: Any) -> dict[str, Any]:
    own = inspect.get_annotations(hint)
    return {name: one for name, one in own.items() if name != "OBJECT_NAME" and not name.startswith("_")}


def _resolved(hint: Any) -> Any:
    name = hint.__forward_arg__ if isinstance(hint, ForwardRef) else hint if isinstance(hint, str) else None
    return hint if name is None else getattr(stripe, name, _ANY)


def _called(hint: Any) -> str:
    return getattr(hint, "__name__", str(hint))[:120]
