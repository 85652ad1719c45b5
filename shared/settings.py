"""The only reader of the environment: every LECTERN_* variable, with its default and its meaning."""

import re
import sys
from base64 import b64decode
from collections.abc import Mapping
from difflib import get_close_matches
from email.policy import SMTP
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, overload
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import SettingsError
from shared.mistakes import mistakes

_PREFIX = "LECTERN_"
_OTHERS = ("LECTERN_TEST_", "LECTERN_ADMIN_")
"""What tests and other programs of ours read."""
_MOST_TOLD = 5
_SWITCHES = {**dict.fromkeys(("1", "true", "yes"), "on"), **dict.fromkeys(("0", "false", "no"), "off")}
DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"


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


def _lower(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _switch(value: object) -> object:
    """`on` and `off` in any of the spellings that a switch has."""
    return _SWITCHES.get(str(value).casefold(), _lower(value))


Place = Annotated[Path, AfterValidator(_absolute)]
RedisAddress = Annotated[SecretStr, _scheme("redis", "rediss", "unix"), AfterValidator(_address)]
S = TypeVar("S", bound="Settings")


def default_home() -> Path:
    """The user's own data directory. It depends on HOME alone: an editor passes on no XDG_DATA_HOME."""
    match sys.platform:
        case "win32":
            return platformdirs.user_data_path("lectern", appauthor=False)
        case "darwin":
            return Path.home() / "Library/Application Support/lectern"
        case _:
            return Path.home() / ".local/share/lectern"


class Settings(BaseSettings):
    """Where the stores are, of every door. An unset URL means an embedded engine under `home`."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    home: Place = Field(default_factory=default_home)
    database_url: Annotated[SecretStr, _scheme("postgresql", "postgres"), AfterValidator(_address)] | None = (
        None
    )
    redis_url: RedisAddress | None = None
    limits_redis_url: RedisAddress | None = None
    """Where the counters of limits are; unset, beside the cache."""
    qdrant_url: (
        Annotated[SecretStr, _scheme("http", "https"), AfterValidator(_address), AfterValidator(_with_host)]
        | None
    ) = None
    qdrant_api_key: Annotated[SecretStr, AfterValidator(_header)] | None = None
    qdrant_grpc_port: Annotated[int, Field(ge=1, le=65535)] = 6334
    """Where the same server answers by gRPC; where it does not, searches go by REST."""
    qdrant_shards: Annotated[int, Field(ge=1)] | None = None
    """How a collection that `ingest` makes is shared out on a cluster; unset, as the server does by itself."""
    qdrant_replicas: Annotated[int, Field(ge=1)] | None = None
    qdrant_write_consistency: Annotated[int, Field(ge=1)] | None = None
    pg_bin: Place | None = None
    log_level: Annotated[str, Field(pattern=r"(?i)^(debug|info|warning|error)$")] = "warning"


class ServerSettings(Settings):
    """What answers need beside the stores."""

    embedding_model: str = DEFAULT_MODEL
    embedding_model_path: Place | None = None
    reranker: str | None = None
    reranker_path: Place | None = None
    tool_timeout: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 20.0
    """Seconds after which an assistant gets what is there: an answer in part, or one line that says why none."""
    log_queries: bool = False
    api_key: SecretStr | None = None
    """Whose calls these are; unset, what `lectern-mcp login` wrote."""
    as_operator: bool = False
    """`ingest ask` sets it: calls of no key, which are never refused for want of one."""
    require_api_key: Annotated[Literal["on", "off", "auto"], BeforeValidator(_switch)] = "auto"
    limits_on_failure: Annotated[Literal["refuse", "allow"], BeforeValidator(_lower)] = "refuse"
    """What becomes of calls while their limits cannot be counted."""

    @property
    def needs_api_key(self) -> bool:
        """Whether a call without a key is refused; auto: where the database is a server."""
        return {"on": True, "off": False}.get(self.require_api_key, self.database_url is not None)


class IngestSettings(ServerSettings):
    """What filling the stores needs; `ingest ask` answers as the server does."""

    snapshot_url: Annotated[str, AfterValidator(_without_secrets)] | None = None
    page_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 10.0
    """Processor time for extracting, cutting or scanning one page, or one of a site's lists; more fails it."""
    page_memory: Annotated[int, Field(ge=64)] = 1024
    """MiB for the same, above what an idle worker holds."""
    embedding_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 60.0
    """Processor time for one task of the embedding model, beside loading it."""
    contact: str = "https://lectern.invalid/bot"
    """Where a site's owner reaches the operator of this crawler; sent in the user agent."""


class AdminSettings(Settings):
    """What looking after people and money needs."""

    billing_grace_hours: Annotated[int, Field(ge=0, le=744)] = 72
    """How long after its month usage that is recorded late is still billed."""
    smtp_url: (
        Annotated[
            SecretStr,
            _scheme("smtp", "smtps"),
            AfterValidator(_address),
            AfterValidator(_with_host),
            AfterValidator(_mail_server),
        ]
        | None
    ) = None
    """The mail server; unset, mail waits."""
    mail_from: Annotated[str, AfterValidator(_mailbox)] | None = None
    alert_webhook_url: (
        Annotated[SecretStr, _scheme("http", "https"), AfterValidator(_address), AfterValidator(_with_host)]
        | None
    ) = None
    """Where alerts are posted; unset, they go by e-mail."""
    alert_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = None
    """What they are signed with."""


DOORS: tuple[type[Settings], ...] = (ServerSettings, IngestSettings, AdminSettings)
"""Each reads its own variables, and names all mistakes in them at once."""


@overload
def load(**overrides: Any) -> IngestSettings: ...
@overload
def load(door: type[S], **overrides: Any) -> S: ...
def load(door: type[Settings] = IngestSettings, **overrides: Any) -> Settings:
    """Settings of one door from the environment. Raises SettingsError that names every mistake, no secrets."""
    try:
        return door(**overrides)
    except ValidationError as error:
        told = "; ".join(f"{_PREFIX}{name.upper()} {why}" for name, why in mistakes(error))
        raise SettingsError(told, "correct or unset it") from None


def unread(environ: Mapping[str, str]) -> str:
    """A warning of LECTERN_* variables that nobody reads, with what may be meant; empty where there are none."""
    known = [name.upper() for door in DOORS for name in door.model_fields]
    names = sorted(name.upper() for name, value in environ.items() if value)
    told = [
        _guessed(name, known)
        for name in names
        if name.startswith(_PREFIX)
        and not name.startswith(_OTHERS)
        and name.removeprefix(_PREFIX) not in known
    ]
    more = f", and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    return f"no setting is called {', '.join(told[:_MOST_TOLD])}{more}" if told else ""


def _guessed(name: str, known: list[str]) -> str:
    near = get_close_matches(name.removeprefix(_PREFIX), known, n=1)
    return ascii(name)[1:-1] + (f" (is {_PREFIX}{near[0]} meant?)" if near else "")
