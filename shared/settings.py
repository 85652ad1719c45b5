"""The only reader of the environment: every LECTERN_* variable, with its default and its meaning."""

import sys
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import SettingsError

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"


def _scheme(*schemes: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return value

    return AfterValidator(check)


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
    """Where the stores are and how they behave. An unset URL means an embedded engine under `home`."""

    model_config = SettingsConfigDict(
        env_prefix="LECTERN_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    home: Path = Field(default_factory=default_home)
    database_url: Annotated[SecretStr, _scheme("postgresql", "postgres")] | None = None
    redis_url: Annotated[SecretStr, _scheme("redis", "rediss", "unix")] | None = None
    qdrant_url: Annotated[SecretStr, _scheme("http", "https")] | None = None
    qdrant_api_key: SecretStr | None = None
    embedding_model: str = DEFAULT_MODEL
    embedding_model_path: Path | None = None
    pg_bin: Path | None = None
    log_level: Annotated[str, Field(pattern=r"(?i)^(debug|info|warning|error)$")] = "warning"
    log_queries: bool = False
    contact: str = "https://lectern.invalid/bot"
    """Where a site's owner reaches the operator of this crawler; sent in the user agent."""


def load(**overrides: object) -> Settings:
    """Settings from the environment. Raises SettingsError that names every mistake at once, no secrets."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        mistakes = "; ".join(
            f"LECTERN_{'_'.join(map(str, item['loc'][:1])).upper()} {_plain(item['msg'])}"
            for item in error.errors()
        )
        raise SettingsError(mistakes, "correct or unset it") from None


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")[:1].lower() + message.removeprefix("Value error, ")[1:]
