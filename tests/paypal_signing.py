"""Who signs events as PayPal does, in tests: an authority, certificates of it, and hosts on loopback that give them."""

import base64
import json
import ssl
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.billing.payments.webhooks.paypal import PaypalVerifier
from shared.billing.payments.webhooks.paypal_certificates import Certificates
from tests.certificate import new_certificate

NAME = "messageverificationcerts.paypal.com"
WEBHOOK = "9XL90610J3647323C"
FOLDER = "/v1/notifications/certs"
DAY = timedelta(days=1)
BODY = json.dumps(
    {
        "id": "WH-9UG43882HX7271132-6E0871324L7949614",
        "create_time": "2027-03-01T12:00:00.000Z",
        "event_type": "PAYMENT.CAPTURE.COMPLETED",
        "resource": {"id": "80F85758S3080410K", "payee": {"merchant_id": "MERCHANT5TEST"}},
    }
).encode()


@dataclass(frozen=True)
class Issued:
    """A certificate, its key, and those above it, without the authority itself."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> bytes:
        chain = (self.certificate, *self.above)
        return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain)


def authority(name: str = "An authority", by: Issued | None = None) -> Issued:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now + 30 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if by:
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
        builder = builder.add_extension(issuer, critical=False)
    return Issued(builder.sign(by.key if by else key, hashes.SHA256()), key)


def issue(
    by: Issued, name: str = NAME, *, days: tuple[int, int] = (-1, 1), above: tuple[x509.Certificate, ...] = ()
) -> Issued:
    """A certificate of that name, valid from and until so many days from now."""
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False
        )
        .sign(by.key, hashes.SHA256())
    )
    return Issued(certificate, key, above)


@dataclass
class CertificateHost:
    """`given` answers by name of certificate; `asked` are the paths that were requested."""

    address: str = ""
    given: dict[str, bytes | web.Response] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    verifier: PaypalVerifier = field(default_factory=lambda: PaypalVerifier(None))

    def url(self, name: str) -> str:
        return f"https://{self.address}{FOLDER}/{name}"

    def signed(
        self,
        issued: Issued,
        now: datetime,
        body: bytes = BODY,
        *,
        named: str = "CERT-1",
        webhook: str = WEBHOOK,
        transmission: str = "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
    ) -> dict[str, str]:
        """The headers of a message, names in lower case."""
        sent = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        message = f"{transmission}|{sent}|{webhook}|{zlib.crc32(body)}".encode()
        signature = issued.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "paypal-transmission-id": transmission,
            "paypal-transmission-time": sent,
            "paypal-transmission-sig": base64.b64encode(signature).decode(),
            "paypal-cert-url": self.url(named),
            "paypal-auth-algo": "SHA256withRSA",
        }


@asynccontextmanager
async def certificate_host(directory: Path, trusted: Issued) -> AsyncIterator[CertificateHost]:
    """A host on loopback, over TLS, that stands for PayPal's to its `verifier`."""
    host = CertificateHost()

    async def answer(request: web.Request) -> web.StreamResponse:
        host.asked.append(request.path)
        found = host.given.get(request.path.rsplit("/", 1)[1])
        if isinstance(found, web.Response):
            return found
        return web.Response(body=found) if found is not None else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    certificate = new_certificate(directory)
    server = TestServer(app)
    await server.start_server(ssl=certificate.context())
    try:
        host.address = f"127.0.0.1:{server.port}"
        tls = ssl.create_default_context(cafile=str(certificate.path))
        hosts = {host.address: (NAME,)}
        known = Certificates(hosts, [trusted.certificate], tls, patience=5.0)
        host.verifier = PaypalVerifier(WEBHOOK, known)
        yield host
    finally:
        await server.close()


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
