"""Events of Wise: what is not signed by its key, too old or no event is refused."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.billing.payments.port import Event
from shared.billing.payments.webhooks.wise import WiseVerifier
from shared.errors import EventRefused, SettingsError
from tests.wise_fake import PUBLIC_KEY, Json, WiseFake, credited, signed, written

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
VERIFIER = WiseVerifier(PUBLIC_KEY)


def told(kind: str = "balances#credit", value: str = "24.00", **more: Any) -> Json:
    return credited(WiseFake().add("TRANSFER-1", value, NOW), kind=kind, **more)


async def read(headers: dict[str, str], body: bytes, now: datetime = NOW) -> Event:
    return await VERIFIER.event(headers, body, now)


async def refused(headers: dict[str, str], body: bytes, now: datetime = NOW) -> str:
    with pytest.raises(EventRefused) as caught:
        await read(headers, body, now)
    assert "\n" not in caught.value.line
    return caught.value.line


async def test_a_credit_is_named_by_its_balance_and_what_was_in_it_afterwards() -> None:
    headers, body = signed(told())
    assert await read(headers, body) == Event(
        headers["x-delivery-id"], "balances#credit", "111/EUR/24.00", NOW, account="222"
    )


async def test_an_update_names_the_balance_not_the_account() -> None:
    assert (await read(*signed(told("balances#update")))).object_id == "111/EUR/24.00"


async def test_a_debit_and_an_event_of_something_else_are_about_nothing() -> None:
    assert (await read(*signed(told("balances#update", "-5")))).object_id is None
    other = await read(*signed(told() | {"event_type": "transfers#state-change"}))
    assert (other.type, other.object_id, other.account) == ("transfers#state-change", None, "222")


async def test_a_test_notification_is_about_nothing_and_must_be_signed_too() -> None:
    headers, body = signed(told(), x_test_notification="true")
    event = await read(headers, body)
    assert (event.type, event.object_id, event.account) == ("test", None, None)
    assert "is not Wise's" in await refused(headers, body + b" ")


async def test_a_body_that_changed_by_a_space_is_refused() -> None:
    headers, body = signed(told())
    assert "signature" in await refused(headers, body.replace(b":", b": ", 1))


@pytest.mark.parametrize("signature", ["", "=", "AAAA", "no base64 at all!", "A" * 344])
async def test_a_signature_of_anybody_else_is_refused(signature: str) -> None:
    headers, body = signed(told())
    assert "signature" in await refused({**headers, "x-signature-sha256": signature}, body)


async def test_what_was_sent_five_minutes_ago_is_taken_and_a_second_before_that_refused() -> None:
    headers, body = signed(told())
    for away in (timedelta(seconds=300), timedelta(seconds=-300)):
        assert await read(headers, body, NOW + away)
    for away in (timedelta(seconds=301), timedelta(seconds=-301)):
        assert "sent at" in await refused(headers, body, NOW + away)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no JSON object"),
        (b"[]", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
        (b'{"sent_at": 12}', "sent_at"),
        (b'{"sent_at": "2026-12-01T12:00:00"}', "sent_at"),
        (b'{"sent_at": "2026-12-01T12:00:00Z"}', "no type"),
        (b'{"sent_at": "2026-12-01T12:00:00Z", "event_type": "balances#credit", "data": []}', "no data"),
    ],
)
async def test_a_signed_body_that_is_no_event_is_refused_in_one_line(body: bytes, why: str) -> None:
    assert why in await refused(*signed(body))


@pytest.mark.parametrize("after", [None, True, "2.34", 10**20, [1]])
async def test_a_credit_that_does_not_say_what_was_there_then_names_nothing(after: Any) -> None:
    said = told()
    said["data"]["post_transaction_balance_amount"] = after
    assert (await read(*signed(said))).object_id is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(told(), anything)), st.text(max_size=20))
def test_whatever_is_signed_is_an_event_or_refused_in_one_line(said: dict[str, Any], kind: str) -> None:
    for body in (said, told() | said, told() | {"data": said.get("data")} | {"event_type": kind}):
        headers, text = signed(json.dumps(body).encode())
        try:
            event = asyncio.run(read(headers, text))
        except EventRefused as error:
            event, line = None, error.line
            assert_one_line(line)
        assert event is None or event.id == headers["x-delivery-id"]


def assert_one_line(line: str) -> None:
    assert "\n" not in line


async def test_without_a_delivery_id_it_could_not_be_told_from_its_repeats() -> None:
    headers, body = signed(told())
    assert "delivery id" in await refused({**headers, "x-delivery-id": ""}, body)


async def test_without_wises_key_everything_is_refused() -> None:
    with pytest.raises(EventRefused, match="cannot be verified"):
        await WiseVerifier(None).event(*signed(told()), NOW)


@pytest.mark.parametrize(
    "key",
    [
        PUBLIC_KEY,
        PUBLIC_KEY.replace("\n", "\\n"),
        "".join(line for line in PUBLIC_KEY.splitlines() if not line.startswith("-")),
    ],
)
async def test_the_key_may_be_written_as_variables_often_are(key: str) -> None:
    assert await WiseVerifier(key).event(*signed(told()), NOW)


@pytest.mark.parametrize("key", ["nonsense", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
async def test_a_key_that_is_none_is_named_by_its_setting(key: str) -> None:
    with pytest.raises(SettingsError, match="LECTERN_WISE_PUBLIC_KEY"):
        await WiseVerifier(key).event(*signed(told()), NOW)


def test_the_fake_writes_amounts_with_their_digits() -> None:
    assert '"amount":24.00' in written(told())
