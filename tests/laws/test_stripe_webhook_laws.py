"""Whatever is posted as Stripe's is believed if its secret signed it, and otherwise refused in one line."""

from contextlib import suppress
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.billing.payments.port import Event
from shared.billing.payments.webhooks.stripe import StripeVerifier
from shared.errors import EventRefused
from tests.billing import NOW
from tests.stripe_signed import SECRET, message, signature

VERIFIER = StripeVerifier(SECRET)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["id", "data", "object", "type", "x"]), inner)
    ),
    max_leaves=8,
)


def judged(header: str, body: bytes) -> Event:
    async def judge() -> Event:
        return await VERIFIER.event({"stripe-signature": header}, body, NOW)

    return anyio.run(judge)


@given(st.text() | st.builds("t={},v1={}".format, st.integers() | st.text(), st.text()), st.binary())
def test_nothing_unsigned_is_believed(header: str, body: bytes) -> None:
    with pytest.raises(EventRefused) as refused:
        judged(header, body)
    assert "\n" not in refused.value.line
    assert SECRET not in refused.value.line


@given(st.sampled_from(["id", "type", "created", "data", "account"]), JSON)
def test_what_is_signed_is_an_event_or_refused(name: str, value: Any) -> None:
    body = message(**{name: value})
    with suppress(EventRefused):
        found = judged(signature(body, NOW), body)
        assert isinstance(found.id, str)
        assert isinstance(found.type, str)
        assert found.object_id is None or isinstance(found.object_id, str)
        assert found.account is None or isinstance(found.account, str)


@given(st.binary(min_size=1), st.integers(0, 1000))
def test_a_body_that_changed_by_one_byte_is_refused(more: bytes, place: int) -> None:
    body = message()
    header = signature(body, NOW)
    at = place % len(body)
    changed = body[:at] + more + body[at:]
    with pytest.raises(EventRefused):
        judged(header, changed)
