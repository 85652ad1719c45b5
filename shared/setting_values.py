"""What a variable may hold: the checks of settings, each with its reason in plain words."""

import re
from base64 import b64decode
from email.policy import SMTP
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, StringConstraints
from pydantic_settings import NoDecode

_SWITCHES = {**dict.fromkeys(("1", "true", "yes"), "on"), **dict.fromkeys(("0", "false", "no"), "off")}


def _scheme(*schemes: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return value

    return AfterValidator(check)


def _address(value: SecretStr) -> SecretStr:
    """A driver repeats what it cannot read, password and all; so it is read here first, and hushed."""
    text = value.get_secret_value()
    try:
        parts = urlsplit(text)
        odd = parts.netloc.count("@") > 1 or re.search(r"\s|\](?!:|$)", parts.netloc)
        readable = not odd and (parts.port or 0) >= 0
    except ValueError:
        readable = False
    if not readable or re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise ValueError("is not an address (in a password write % as %25, @ as %40, : as %3A, / as %2F)")
    return value


def _with_host(value: SecretStr) -> SecretStr:
    host = urlsplit(value.get_secret_value()).hostname or ""
    try:
        named = bool(host.encode("idna"))
    except UnicodeError:  # a part of it is empty or too long
        named = False
    if not named:
        raise ValueError("must name a host, as in scheme://host:port")
    return value


def _header(value: SecretStr) -> SecretStr:
    """It is sent in one."""
    if not re.fullmatch(r"[!-~]+", value.get_secret_value()):
        raise ValueError("must be one word in ASCII, without spaces and line breaks")
    return value


_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _mail_server(value: SecretStr) -> SecretStr:
    """Nobody listens in: TLS, or it is said that there is none."""
    parts = urlsplit(value.get_secret_value())
    if parts.path not in ("", "/") or parts.fragment or parts.query not in ("", "tls=off"):
        raise ValueError("must hold a host and a port, and nothing after them but ?tls=off")
    if parts.query and parts.scheme == "smtps":
        raise ValueError("must be smtp://, where ?tls=off is added")
    if parts.password and not parts.username:
        raise ValueError("must name who logs in, before the password")
    if parts.query and parts.username and parts.hostname not in _LOOPBACK:
        raise ValueError("must hold no name and password where ?tls=off is added: they could be overheard")
    return value


def _mailbox(value: str) -> str:
    """It is a header of every message."""
    try:
        read: Any = SMTP.header_factory("From", value)
    except IndexError:  # it says so of an address that ends too soon
        read = None
    found = list(read.addresses) if read and value.isprintable() and not read.defects else []
    if len(found) != 1 or not (found[0].username and found[0].domain) or ":" in value.partition("<")[0]:
        raise ValueError("must be an address such as billing@example.org or Example <billing@example.org>")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    head, _, key = value.get_secret_value().partition("_")
    try:
        size = len(b64decode(key, validate=True)) if head == "whsec" else 0
    except ValueError:
        size = 0
    if not 24 <= size <= 64:
        raise ValueError("must be whsec_ and base64 of 24 to 64 bytes")
    return value


def _absolute(path: Path) -> Path:
    """Editors start us in any directory and through no shell: what a path is relative to, nobody could say."""
    if not (found := path.expanduser()).is_absolute():
        raise ValueError("must be an absolute path, or begin with ~")
    return found


def _without_secrets(value: str) -> str:
    """It is kept in the database with every snapshot, so credentials belong in the usual environment."""
    if not re.match(r"[a-z][a-z0-9+.-]*://[^/]", value) and not value.startswith("file:///"):
        raise ValueError("must be an address such as s3://bucket/prefix or file:///var/snapshots")
    if re.search(r"[?#*\[\]]|::", value):
        raise ValueError("must be a plain address without ?, #, *, [, ] and ::")
    if "@" in value:
        raise ValueError("must hold no name or password: give them as its driver's own variables")
    if value.startswith(("http://", "https://")):
        raise ValueError("must be an address that can be written to, such as s3://bucket/prefix")
    return value


def _provider(value: str) -> str:
    """Keys are sent there. A trailing slash says nothing."""
    parts = _ours(value)
    if parts.query or parts.fragment:
        raise ValueError("must hold a host and a path, and nothing after them")
    return value.rstrip("/")


def _service(value: str) -> str:
    """Where it is, or where its MCP server is, as editors are given it."""
    return _provider(value).removesuffix("/mcp")


def _back(value: str) -> str:
    _ours(value)
    return value


def _ours(value: str) -> SplitResult:
    """Nobody listens in, but on this machine."""
    parts = urlsplit(_with_host(_address(SecretStr(value))).get_secret_value())
    if parts.scheme != "https" and (parts.scheme, parts.hostname in _LOOPBACK) != ("http", True):
        raise ValueError("must start with https:// (http:// reaches this machine alone)")
    if "@" in parts.netloc:
        raise ValueError("must hold no name or password")
    return parts


def _stripe_key(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"(sk|rk)_[A-Za-z0-9_]{4,}", value.get_secret_value()):
        raise ValueError("must be a secret or restricted key, which begins with sk_ or rk_")
    return value


def _stripe_webhook_secret(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"whsec_[!-~]{16,}", value.get_secret_value()):
        raise ValueError("must be the signing secret of the endpoint, which begins with whsec_")
    return value


def _paypal_key(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-9;-~]+:[!-9;-~]+", value.get_secret_value()):
        raise ValueError("must be client id and secret with a colon between them, as in CLIENT_ID:SECRET")
    return value


def _webhook_id(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,50}", value):
        raise ValueError("must be the id of the webhook, as PayPal shows it")
    return value


def _public_key(value: str) -> str:
    """A PEM may come in one line, with \\n for each break."""
    text = value.replace("\\n", "\n").strip()
    if text.startswith("-----BEGIN PUBLIC KEY-----") and text.endswith("-----END PUBLIC KEY-----"):
        return text
    if "-----" in text or not Path(text).expanduser().is_absolute():
        raise ValueError("must be a public key in PEM, or the absolute path of a file with one")
    return text


def _lower(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _switch(value: object) -> object:
    """`on` and `off` in any of the spellings that a switch has."""
    return _SWITCHES.get(str(value).casefold(), _lower(value))


def _words(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for word in value:
        try:
            ip_network(word)
        except ValueError:
            raise ValueError("must hold addresses and networks, as in 10.0.0.5 10.1.0.0/16") from None
    return value


_READ = AfterValidator(_address)

Place = Annotated[Path, AfterValidator(_absolute)]
PostgresAddress = Annotated[SecretStr, _scheme("postgresql", "postgres"), _READ]
RedisAddress = Annotated[SecretStr, _scheme("redis", "rediss", "unix"), _READ]
WebAddress = Annotated[SecretStr, _scheme("http", "https"), _READ, AfterValidator(_with_host)]
MailServer = Annotated[
    SecretStr, _scheme("smtp", "smtps"), _READ, AfterValidator(_with_host), AfterValidator(_mail_server)
]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
HeaderWord = Annotated[SecretStr, AfterValidator(_header)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
SnapshotAddress = Annotated[str, AfterValidator(_without_secrets)]
ProviderAddress = Annotated[str, AfterValidator(_provider)]
ReturnAddress = Annotated[str, AfterValidator(_back)]
ServiceAddress = Annotated[str, AfterValidator(_service)]
StripeKey = Annotated[SecretStr, AfterValidator(_stripe_key)]
StripeWebhookSecret = Annotated[SecretStr, AfterValidator(_stripe_webhook_secret)]
PaypalKey = Annotated[SecretStr, AfterValidator(_paypal_key)]
WebhookId = Annotated[str, AfterValidator(_webhook_id)]
PublicKey = Annotated[str, AfterValidator(_public_key)]
ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,49}$")]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
"""With commas or spaces between them."""
Networks = Annotated[Words, AfterValidator(_networks)]
LOWER, SWITCH = BeforeValidator(_lower), BeforeValidator(_switch)
