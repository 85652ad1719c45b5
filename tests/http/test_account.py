"""People see their own account and change what is theirs; nobody else's can be named."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from lxml import html
from psycopg.types.json import Jsonb

from mcp_server.backing import Backing
from mcp_server.http.account import routes as account
from mcp_server.http.pages import assets
from mcp_server.http.service import Service
from shared.billing.delivery.kept import kept
from shared.billing.invoices import credit_notes, invoices
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.billing import add_invoice, add_subscription
from tests.http.account_browser import NOW, URL, Browser, Clock, browsing
from tests.http.readable import assert_readable
from tests.http_service import http_settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(make_settings: Callable[..., IngestSettings], database: Database) -> AsyncIterator[Browser]:
    async with browsing(make_settings(), database, max_keys=2) as browser:
        yield browser


@pytest.fixture
async def eve(make_settings: Callable[..., IngestSettings], database: Database) -> AsyncIterator[Browser]:
    async with browsing(make_settings(), database, "eve@example.org") as browser:
        yield browser


def text(page: html.HtmlElement) -> str:
    return " ".join(page.text_content().split())


async def test_without_a_session_a_page_leads_to_the_sign_in_and_back(ada: Browser) -> None:
    assert (await ada.client.get("/")).headers["location"] == "/account"
    ada.client.cookies.clear()
    answer = await ada.client.get("/account?done=read")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=%2Faccount%3Fdone%3Dread",
    )


async def test_a_new_account_has_no_card_for_what_is_billed(ada: Browser) -> None:
    page = await ada.page()
    for said in ("no limit", "Nothing was asked.", "no keys yet", "In this browser alone."):
        assert said in text(page)
    assert [card.text for card in page.xpath("//section/h2")] == [
        "What is left",
        "The last 30 days",
        "Keys",
        "Signed in",
    ]


async def test_a_page_shows_plan_limits_usage_keys_invoices_and_alerts(ada: Browser) -> None:
    key_id = await ada.add_key(name="laptop")
    async with ada.database.transaction() as connection:
        await add_subscription(connection, ada.user_id)
        row = await add_invoice(connection, ada.user_id)
        await kept(connection, await invoices.find(connection, row["number"]), "html", NOW)
    await ada.database.rows(
        "INSERT INTO user_limits (user_id, month_requests, plan_concurrent) VALUES (%(id)s, 400, 5)",
        {"id": ada.user_id},
    )
    await use(ada, key_id, calls=300, tokens=12_000)
    await ada.database.rows(
        """INSERT INTO billing_alerts (user_id, type, message, occasion, created_at)
           VALUES (%(id)s, 'usage_threshold', '80 %% of your requests are used.', 'one', %(now)s)""",
        {"id": ada.user_id, "now": NOW},
    )
    page = await ada.page()
    assert_readable(page)
    said = text(page)
    for part in (
        *("Tested", "20.00 EUR", "renews on 1 Apr 2026"),
        *("100 left of 400", "12,000 used", "5 left of 5"),
        *("300 requests", "laptop", "60 a minute, 10,000 a day"),
        *(row["number"], "24.00 EUR due by 15 Mar 2026", "1 unread alert", "80 % of your requests are used."),
    ):
        assert part in said
    [column] = page.xpath("//*[local-name()='rect'][@class='column']/*[local-name()='title']")
    assert column.text == "2026-03-19: 300 requests"
    [link] = page.xpath("//a[.='HTML']/@href")
    assert (await ada.client.get(link)).text.startswith("<!")


async def test_a_page_goes_without_figures_while_limits_cannot_be_counted(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    async with browsing(make_settings(), database, limits_redis_url="redis://127.0.0.1:1/0") as browser:
        await browser.database.rows(
            "INSERT INTO user_limits (user_id, month_requests) VALUES (%(id)s, 400)", {"id": browser.user_id}
        )
        await browser.add_key(name="laptop")
        said = text(await browser.page())
    assert "What is used cannot be counted now." in said
    assert "Requests this month 400" in said
    assert "laptop" in said


async def test_a_key_is_shown_once_with_the_usual_quotas_and_a_name_of_which_every_sign_is_seen(
    ada: Browser,
) -> None:
    once = (await ada.page()).xpath("string(//input[@name='once']/@value)")
    answer = await ada.send("/account/keys", once=once, name=" lap\u202etop\u200b\n 2 ", expires="90")
    assert answer.status_code == 201
    [key] = html.document_fromstring(answer.text).xpath("//code[@id='key']/text()")
    [row] = await ada.database.rows("SELECT * FROM api_keys")
    assert (row["name"], row["key_hash"], row["user_id"]) == (
        "laptop 2",
        sha256(key.encode()).hexdigest(),
        ada.user_id,
    )
    assert (row["quota_requests_per_minute"], row["quota_requests_per_day"]) == (60, 10_000)
    assert row["expires_at"] == NOW + timedelta(days=90)
    again = await ada.send("/account/keys", once=once, name="laptop", expires="90")
    assert "made already" in again.text
    assert key not in again.text + (await ada.client.get("/account")).text
    [audited] = await ada.database.rows(
        "SELECT action, user_id, api_key_id, after FROM audit_log WHERE action LIKE 'key %'"
    )
    assert (audited["action"], audited["user_id"], audited["api_key_id"]) == (
        "key create",
        ada.user_id,
        UUID(once),
    )
    assert "laptop" not in str(audited["after"])


async def test_live_keys_are_no_more_than_the_setting_and_ended_ones_do_not_count(ada: Browser) -> None:
    first, _ = await ada.add_key(), await ada.add_key(expires_at=NOW + timedelta(days=1))
    assert "as many as you may have" in text(await ada.page())
    fields = {"name": "", "expires": "never"}
    full = await ada.send("/account/keys", once=str(uuid4()), **fields)
    assert full.status_code == 400
    assert "may have no more" in full.text
    assert (await ada.send(f"/account/keys/{first}/revoke")).headers[
        "location"
    ] == "/account?done=revoked#keys"
    assert (await ada.send("/account/keys", once=str(uuid4()), **fields)).status_code == 201


async def test_forms_sent_at_once_make_no_more_keys_than_there_may_be(ada: Browser) -> None:
    sent = [ada.send("/account/keys", once=str(uuid4()), name="", expires="90") for _ in range(5)]
    answers = [answer.status_code for answer in await asyncio.gather(*sent)]
    assert sorted(answers) == [201, 201, 400, 400, 400]
    assert len(await ada.database.rows("SELECT id FROM api_keys")) == 2


async def test_a_form_that_nobody_was_given_makes_nothing(ada: Browser) -> None:
    once = str(uuid4())
    for fields in (
        {},
        {"once": "x", "name": "", "expires": "90"},
        {"once": once, "name": "", "expires": "36500"},
        {"once": once, "name": "x" * 101, "expires": "90"},
    ):
        assert (await ada.send("/account/keys", **fields)).status_code == 400
    for shown_at in ("", "yesterday", "2026-03-20"):
        assert (await ada.send("/account/alerts", shown_at=shown_at)).status_code == 400
    assert not await ada.database.rows("SELECT id FROM api_keys")


FORMS = [
    "/account/keys",
    f"/account/keys/{uuid4()}/revoke",
    f"/account/clients/{uuid4()}/end",
    "/account/alerts",
    "/account/sessions",
]


async def test_a_form_from_elsewhere_or_without_its_token_is_refused(ada: Browser) -> None:
    for path in FORMS:
        assert (await ada.send(path, csrf="guessed")).status_code == 403
        assert (await ada.client.post(path, headers={"Origin": "https://evil.test"})).status_code == 403


async def test_a_session_that_ended_meanwhile_does_nothing_and_leads_to_the_sign_in(ada: Browser) -> None:
    ada.clock.now += timedelta(hours=12)
    for path in FORMS:
        answer = await ada.send(path, once=str(uuid4()), name="", expires="90", shown_at=NOW.isoformat())
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Faccount")
    assert not await ada.database.rows("SELECT id FROM api_keys")


async def test_a_service_without_pages_has_none_of_an_account(
    make_settings: Callable[..., IngestSettings],
) -> None:
    settings = http_settings(make_settings())
    service = Service(settings, Backing(settings), URL, Clock(), secrets.token_bytes, serves_pages=False)
    assert account.routes(service) == assets.routes(service) == []


async def test_nothing_of_another_person_is_seen_or_changed(ada: Browser, eve: Browser) -> None:
    key_id = await ada.add_key(name="secret laptop")
    async with ada.database.transaction() as connection:
        await add_subscription(connection, ada.user_id)
        found = await invoices.find(connection, (await add_invoice(connection, ada.user_id))["number"])
        await kept(connection, found, "html", NOW)
    await use(ada, key_id, calls=7, tokens=7)
    await ada.database.rows(
        """INSERT INTO billing_alerts (user_id, type, message, occasion)
           VALUES (%(id)s, 'usage_threshold', 'hers', 'one')""",
        {"id": ada.user_id},
    )
    seen = text(await eve.page())
    for theirs in ("secret laptop", "Tested", found["number"], "hers", "ada@example.org", "7 requests"):
        assert theirs not in seen
    assert (await eve.client.get(f"/account/documents/{found['id']}.html")).status_code == 404
    assert (await eve.send(f"/account/keys/{key_id}/revoke")).status_code == 404
    await eve.send("/account/alerts", shown_at=(NOW + timedelta(days=900)).isoformat())
    await eve.send("/account/sessions")
    assert await ada.database.rows("SELECT id FROM api_keys WHERE revoked_at IS NULL")
    assert await ada.database.rows("SELECT id FROM billing_alerts WHERE NOT is_read")
    assert (await ada.client.get("/account")).status_code == 200


async def test_a_document_comes_as_it_is_kept_without_the_rights_of_the_page(ada: Browser) -> None:
    async with ada.database.transaction() as connection:
        found = await invoices.find(connection, (await add_invoice(connection, ada.user_id))["number"])
        page = await kept(connection, found, "html", NOW)
    answer = await ada.client.get(f"/account/documents/{found['id']}.html")
    assert answer.content == page.bytes
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none';")
    assert answer.headers["content-disposition"] == f'inline; filename="{found["number"]}.html"'
    for missing in (f"{found['id']}.pdf", f"{found['id']}.exe", f"{uuid4()}.html"):
        assert (await ada.client.get(f"/account/documents/{missing}")).status_code == 404


async def test_a_document_that_is_not_kept_is_made_as_it_would_be_and_kept_by_nobody(ada: Browser) -> None:
    async with ada.database.transaction() as connection:
        bill = await add_invoice(connection, ada.user_id)
        note = await credit_notes.issue(
            connection, bill["id"], "a mistake of ours", NOW, gross=Decimal("6.00")
        )
    made = [await ada.client.get(f"/account/documents/{row['id']}.html") for row in (bill, note)]
    assert not await ada.database.rows("SELECT FROM invoice_documents")
    async with ada.database.transaction() as connection:
        rows = [
            await invoices.find(connection, bill["number"]),
            await credit_notes.find(connection, note["number"]),
        ]
        assert [one.content for one in made] == [
            (await kept(connection, row or {}, "html", NOW)).bytes for row in rows
        ]


async def test_alerts_that_came_after_the_page_stay_unread(ada: Browser) -> None:
    for minutes, name in ((-5, "seen"), (5, "later")):
        await ada.database.rows(
            """INSERT INTO billing_alerts (user_id, type, message, occasion, created_at)
               VALUES (%(id)s, 'usage_threshold', %(name)s::text, %(name)s::text, %(at)s)""",
            {"id": ada.user_id, "name": name, "at": NOW + timedelta(minutes=minutes)},
        )
    shown_at = (await ada.page()).xpath("string(//input[@name='shown_at']/@value)")
    await ada.send("/account/alerts", shown_at=shown_at)
    rows = await ada.database.rows("SELECT message, is_read FROM billing_alerts ORDER BY message")
    assert [(row["message"], row["is_read"]) for row in rows] == [("later", False), ("seen", True)]


async def test_every_other_browser_is_signed_out(ada: Browser) -> None:
    await ada.database.rows(
        """INSERT INTO web_sessions (token_hash, user_id, created_at, expires_at)
           VALUES ('another', %(id)s, %(now)s, %(now)s::timestamptz + interval '1 hour')""",
        {"id": ada.user_id, "now": NOW},
    )
    assert "1 other browser" in text(await ada.page())
    assert (await ada.send("/account/sessions")).headers["location"] == "/account?done=ended#browsers"
    assert "In this browser alone." in text(await ada.page())


async def use(browser: Browser, key_id: UUID, *, calls: int, tokens: int) -> None:
    """Of yesterday."""
    record = {
        "id": str(uuid4()),
        "api_key_id": str(key_id),
        "tool_name": "query-docs",
        "outcome": "answered",
        "cached": False,
        "tokens_returned": tokens,
        "response_time_ms": 1,
        "repeats": calls,
        "created_at": (NOW - timedelta(days=1)).isoformat(),
    }
    [row] = await browser.database.rows("SELECT record_usage(%(rows)s) AS new", {"rows": Jsonb([record])})
    assert row["new"] == 1


async def test_clients_are_listed_without_their_keys_and_end_with_all_that_they_were_granted(
    ada: Browser, eve: Browser
) -> None:
    grants = [await let_in(ada, "https://editor.example/client.json", None) for _ in range(2)]
    machine = await let_in(ada, "lectern-mcp", "desk")
    page = await ada.page()
    said = text(page)
    assert said.count("editor.example") == 1
    assert "on desk" in said
    assert "no keys yet" in said
    assert len(page.xpath("//form[starts-with(@action, '/account/clients/')]")) == 2
    assert (await eve.send(f"/account/clients/{machine}/end")).status_code == 404
    answer = await ada.send(f"/account/clients/{grants[0]}/end")
    assert answer.headers["location"] == "/account?done=closed#clients"
    rows = await ada.database.rows(
        """SELECT g.id, k.revoked_at FROM oauth_grants g JOIN api_keys k ON k.id = g.api_key_id
           WHERE g.revoked_at IS NOT NULL"""
    )
    assert {row["id"] for row in rows} == set(grants)
    assert all(row["revoked_at"] for row in rows)
    assert "editor.example" not in text(await ada.page())


async def let_in(browser: Browser, client: str, machine: str | None) -> UUID:
    """A grant with tokens, or with the key of a machine."""
    [row] = await browser.database.rows(
        """WITH client AS (
             INSERT INTO oauth_clients (id, name, redirect_uris, is_registered, created_at)
             VALUES (%(client)s, 'An editor', '{http://127.0.0.1/back}', FALSE, %(now)s) ON CONFLICT DO NOTHING
           )
           INSERT INTO oauth_grants (user_id, client_id, api_key_id, resource, machine, created_at)
           VALUES (%(user)s, %(client)s, %(key)s, 'https://lectern.test/mcp', %(machine)s, %(now)s) RETURNING id""",
        {
            "client": client,
            "user": browser.user_id,
            "key": await browser.add_key(name="sign-in: An editor"),
            "machine": machine,
            "now": NOW,
        },
    )
    if machine is None:
        await browser.database.rows(
            """INSERT INTO oauth_tokens (token_hash, grant_id, kind, created_at, expires_at)
               VALUES (%(hash)s, %(grant)s, 'refresh', %(now)s, %(now)s::timestamptz + interval '1 day')""",
            {"hash": str(row["id"]), "grant": row["id"], "now": NOW},
        )
    grant: UUID = row["id"]
    return grant
