"""What a caller reads whose call may not go on: one line, and the same for a program."""

import pytest

from mcp_server.refusals import BadKey, Refused
from shared.errors import InvalidKey
from shared.model.account import Denied


@pytest.mark.parametrize(
    ("denied", "line"),
    [
        (
            Denied("key"),
            "this API key is missing, unknown, revoked or expired: set a valid one in LECTERN_API_KEY, or run "
            "`lectern-mcp login --key`; your operator creates keys",
        ),
        (Denied("user"), "the account of this API key is disabled: ask your operator"),
        (Denied("concurrent", 1), "this account may run 1 call at once: try again when one has ended"),
        (Denied("minute", 600, 12), "this API key may make 600 calls a minute: try again in 12 seconds"),
        (Denied("day", 10_000, 7200), "this API key may make 10,000 calls a day: try again in 2 hours"),
        (
            Denied("month_requests", 5, 86_400 * 12 + 1),
            "this account may make 5 calls a month: try again in 13 days, or ask your operator for more",
        ),
        (
            Denied("month_tokens", 1_000_000, 90),
            "this account may get 1,000,000 tokens a month: try again in 90 seconds, or ask your operator for more",
        ),
        (
            Denied("unavailable"),
            "limits cannot be counted now: try again in a moment; `ingest doctor` shows what fails",
        ),
    ],
)
def test_each_refusal_is_one_line_and_the_same_as_data(denied: Denied, line: str) -> None:
    refused = Refused(denied)
    assert refused.line == line
    assert refused.data == {
        "refused_by": denied.refused_by,
        "limit": denied.limit,
        "retry_after_seconds": denied.retry_after_seconds,
    }


def test_what_can_be_no_key_is_refused_as_one_in_words_of_its_own() -> None:
    refused = BadKey(InvalidKey("the API key is empty", "copy it again"))
    assert refused.line == "the API key is empty: copy it again"
    assert refused.data == {"refused_by": "key", "limit": None, "retry_after_seconds": None}
