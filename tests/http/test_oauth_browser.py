"""A real browser goes from a client to consent, to sign-in and back to the client, past our own policies of content."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from shared.accounts.emails import address
from shared.accounts.passwords import hashed
from shared.accounts.store import Accounts
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.http.test_sign_in_browser import browse
from tests.http_service import serving
from tests.oauth import asking
from tests.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.processes, pytest.mark.slow]

PASSWORD = "correct horse battery"
ALLOW = "main form button:not(.second)"


async def test_a_browser_comes_back_to_the_client_before_and_after_its_person_is_signed_in(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    await Accounts(database).add_user(address("ada@example.org"), hashed(PASSWORD))
    with Site() as client:
        async with serving(make_settings()) as service:
            asked = asking(redirect_uri=f"{client.url}/callback", resource=f"{service.url}/mcp")
            begin = f"{service.url}/oauth/authorize?{urlencode(asked)}"
            seen = await asyncio.to_thread(
                browse,
                {"go": begin},
                {"press": ALLOW},
                {"fill": {"#email": "ada@example.org", "#password": PASSWORD}, "press": "main form button"},
                {"until": "/callback?code=lac_"},
                {"go": begin},
                {"press": ALLOW},
            )
        paths = [path.partition("=")[0] for path in client.paths if path.startswith("/callback")]
    assert paths == ["/callback?code", "/callback?code"]
    assert [one["heading"] for one in seen[:2]] == [
        "Allow Lectern on the command line to use Lectern as you?",
        "Sign in to Lectern",
    ]
