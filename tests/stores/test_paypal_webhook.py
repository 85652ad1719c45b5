"""An event of PayPal is taken where PayPal signed it, for our webhook, now, by a certificate from its own hosts."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from shared.billing.payments.port import Event
from shared.billing.payments.webhooks.paypal import PaypalVerifier, of_environment
from shared.billing.payments.webhooks.paypal_certificates import LIVE, SANDBOX, Certificates
from shared.billing.payments.webhooks.receive import Reply, receive
from shared.billing.payments.webhooks.verifiers import verifiers
from shared.errors import EventRefused, ProviderStopped
from shared.settings import AdminSettings, load
from shared.stores.postgres import Database
from tests.paypal_signing import (
    BODY,
    FOLDER,
    NAME,
    WEBHOOK,
    CertificateHost,
    Issued,
    authority,
    certificate_host,
    issue,
)

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC).replace(microsecond=0)
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def root() -> Issued:
    return authority()


@pytest.fixture(scope="module")
def paypals(root: Issued) -> Issued:
    return issue(root)


@pytest.fixture
async def host(tmp_path: Path, root: Issued, paypals: Issued) -> AsyncIterator[CertificateHost]:
    async with certificate_host(tmp_path, root) as made:
        made.given["CERT-1"] = paypals.pem
        yield made


async def refusal(
    host: CertificateHost, headers: dict[str, str], body: bytes = BODY, now: datetime = NOW
) -> str:
    with pytest.raises(EventRefused) as caught:
        await host.verifier.event(headers, body, now)
    return caught.value.line


async def test_what_paypal_signed_is_an_event(host: CertificateHost, paypals: Issued) -> None:
    assert await host.verifier.event(host.signed(paypals, NOW), BODY, NOW) == Event(
        id="WH-9UG43882HX7271132-6E0871324L7949614",
        type="PAYMENT.CAPTURE.COMPLETED",
        object_id="80F85758S3080410K",
        happened_at=datetime(2027, 3, 1, 12, tzinfo=UTC),
        account="MERCHANT5TEST",
    )


async def test_the_object_of_a_dispute_is_the_dispute(host: CertificateHost, paypals: Issued) -> None:
    said = {"id": "WH-2", "event_type": "CUSTOMER.DISPUTE.CREATED", "resource": {"dispute_id": "PP-D-27803"}}
    body = json.dumps(said).encode()
    event = await host.verifier.event(host.signed(paypals, NOW, body), body, NOW)
    assert (event.object_id, event.happened_at) == ("PP-D-27803", None)


async def test_the_object_of_a_reversed_approval_is_its_order(host: CertificateHost, paypals: Issued) -> None:
    said = {
        "id": "WH-3",
        "event_type": "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
        "resource": {"order_id": "9BN0"},
    }
    body = json.dumps(said).encode()
    assert (await host.verifier.event(host.signed(paypals, NOW, body), body, NOW)).object_id == "9BN0"


async def test_a_certificate_is_fetched_once(host: CertificateHost, paypals: Issued) -> None:
    for _ in range(3):
        await host.verifier.event(host.signed(paypals, NOW), BODY, NOW)
    assert host.asked == [f"{FOLDER}/CERT-1"]


async def test_certificates_of_an_intermediate_authority_are_believed(
    host: CertificateHost, root: Issued
) -> None:
    between = authority("Between", root)
    leaf = issue(between, above=(between.certificate,))
    host.given["CERT-1"] = leaf.pem
    assert (await host.verifier.event(host.signed(leaf, NOW), BODY, NOW)).type == "PAYMENT.CAPTURE.COMPLETED"


@pytest.mark.parametrize("seconds", [-300, 300])
async def test_five_minutes_are_borne(host: CertificateHost, paypals: Issued, seconds: int) -> None:
    sent = NOW + seconds * SECOND
    assert await host.verifier.event(host.signed(paypals, sent), BODY, NOW)


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_an_old_time_is_refused_before_anything_is_fetched(
    host: CertificateHost, paypals: Issued, seconds: int
) -> None:
    line = await refusal(host, host.signed(paypals, NOW + seconds * SECOND))
    assert "more than 300 s from now" in line
    assert host.asked == []


@pytest.mark.parametrize(
    "body", [BODY.replace(b": ", b":"), BODY + b" ", BODY.replace(b"COMPLETED", b"DENIED"), b""]
)
async def test_a_body_that_was_changed_is_refused_down_to_its_spaces(
    host: CertificateHost, paypals: Issued, body: bytes
) -> None:
    assert await refusal(host, host.signed(paypals, NOW), body) == (
        "the signature of the event is not PayPal's: compare LECTERN_PAYPAL_WEBHOOK_ID with the webhook's id"
    )


async def test_an_event_for_another_webhook_is_refused(host: CertificateHost, paypals: Issued) -> None:
    assert "is not PayPal's" in await refusal(host, host.signed(paypals, NOW, webhook="ANOTHERS"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("paypal-transmission-id", "another"),
        ("paypal-transmission-sig", "bm9uc2Vuc2U="),
        ("paypal-transmission-sig", "not base64!"),
    ],
)
async def test_a_signature_of_something_else_is_refused(
    host: CertificateHost, paypals: Issued, name: str, value: str
) -> None:
    assert "is not PayPal's" in await refusal(host, host.signed(paypals, NOW) | {name: value})


async def test_a_time_that_was_moved_is_refused(host: CertificateHost, paypals: Issued) -> None:
    signed = host.signed(paypals, NOW)
    moved = {"paypal-transmission-time": (NOW + SECOND).isoformat()}
    assert "is not PayPal's" in await refusal(host, signed | moved)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("paypal-transmission-id", "", "has no PAYPAL-TRANSMISSION-ID that can be read"),
        ("paypal-transmission-time", "", "has no PAYPAL-TRANSMISSION-TIME that can be read"),
        ("paypal-transmission-time", "yesterday", "is no instant"),
        ("paypal-transmission-time", "2027-03-01T12:00:00", "is no instant"),
        ("paypal-transmission-sig", "A" * 3000, "has no PAYPAL-TRANSMISSION-SIG that can be read"),
        ("paypal-cert-url", "", "has no PAYPAL-CERT-URL that can be read"),
        ("paypal-auth-algo", "none", "in a way that is not known"),
        ("paypal-auth-algo", "SHA1withRSA", "in a way that is not known"),
    ],
)
async def test_headers_that_are_not_paypals_are_refused(
    host: CertificateHost, paypals: Issued, name: str, value: str, line: str
) -> None:
    assert line in await refusal(host, host.signed(paypals, NOW) | {name: value})
    assert host.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1/notifications/certs/CERT-1",
        "http://{host}/v1/notifications/certs/CERT-1",
        "https://{host}.evil.example/v1/notifications/certs/CERT-1",
        "https://evil.example/{host}/v1/notifications/certs/CERT-1",
        "https://{host}@evil.example/v1/notifications/certs/CERT-1",
        "https://user@{host}/v1/notifications/certs/CERT-1",
        "https://{host}\\@evil.example/v1/notifications/certs/CERT-1",
        "https://{host}/v1/notifications/certs/../../elsewhere",
        "https://{host}/v1/notifications/certs/CERT-1?x=1",
        "https://{host}/v1/notifications/certs/CERT-1#x",
        "https://{host}/v1/notifications/certs/%2e%2e/elsewhere",
        "https://{host}/elsewhere/CERT-1",
        "https://{host}/v1/notifications/certs/",
        "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
        "https://аpi.paypal.com/v1/notifications/certs/CERT-1",
        "https://[::1/v1/notifications/certs/CERT-1",
        "ftp://{host}/v1/notifications/certs/CERT-1",
        "CERT-1",
    ],
)
async def test_no_certificate_is_fetched_from_anywhere_else(
    host: CertificateHost, paypals: Issued, url: str
) -> None:
    forged = {"paypal-cert-url": url.replace("{host}", host.address)}
    assert await refusal(host, host.signed(paypals, NOW) | forged) == (
        "the certificate of the event is not at PayPal: it is not as PayPal sends it"
    )
    assert host.asked == []


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://api-m.paypal.com", LIVE),
        ("https://api-m.sandbox.paypal.com", SANDBOX),
        ("https://api.sandbox.paypal.com/", SANDBOX),
    ],
)
def test_the_sandbox_does_not_speak_for_the_live_paypal(url: str, hosts: dict[str, str]) -> None:
    assert of_environment(WEBHOOK, url).certificates.hosts == hosts
    assert not set(LIVE) & set(SANDBOX)


async def test_a_certificate_of_another_name_is_refused(host: CertificateHost, root: Issued) -> None:
    for name in ("messageverificationcerts.sandbox.paypal.com", "paypal.com", f"{NAME}.evil.example"):
        other = issue(root, name)
        host.given["CERT-2"] = other.pem
        line = await refusal(host, host.signed(other, NOW, named="CERT-2"))
        assert line.startswith("the certificate of the event is not PayPal's")


async def test_a_certificate_that_signed_itself_or_of_an_unknown_authority_is_refused(
    host: CertificateHost,
) -> None:
    stranger = authority("A stranger")
    for other in (issue(stranger), issue(stranger, above=(stranger.certificate,)), stranger):
        host.given["CERT-2"] = other.pem
        line = await refusal(host, host.signed(other, NOW, named="CERT-2"))
        assert line.startswith("the certificate of the event is not PayPal's")


@pytest.mark.parametrize("days", [(-20, -10), (10, 20)])
async def test_a_certificate_is_refused_before_and_after_its_time(
    host: CertificateHost, root: Issued, days: tuple[int, int]
) -> None:
    other = issue(root, days=days)
    host.given["CERT-2"] = other.pem
    line = await refusal(host, host.signed(other, NOW, named="CERT-2"))
    assert line.startswith("the certificate of the event is not PayPal's")


async def test_a_certificate_that_is_kept_ends_with_its_time(host: CertificateHost, paypals: Issued) -> None:
    await host.verifier.event(host.signed(paypals, NOW), BODY, NOW)
    later = NOW + timedelta(days=2)
    line = await refusal(host, host.signed(paypals, later), now=later)
    assert line.startswith("the certificate of the event is not PayPal's")


async def test_a_genuine_certificate_does_not_make_a_strangers_signature_genuine(
    host: CertificateHost, root: Issued
) -> None:
    assert "signature" in await refusal(host, host.signed(issue(root), NOW))


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (web.Response(status=404), "PayPal answers 404 for the certificate of the event"),
        (web.Response(status=302, headers={"location": "/CERT-1"}), "PayPal answers 302"),
        (b"no certificate", "is none that can be read"),
        (b"", "is none that can be read"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "is none that can be read"),
        (b"A" * 70_000, "is too large"),
    ],
)
async def test_what_is_no_certificate_is_refused(
    host: CertificateHost, paypals: Issued, answer: bytes | web.Response, line: str
) -> None:
    host.given["CERT-2"] = answer
    assert line in await refusal(host, host.signed(paypals, NOW, named="CERT-2"))
    assert host.asked == [f"{FOLDER}/CERT-2"], "no redirect is followed"


async def test_a_certificate_of_many_certificates_is_refused(host: CertificateHost, paypals: Issued) -> None:
    host.given["CERT-2"] = paypals.pem * 9
    assert "none that can be read" in await refusal(host, host.signed(paypals, NOW, named="CERT-2"))


async def test_a_host_that_is_away_lets_paypal_send_the_event_again(
    host: CertificateHost, paypals: Issued
) -> None:
    host.given["CERT-2"] = web.Response(status=503)
    with pytest.raises(ProviderStopped, match="PayPal answers 503"):
        await host.verifier.event(host.signed(paypals, NOW, named="CERT-2"), BODY, NOW)
    host.given["CERT-2"] = paypals.pem
    assert await host.verifier.event(host.signed(paypals, NOW, named="CERT-2"), BODY, NOW)


async def test_a_host_whose_own_certificate_is_unknown_is_not_believed(
    host: CertificateHost, paypals: Issued
) -> None:
    known = Certificates(host.verifier.certificates.hosts, host.verifier.certificates.trusted)
    with pytest.raises(ProviderStopped, match="does not give the certificate"):
        await PaypalVerifier(WEBHOOK, known).event(host.signed(paypals, NOW), BODY, NOW)


async def test_certificates_that_are_kept_are_few(host: CertificateHost, paypals: Issued) -> None:
    for number in range(20):
        host.given[f"CERT-{number}"] = paypals.pem
        await host.verifier.event(host.signed(paypals, NOW, named=f"CERT-{number}"), BODY, NOW)
    assert len(host.verifier.certificates._kept) == 8


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"[]", "is no JSON object"),
        (b"{", "is no JSON object"),
        (b"[" * 100_000, "is no JSON object"),
        (b"{}", "has no id or no type"),
        (b'{"id": 7, "event_type": "X"}', "has no id or no type"),
        (b'{"id": "WH-1", "event_type": "X", "create_time": "soon"}', "is no instant"),
    ],
)
async def test_a_signed_body_that_is_no_event_is_refused(
    host: CertificateHost, paypals: Issued, body: bytes, line: str
) -> None:
    assert line in await refusal(host, host.signed(paypals, NOW, body), body)


async def test_without_the_webhooks_id_nothing_is_believed(host: CertificateHost, paypals: Issued) -> None:
    verifier = replace(host.verifier, webhook_id=None)
    with pytest.raises(EventRefused) as caught:
        await verifier.event(host.signed(paypals, NOW), BODY, NOW)
    assert caught.value.line == (
        "events of PayPal cannot be verified: set LECTERN_PAYPAL_WEBHOOK_ID to the webhook's id"
    )


def test_the_public_authorities_are_read_without_a_warning() -> None:
    assert len(Certificates(LIVE)._authorities()) > 50


async def test_an_event_is_stored_once_and_a_forged_one_never(
    host: CertificateHost, paypals: Issued, database: Database
) -> None:
    posted = {name.title(): value for name, value in host.signed(paypals, NOW).items()}

    async def received(body: bytes) -> Reply:
        async with database.transaction() as connection:
            return await receive(connection, {"paypal": host.verifier}, "paypal", posted, body, NOW)

    assert (await received(BODY + b" ")).status == 400
    assert [(await received(BODY)).line for _ in range(2)] == ["stored", "stored before"]


def test_paypal_is_believed_once_its_webhook_is_named() -> None:
    assert "paypal" not in verifiers(load(AdminSettings))
    found = verifiers(load(AdminSettings, paypal_webhook_id=WEBHOOK))["paypal"]
    assert isinstance(found, PaypalVerifier)
    assert (found.webhook_id, found.certificates.hosts) == (WEBHOOK, LIVE)
