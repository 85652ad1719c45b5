"""Certificates by which PayPal signs: fetched from its own hosts alone, and believed by their chain, dates and name.

A message names the address of its certificate, and anybody may post a message. So only an exact host is asked, over
TLS, without following a redirect; the certificate must bear PayPal's name, and be issued by an authority that everybody
trusts. One is fetched at a time, and kept.
"""

import asyncio
import re
import ssl
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import aiohttp
import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from shared.billing.delivery.outcome import told
from shared.errors import EventRefused, ProviderStopped

_NAME: Final = "messageverificationcerts.paypal.com"
_SANDBOX_NAME: Final = "messageverificationcerts.sandbox.paypal.com"
Hosts = Mapping[str, Sequence[str]]
"""By host, the names that its certificates may bear."""
LIVE: Final[Hosts] = {"api.paypal.com": (_NAME,), "api-m.paypal.com": (_NAME,)}
SANDBOX: Final[Hosts] = {
    "api.sandbox.paypal.com": (_SANDBOX_NAME, _NAME),
    "api-m.sandbox.paypal.com": (_SANDBOX_NAME, _NAME),
}
_ADDRESS: Final = re.compile(r"https://(?P<host>[a-z0-9.:-]+)/v1/notifications/certs/[A-Za-z0-9_-]{1,200}")
_MOST_BYTES: Final = 65_536
_MOST_KEPT: Final = 8
_PATIENCE: Final = 10.0
_MOST_CERTIFICATES: Final = 8
_SMALLEST_KEY: Final = 2048
_ODD: Final = "it is not as PayPal sends it"
_AGAIN: Final = "PayPal sends the event again"

Chain = Sequence[x509.Certificate]


@dataclass(slots=True)
class Certificates:
    """`hosts` are asked, and no others. Tests give hosts, authorities and TLS of their own."""

    hosts: Hosts
    trusted: Sequence[x509.Certificate] | None = None
    tls: ssl.SSLContext | None = None
    patience: float = _PATIENCE
    _kept: dict[str, Chain] = field(default_factory=dict, init=False, repr=False)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def key(self, url: str, now: datetime) -> RSAPublicKey:
        """The public key of the certificate at such an address. Raises EventRefused, ProviderStopped."""
        host = self._host(url)
        if url not in self._kept:
            async with self._one:
                if url not in self._kept:
                    chain = _read(await self._fetch(url))
                    _check(chain, self._authorities(), self.hosts[host], now)
                    while len(self._kept) >= _MOST_KEPT:
                        del self._kept[next(iter(self._kept))]
                    self._kept[url] = chain
        chain = self._kept[url]
        _check(chain, self._authorities(), self.hosts[host], now)
        key = chain[0].public_key()
        if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_KEY:
            raise EventRefused("the certificate of the event has no RSA key of 2,048 bits or more", _ODD)
        return key

    def _host(self, url: str) -> str:
        found = _ADDRESS.fullmatch(url)
        if found is None or found["host"] not in self.hosts:
            raise EventRefused("the certificate of the event is not at PayPal", _ODD)
        return found["host"]

    async def _fetch(self, url: str) -> bytes:
        timeout = aiohttp.ClientTimeout(total=self.patience)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.get(url, allow_redirects=False, ssl=self.tls or True) as reply,
            ):
                if reply.status == 429 or reply.status >= 500:
                    raise ProviderStopped(
                        f"PayPal answers {reply.status} for the certificate of the event", _AGAIN
                    )
                if reply.status != 200:
                    raise EventRefused(
                        f"PayPal answers {reply.status} for the certificate of the event", _ODD
                    )
                content = b""
                while not reply.content.at_eof() and len(content) <= _MOST_BYTES:
                    content += await reply.content.read(_MOST_BYTES + 1 - len(content))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = told(type(error).__name__)
            raise ProviderStopped(
                f"PayPal does not give the certificate of the event: {reason}", _AGAIN
            ) from error
        if len(content) > _MOST_BYTES:
            raise EventRefused("the certificate of the event is too large", _ODD)
        return content

    def _authorities(self) -> Sequence[x509.Certificate]:
        if self.trusted is None:
            self.trusted = _public_authorities()
        return self.trusted


def _public_authorities() -> list[x509.Certificate]:
    """But for those that are not as RFC 5280 has it, such as one without a serial number above zero."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for block in Path(certifi.where()).read_text().split("-----BEGIN CERTIFICATE-----")[1:]:
            with suppress(ValueError, CryptographyDeprecationWarning):
                found.append(x509.load_pem_x509_certificate(f"-----BEGIN CERTIFICATE-----{block}".encode()))
    return found


def _read(content: bytes) -> Chain:
    try:
        chain = x509.load_pem_x509_certificates(content)
    except ValueError:
        chain = []
    if not 1 <= len(chain) <= _MOST_CERTIFICATES:
        raise EventRefused("the certificate of the event is none that can be read", _ODD)
    return chain


def _check(chain: Chain, trusted: Sequence[x509.Certificate], names: Sequence[str], now: datetime) -> None:
    policy = PolicyBuilder().store(Store(list(trusted))).time(now)
    reason = ""
    for name in names:
        try:
            policy.build_server_verifier(x509.DNSName(name)).verify(chain[0], list(chain[1:]))
            return
        except (VerificationError, ValueError) as error:
            reason = reason or told(str(error))
    raise EventRefused(f"the certificate of the event is not PayPal's: {reason}", _ODD)
