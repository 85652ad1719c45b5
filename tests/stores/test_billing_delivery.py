"""Invoices and alerts reach people from the outbox: at least once, and twice only where nobody knows."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.accounts.store import Accounts
from shared.billing.alerts import alerts
from shared.billing.alerts.alerts import RAISED
from shared.billing.delivery import queue
from shared.billing.delivery.deliver import Post, Sent, deliver
from shared.billing.delivery.letters import DOCUMENTS
from shared.billing.delivery.mail import Mail
from shared.billing.delivery.outcome import FIRST, MOST_ATTEMPTS, refused
from shared.billing.delivery.queue import LEASE
from shared.billing.delivery.smtp import Mailer, Server
from shared.billing.holds import holds
from shared.billing.invoices import credit_notes
from shared.errors import InvalidRequest
from shared.stores.postgres import Database, Row
from tests.billing import NOW, lock, pay
from tests.certificate import new_certificate
from tests.invoice_xml import read
from tests.mail_server import NAME, PASSWORD, MailServer, mail_server
from tests.outbox import keep, waiting_invoice
from tests.processes import children

pytestmark = pytest.mark.anyio

SENDER = "Lectern SAS <billing@lectern.example>"
HOUR = timedelta(hours=1)


class Office:
    """A database with invoices that wait, and who sends them to a mail server."""

    def __init__(self, database: Database, connection: Any) -> None:
        self.database = database
        self.connection = connection
        self.numbers: dict[str, str] = {}

    async def invoice(self, email: str, *, kept: bool = True) -> UUID:
        """One that waits; its documents are kept already, unless they are to be made."""
        user, self.numbers[email] = await waiting_invoice(self.connection, email, kept=kept)
        return user

    async def send(
        self, server: MailServer | str, now: datetime = NOW, *, patience: float = 5.0, **more: Any
    ) -> Sent:
        url = server if isinstance(server, str) else f"smtp://127.0.0.1:{server.port}?tls=off"
        mail = Mail(Mailer(Server.at(url), patience), SENDER, (*DOCUMENTS, RAISED))
        async with self.database.connection() as connection:
            return await deliver(connection, Post((mail,), lambda: now), now, lambda *_: None, **more)

    async def rows(self) -> dict[str, Row]:
        """By the user's address."""
        return {row["user"]: row for row in await queue.listed(self.connection)}

    async def status(self) -> dict[str, str]:
        return {user: row["status"] for user, row in (await self.rows()).items()}


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with database.connection() as connection:
        yield Office(database, connection)


async def test_an_invoice_arrives_with_its_documents(office: Office) -> None:
    await office.invoice("ada@example.org")
    with mail_server() as server:
        sent = await office.send(server)
        again = await office.send(server, NOW + HOUR)
    assert (sent.counts["delivered"], again.counts["delivered"]) == (1, 0)
    [one] = server.received
    message = one.message
    assert (one.sender, one.recipient) == ("billing@lectern.example", "ada@example.org")
    assert message["From"] == SENDER
    assert message["To"] == "Ada Lovelace <ada@example.org>"
    assert message["Subject"] == "Invoice LECT-2026-000001 from Lectern SAS"
    assert message["Content-Language"] == "en"
    text = message.get_body(("plain",))
    page = message.get_body(("html",))
    assert text
    assert page
    assert "To be paid: €24.00 by 15 March 2026" in text.get_content().replace(
        "March 15, 2026", "15 March 2026"
    )
    assert page.get_content().strip() == "html of LECT-2026-000001"
    [pdf] = message.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content_type()) == ("LECT-2026-000001.pdf", "application/pdf")
    assert pdf.get_content() == b"pdf of LECT-2026-000001"
    [row] = (await office.rows()).values()
    assert message["Message-ID"] == f"<{row['id']}@lectern.example>" == row["message_id"]
    assert (row["status"], row["attempts"], row["recipient"]) == ("delivered", 1, "ada@example.org")
    assert row["delivered_at"] == NOW
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "en")


async def test_a_credit_note_and_an_alert_arrive_where_invoices_go(office: Office) -> None:
    user = await office.invoice("ada@example.org")
    await office.connection.execute(
        """INSERT INTO customers (user_id, name, invoice_email, locale)
           VALUES (%(user)s, 'Ada Lovelace', 'accounts@example.org', 'fr')""",
        {"user": user},
    )
    await office.connection.execute("UPDATE invoices SET status = 'overdue'")
    async with office.connection.transaction():
        await lock(office.connection, user)
        [bill] = await office.database.rows("SELECT id FROM invoices")
        note = await credit_notes.issue(
            office.connection, bill["id"], "too much", NOW, gross=Decimal("12.00")
        )
        found = await alerts.of_overdue_invoices(office.connection, [user])
        await alerts.raise_all(office.connection, found, NOW)
        for form in ("html", "pdf"):
            await keep(office.connection, note["id"], form, b"of the note")
    with mail_server() as server:
        assert (await office.send(server)).counts["delivered"] == 3
    assert {one.recipient for one in server.received} == {"accounts@example.org"}
    by_subject = {str(one.message["Subject"]): one.message for one in server.received}
    assert len(by_subject) == 3
    credited = by_subject[f"Credit note {note['number']} for invoice LECT-2026-000001"]
    assert [one.get_content() for one in credited.iter_attachments()] == [b"of the note"]
    overdue = by_subject["Lectern : la facture LECT-2026-000001 est en retard de paiement"]
    said = overdue.get_body(("plain",))
    assert said
    assert "12,00\u00a0€ restent à payer" in said.get_content()
    assert [*overdue.iter_attachments()] == []


async def test_a_customer_with_a_vat_number_gets_xml_too_where_there_can_be_any(office: Office) -> None:
    others = children(os.getpid())
    await office.connection.execute("ALTER TABLE invoices DISABLE TRIGGER invoices_guarded")
    for name, change in (("ada", ""), ("bob", " #- '{customerInfo,address}'")):
        user = await office.invoice(f"{name}@example.org")
        await office.connection.execute(
            f"""UPDATE invoices
                SET metadata = jsonb_set(metadata, '{{customerInfo,vatNumber}}', '"FR40303265045"'){change}
                WHERE user_id = %(user)s""",
            {"user": user},
        )
    with mail_server() as server:
        await office.send(server)
    attached = {one.recipient: list(one.message.iter_attachments()) for one in server.received}
    assert [part.get_filename() for part in attached["bob@example.org"]] == ["LECT-2026-000002.pdf"]
    pdf, xml = attached["ada@example.org"]
    assert (pdf.get_filename(), xml.get_filename()) == ("LECT-2026-000001.pdf", "LECT-2026-000001.xml")
    assert read(xml.get_content()).gross == Decimal("24.00")
    assert children(os.getpid()) <= others


async def test_refusals_for_good_fail_and_others_are_tried_later(office: Office) -> None:
    for name in ("ada", "bob", "cyd", "dan"):
        await office.invoice(f"{name}@example.org")
    with mail_server() as server:
        server.replies = {
            "bob@example.org": ["550 5.1.1 no such box"],
            "cyd@example.org": ["451 4.7.1 greylisted", "250 OK"],
        }
        sent = await office.send(server)
        assert sent.counts == {"delivered": 2, "refused": 1, "put_off": 1, "dropped": 0}
        assert server.connections == 1
        rows = await office.rows()
        assert {user: row["status"] for user, row in rows.items()} == {
            "ada@example.org": "delivered",
            "bob@example.org": "failed",
            "cyd@example.org": "waiting",
            "dan@example.org": "delivered",
        }
        assert rows["bob@example.org"]["last_error"] == "550 5.1.1 no such box"
        assert rows["cyd@example.org"]["last_error"] == "451 4.7.1 greylisted"
        assert rows["cyd@example.org"]["next_attempt_at"] == NOW + FIRST
        assert (await office.send(server, NOW + FIRST - timedelta(seconds=1))).tried == 0
        assert (await office.send(server, NOW + FIRST)).counts["delivered"] == 1
    assert server.knocked == {
        "ada@example.org": 1,
        "bob@example.org": 1,
        "cyd@example.org": 2,
        "dan@example.org": 1,
    }
    assert len(set(server.ids)) == len(server.ids) == 3


async def test_what_is_put_off_too_often_has_failed(office: Office) -> None:
    await office.invoice("ada@example.org")
    pauses, now = [], NOW
    with mail_server() as server:
        server.replies = {"ada@example.org": ["451 later"]}
        for _ in range(MOST_ATTEMPTS):
            await office.send(server, now)
            [row] = (await office.rows()).values()
            pauses.append(row["next_attempt_at"] - now)
            now = row["next_attempt_at"]
    assert pauses[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert pauses[-1] == timedelta(hours=6)
    assert row["status"] == "failed"
    assert row["last_error"] == "given up after 24 attempts: 451 later"


async def test_a_lost_reply_sends_the_same_message_again(office: Office) -> None:
    for name in ("ada", "bob", "cyd"):
        await office.invoice(f"{name}@example.org")
    with mail_server() as server:
        server.data = ["lost"]
        first = await office.send(server)
        assert (first.counts["put_off"], first.counts["delivered"], first.stopped) == (1, 2, [])
        assert (await office.send(server, NOW + HOUR)).counts["delivered"] == 1
    again = server.received[0]
    assert [one.replied for one in server.received] == [False, True, True, True]
    assert server.received[3].id == again.id
    assert len(set(server.ids)) == 3


async def test_a_server_that_is_away_is_asked_once(office: Office) -> None:
    for number in range(20):
        await office.invoice(f"user{number}@away.example")
    with mail_server() as server:
        url = f"smtp://127.0.0.1:{server.port}?tls=off"
    sent = await office.send(url)
    [line] = sent.stopped
    assert line.startswith(f"the mail server 127.0.0.1:{server.port} is away: ")
    assert line.endswith(": what waits is sent by a later run")
    rows = await office.rows()
    assert {(row["status"], row["attempts"], row["last_error"]) for row in rows.values()} == {
        ("waiting", 0, None)
    }
    with mail_server(mute=True) as server:
        sent = await office.send(server, patience=0.2)
        assert server.connections == 1
    assert "is away: Timed out" in sent.stopped[0]


async def test_a_server_that_falls_silent_is_left_alone(office: Office) -> None:
    for number in range(6):
        await office.invoice(f"user{number}@silent.example")
    with mail_server() as server:
        server.data = ["", *["silent"] * 5]
        sent = await office.send(server, patience=0.2)
    assert sent.counts["put_off"] == 2
    assert len(server.received) == 3
    [line] = sent.stopped
    assert line.startswith("the last 2 messages had no reply: no answer from the mail server: Timed out")
    assert sorted(row["attempts"] for row in (await office.rows()).values()) == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("reply", "hint"),
    [("553 5.7.1 not yours", "correct LECTERN_MAIL_FROM"), ("530 5.7.0 log in first", "LECTERN_SMTP_URL")],
)
async def test_a_refused_sender_stops_all_and_fails_none(office: Office, reply: str, hint: str) -> None:
    await office.invoice("ada@example.org")
    await office.invoice("bob@example.org")
    with mail_server() as server:
        server.sender_reply = reply
        sent = await office.send(server)
        [line] = sent.stopped
        assert reply in line
        assert hint in line
        rows = await office.rows()
        assert [(row["status"], row["attempts"]) for row in rows.values()] == [("waiting", 0)] * 2
        server.sender_reply = ""
        assert (await office.send(server)).counts["delivered"] == 2


async def test_a_refused_greeting_stops_all_and_fails_none(office: Office) -> None:
    await office.invoice("ada@example.org")
    with mail_server() as server:
        server.greeting_reply = "550 5.7.1 who are you"
        [line] = (await office.send(server)).stopped
        assert "refuses our greeting: 550 5.7.1 who are you" in line
        server.greeting_reply = ""
        assert (await office.send(server)).counts["delivered"] == 1


async def test_after_a_reply_that_is_none_the_server_is_called_anew_and_once(office: Office) -> None:
    first = await office.invoice("user0@garbage.example")
    await office.connection.execute(
        "UPDATE outbox SET next_attempt_at = next_attempt_at - interval '1 hour' WHERE user_id = %(user)s",
        {"user": first},
    )
    for number in range(1, 6):
        await office.invoice(f"user{number}@garbage.example")
    with mail_server() as server:
        server.replies = {"user0@garbage.example": ["garbage"]}
        sent = await office.send(server)
        assert (sent.counts["put_off"], sent.counts["delivered"], server.connections) == (1, 5, 2)
        assert next(iter(server.knocked)) == "user0@garbage.example"


@pytest.mark.parametrize(
    ("reply", "said"), [("garbage", "-1 Malformed SMTP response line: garbage"), ("421 bye", "421 bye")]
)
async def test_a_server_that_leaves_or_answers_garbage_is_left_alone(
    office: Office, reply: str, said: str
) -> None:
    for number in range(4):
        await office.invoice(f"user{number}@odd.example")
    with mail_server() as server:
        server.replies = {f"user{number}@odd.example": [reply] for number in range(4)}
        sent = await office.send(server)
    assert sent.counts["put_off"] == 2
    assert sent.stopped[0].startswith(f"the last 2 messages had no reply: {said}")
    assert set((await office.status()).values()) == {"waiting"}


async def test_a_message_that_is_too_big_for_the_server_fails_alone(office: Office) -> None:
    await office.invoice("ada@example.org")
    with mail_server() as server:
        server.sender_reply = "552 5.3.4 too big"
        sent = await office.send(server)
    assert (sent.counts["refused"], sent.stopped) == (1, [])


@pytest.mark.parametrize("implicit", [False, True])
async def test_tls_is_used_and_its_certificate_verified(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, implicit: bool
) -> None:
    await office.invoice("ada@example.org")
    certificate = new_certificate(tmp_path)
    way: dict[str, Any] = {"implicit" if implicit else "starttls": certificate.context()}
    scheme = "smtps" if implicit else "smtp"
    with mail_server(**way, log_in=not implicit) as server:
        login = "" if implicit else f"{NAME}:p%40ss%20word@"
        url = f"{scheme}://{login}127.0.0.1:{server.port}"
        [line] = (await office.send(url)).stopped
        assert line.startswith(f"the certificate of the mail server 127.0.0.1:{server.port} is refused: self")
        assert "SSL_CERT_FILE" in line
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        [line] = (await office.send(url.replace("127.0.0.1", "localhost"))).stopped
        assert "is refused: Hostname mismatch" in line
        wrong = "smtp" if implicit else "smtps"
        [line] = (await office.send(f"{wrong}://127.0.0.1:{server.port}", patience=1)).stopped
        assert "is away" in line if implicit else "speaks no TLS that suits" in line
        if not implicit:
            [line] = (await office.send(url.replace("p%40", "q%40"))).stopped
            assert "refuses the log-in: 535" in line
            assert "correct the name and password in LECTERN_SMTP_URL" in line
        assert server.received == []
        assert (await office.send(url)).counts["delivered"] == 1
    assert PASSWORD not in line


async def test_mail_is_not_sent_in_the_clear_unless_that_is_said(office: Office) -> None:
    await office.invoice("ada@example.org")
    with mail_server() as server:
        [line] = (await office.send(f"smtp://127.0.0.1:{server.port}")).stopped
        assert "offers no STARTTLS" in line
        [line] = (await office.send(f"smtp://me:secret@127.0.0.1:{server.port}?tls=off")).stopped
        assert "takes no log-in here" in line
        assert server.received == []


async def test_addresses_beyond_ascii(office: Office) -> None:
    await office.invoice("ada@bücher.example")
    await office.invoice("jürgen@example.org")
    with mail_server(smtputf8=False) as server:
        await office.send(server)
        assert [one.recipient for one in server.received] == ["ada@xn--bcher-kva.example"]
        rows = await office.rows()
        assert "SMTPUTF8" in rows["jürgen@example.org"]["last_error"]
        assert rows["jürgen@example.org"]["status"] == "failed"
    async with office.connection.transaction():
        await queue.retry(office.connection, None, NOW)
    with mail_server() as server:
        assert (await office.send(server)).counts["delivered"] == 1
        assert [one.recipient for one in server.received] == ["jürgen@example.org"]


async def test_a_name_cannot_add_a_header(office: Office) -> None:
    user = await office.invoice("ada@example.org")
    name = 'Ada" <eve@example.org>\r\nBcc: eve@example.org\r\n\r\nhello\u202e'
    await office.connection.execute("ALTER TABLE invoices DISABLE TRIGGER invoices_guarded")
    await office.connection.execute(
        "UPDATE invoices SET metadata = jsonb_set(metadata, '{customerInfo,name}', to_jsonb(%(name)s::text))"
        " , seller = jsonb_set(seller, '{name}', to_jsonb(%(name)s::text)) WHERE user_id = %(user)s",
        {"name": name, "user": user},
    )
    with mail_server() as server:
        await office.send(server)
    [one] = server.received
    assert one.recipient == "ada@example.org"
    message = one.message
    assert message["Bcc"] is None
    assert [found.addr_spec for found in message["To"].addresses] == ["ada@example.org"]
    assert message["Subject"].startswith('Invoice LECT-2026-000001 from Ada" <eve@example.org> Bcc: ')
    assert [*message.keys()].count("Subject") == 1


async def test_a_document_that_cannot_be_made_waits_with_its_reason(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.invoice("ada@example.org", kept=False)
    await office.connection.execute("UPDATE outbox SET attempts = %(many)s", {"many": 2 * MOST_ATTEMPTS})
    await office.invoice("bob@example.org")

    def broken(html: str) -> bytes:
        raise RuntimeError("no font")

    with mail_server() as server:
        with monkeypatch.context() as patch:
            patch.setattr("shared.billing.delivery.kept.pdf", broken)
            sent = await office.send(server)
        assert (sent.counts["put_off"], sent.counts["delivered"]) == (1, 1)
        rows = await office.rows()
        assert rows["ada@example.org"]["status"] == "waiting"
        assert rows["ada@example.org"]["last_error"] == "it could not be made: RuntimeError: no font"
        [bill] = await office.database.rows(
            "SELECT status FROM invoices WHERE number = %(number)s",
            {"number": rows["ada@example.org"]["number"]},
        )
        assert bill["status"] == "sent"
        assert (await office.send(server, NOW + 6 * HOUR)).counts["delivered"] == 1
        [pdf] = server.received[1].message.iter_attachments()
        assert pdf.get_content().startswith(b"%PDF-")


async def test_two_runs_at_once_send_each_message_once(office: Office) -> None:
    for number in range(30):
        await office.invoice(f"user{number}@many.example")
    with mail_server() as server:
        both = await asyncio.gather(office.send(server), office.send(server))
    assert sum(sent.counts["delivered"] for sent in both) == 30
    assert all(sent.counts["delivered"] for sent in both)
    assert len(set(server.ids)) == len(server.ids) == 30


async def test_a_lease_keeps_others_away_until_it_is_over(office: Office) -> None:
    await office.invoice("ada@example.org")
    row = await queue.claim(office.connection, DOCUMENTS, "<%s@first.example>", NOW, NOW)
    assert row
    assert row["next_attempt_at"] == row["leased_until"] == NOW + LEASE  # behind those that nobody tried
    with mail_server() as server:
        assert (await office.send(server, NOW + LEASE - timedelta(seconds=1))).tried == 0
        with pytest.raises(InvalidRequest, match="is being sent"):
            await queue.drop(office.connection, [office.numbers["ada@example.org"]], "why", NOW)
        assert (await office.send(server, NOW + LEASE)).counts["delivered"] == 1
        assert server.ids == [f"<{row['id']}@first.example>"]


async def test_a_late_record_does_not_undo_another_runs(office: Office) -> None:
    await office.invoice("ada@example.org")
    row = await queue.claim(office.connection, DOCUMENTS, "<%s@first.example>", NOW, NOW)
    assert row
    with mail_server() as server:
        await office.send(server, NOW + LEASE)
    await queue.record(office.connection, row, refused("550 too late"), None, NOW + LEASE)
    assert await office.status() == {"ada@example.org": "delivered"}


async def test_a_removed_user_gets_nothing(office: Office) -> None:
    user = await office.invoice("ada@example.org")
    await office.connection.execute("UPDATE users SET removed_at = now() WHERE id = %(id)s", {"id": user})
    assert await queue.claim(office.connection, DOCUMENTS, "<%s@lectern.example>", NOW, NOW) is None
    assert await queue.due(office.connection, DOCUMENTS, NOW) == 0
    with mail_server() as server:
        sent = await office.send(server)
    assert sent.counts == {"dropped": 1}
    assert server.received == []
    [row] = (await office.rows()).values()
    assert (row["status"], row["last_error"]) == ("dropped", "the user was removed")


async def test_removing_a_user_waits_for_what_could_not_be_delivered_and_takes_their_address_away(
    office: Office,
) -> None:
    user = await office.invoice("ada@example.org")
    async with office.connection.transaction():
        [bill] = await office.database.rows("SELECT id FROM invoices")
        await pay(office.connection, bill["id"], "24.00")
    assert await holds(office.connection, user, NOW) == []
    with mail_server() as server:
        server.replies = {"ada@example.org": ["550 ada@example.org is unknown"]}
        await office.send(server)
    number = office.numbers["ada@example.org"]
    assert await holds(office.connection, user, NOW) == [
        f"not delivered: {number} (lectern-admin billing outbox retry, or drop)"
    ]
    async with office.connection.transaction():
        await queue.drop(office.connection, [number], "she moved", NOW)
    assert await holds(office.connection, user, NOW) == []
    await Accounts(office.database).remove_user(user)
    [row] = (await office.rows()).values()
    assert (row["status"], row["recipient"], row["last_error"]) == ("dropped", None, None)
    with pytest.raises(InvalidRequest, match="was removed"):
        await queue.retry(office.connection, [number], NOW)


async def test_a_rehearsal_counts_and_sends_nothing(office: Office) -> None:
    await office.invoice("ada@example.org")
    with mail_server() as server:
        sent = await office.send(server, rehearsed=True)
    assert sent.counts == {"due": 1}
    assert server.connections == 0


async def test_without_a_way_mail_waits_and_it_is_said_what_to_set(office: Office) -> None:
    await office.invoice("ada@example.org")
    await office.invoice("bob@example.org")
    async with office.database.connection() as connection:
        sent = await deliver(connection, Post((), lambda: NOW), NOW, lambda *_: None)
    assert sent.notes == ["2 messages wait: set LECTERN_SMTP_URL and LECTERN_MAIL_FROM to send them"]
    assert sent.stopped == []
