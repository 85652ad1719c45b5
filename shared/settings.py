"""The only reader of the environment: every LECTERN_* variable, with its default and its meaning."""

import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, overload

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import SettingsError
from shared.mistakes import mistakes
from shared.setting_values import (
    LOWER,
    SWITCH,
    HeaderWord,
    Mailbox,
    MailServer,
    Networks,
    PaypalKey,
    Place,
    PostgresAddress,
    ProviderAddress,
    ProviderName,
    PublicKey,
    RedisAddress,
    ReturnAddress,
    ServiceAddress,
    SnapshotAddress,
    StripeKey,
    StripeWebhookSecret,
    WebAddress,
    WebhookId,
    WebhookSecret,
    Words,
)

_PREFIX = "LECTERN_"
_OTHERS = ("LECTERN_TEST_", "LECTERN_ADMIN_")
"""What tests and other programs of ours read."""
_MOST_TOLD = 5
DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"

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
    database_url: PostgresAddress | None = None
    redis_url: RedisAddress | None = None
    limits_redis_url: RedisAddress | None = None
    """Where the counters of limits are; unset, beside the cache."""
    qdrant_url: WebAddress | None = None
    qdrant_api_key: HeaderWord | None = None
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
    server: ServiceAddress | None = None
    """A service of Lectern over HTTP; where it is set, no store is opened here."""
    require_api_key: Annotated[Literal["on", "off", "auto"], SWITCH] = "auto"
    limits_on_failure: Annotated[Literal["refuse", "allow"], LOWER] = "refuse"
    """What becomes of calls while their limits cannot be counted."""

    @property
    def needs_api_key(self) -> bool:
        """Whether a call without a key is refused; auto: where the database is a server."""
        return {"on": True, "off": False}.get(self.require_api_key, self.database_url is not None)


class IngestSettings(ServerSettings):
    """What filling the stores needs; `ingest ask` answers as the server does."""

    snapshot_url: SnapshotAddress | None = None
    page_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 10.0
    """Processor time for extracting, cutting or scanning one page, or one of a site's lists; more fails it."""
    page_memory: Annotated[int, Field(ge=64)] = 1024
    """MiB for the same, above what an idle worker holds."""
    embedding_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 60.0
    """Processor time for one task of the embedding model, beside loading it."""
    contact: str = "https://lectern.invalid/bot"
    """Where a site's owner reaches the operator of this crawler; sent in the user agent."""


class MailSettings(Settings):
    """What sending mail needs."""

    smtp_url: MailServer | None = None
    """The mail server; unset, mail waits."""
    mail_from: Mailbox | None = None


class WebhookSettings(Settings):
    """What proves who a provider's message came from; none of it moves money."""

    stripe_webhook_secret: StripeWebhookSecret | None = None
    paypal_url: ProviderAddress = "https://api-m.paypal.com"
    paypal_webhook_id: WebhookId | None = None
    wise_public_key: PublicKey | None = None
    """PEM, or the file that holds it."""


class HttpSettings(ServerSettings, MailSettings, WebhookSettings):
    """What the service over HTTP needs beside what answers need."""

    database_connections: Annotated[int, Field(ge=2, le=1000)] = 10
    """To PostgreSQL, of one process at most."""
    trusted_proxies: Networks = ()
    """Addresses and networks of proxies whose forwarded addresses are believed."""
    oidc_name: ProviderName = "oidc"
    """What users.oauth_provider calls the issuer; bound to it at its first sign-in."""
    oidc_issuer: ReturnAddress | None = None
    oidc_client_id: str | None = None
    oidc_client_secret_file: Place | None = None
    oidc_scopes: str = "openid email profile"
    github_url: ProviderAddress = "https://github.com"
    """Or a server of GitHub Enterprise."""
    github_client_id: str | None = None
    github_client_secret_file: Place | None = None
    groups_claim: str | None = None
    """The claim that names a person's groups, read at each sign-in."""
    sign_in_domains: Words = ()
    """Whose verified addresses may sign in without an invitation."""
    oauth_dcr: Annotated[Literal["on", "off"], SWITCH] = "off"
    """Whether clients may register themselves."""
    max_keys: Annotated[int, Field(ge=1, le=1000)] = 10
    """Live keys that a person may make on the page of the account."""


class AdminSettings(MailSettings, WebhookSettings):
    """What looking after people and money needs."""

    billing_grace_hours: Annotated[int, Field(ge=0, le=744)] = 72
    """How long after its month usage that is recorded late is still billed."""
    alert_webhook_url: WebAddress | None = None
    """Where alerts are posted; unset, they go by e-mail."""
    alert_webhook_secret: WebhookSecret | None = None
    """What they are signed with."""
    server: ReturnAddress | None = None
    """The service over HTTP, which links of invitations lead to."""
    payment_return_url: ReturnAddress | None = None
    """Where the hosted pages of providers lead back to."""
    stripe_url: ProviderAddress = "https://api.stripe.com"
    stripe_api_key: StripeKey | None = None
    """A provider without its key is not configured."""
    paypal_api_key: PaypalKey | None = None
    wise_url: ProviderAddress = "https://api.wise.com"
    wise_api_key: HeaderWord | None = None
    wise_profile: Annotated[int, Field(ge=1)] | None = None


DOORS: tuple[type[Settings], ...] = (ServerSettings, HttpSettings, IngestSettings, AdminSettings)
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
