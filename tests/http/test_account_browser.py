"""A person looks after their account on a phone that runs our pages, and by keyboard alone."""

import asyncio
import secrets
from collections.abc import Callable

import pytest

from shared.accounts.emails import address
from shared.accounts.keys import mint
from shared.accounts.passwords import hashed
from shared.accounts.store import Accounts
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.http.test_sign_in_browser import PASSWORD, browse
from tests.http_service import serving

pytestmark = [pytest.mark.anyio, pytest.mark.processes, pytest.mark.slow]

EMAIL = f"{'a' * 60}@{'long-' * 10}name.example.org"
KEY = {
    "name": "x" * 100,
    "quota_requests_per_minute": 60,
    "quota_requests_per_day": 10_000,
    "expires_at": None,
    "libraries": [f"/{'y' * 40}/{'z' * 40}", "/acme/*"],
}


async def test_a_key_is_made_and_revoked_by_keyboard_and_no_page_is_wider_than_a_phone(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    accounts = Accounts(database)
    user = await accounts.add_user(address(EMAIL), hashed(PASSWORD))
    await accounts.create_key(user["id"], mint(secrets.token_bytes), KEY)
    async with serving(make_settings()) as service:
        seen = await asyncio.to_thread(
            browse,
            {"width": 360, "go": service.url},
            {"fill": {"#email": EMAIL, "#password": PASSWORD}, "focus": "#password", "keys": ["Enter"]},
            {"fill": {"#name": "phone"}, "focus": "#name", "keys": ["Tab", "Tab", "Enter"]},
            {"focus": ".choices a", "keys": ["Enter"]},
            {"focus": ".sure summary", "keys": ["Enter", "Tab", "Enter"]},
        )
    assert [one["url"].removeprefix(service.url) for one in seen] == [
        "/sign-in?next=%2Faccount",
        "/account",
        "/account/keys",
        "/account#keys",
        "/account?done=revoked#keys",
    ]
    assert [one["heading"] for one in seen[1:3]] == ["Your account", "Your new key"]
    assert not any(one["overflows"] for one in seen)
    rows = await accounts.keys(user["id"])
    assert [(row["name"], row["revoked_at"] is not None) for row in rows] == [
        ("phone", True),
        ("x" * 100, False),
    ]
