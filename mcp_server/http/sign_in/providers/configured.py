"""Which providers the settings name."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from mcp_server.http.sign_in.providers.github import GitHub
from mcp_server.http.sign_in.providers.oidc import Client, Oidc
from mcp_server.http.sign_in.providers.port import Provider
from shared.errors import SettingsError
from shared.settings import HttpSettings

_TITLES: Final = {
    "entra": "Entra ID",
    "gitlab": "GitLab",
    "google": "Google",
    "keycloak": "Keycloak",
    "oidc": "single sign-on",
    "okta": "Okta",
}


def providers(settings: HttpSettings, clock: Callable[[], datetime]) -> Mapping[str, Provider]:
    """By name, in the order in which people see them. Raises SettingsError."""
    found: dict[str, Provider] = {}
    if settings.oidc_client_id:
        _with("LECTERN_OIDC_CLIENT_ID", "LECTERN_OIDC_ISSUER", settings.oidc_issuer)
    if settings.github_client_secret_file:
        _with("LECTERN_GITHUB_CLIENT_SECRET_FILE", "LECTERN_GITHUB_CLIENT_ID", settings.github_client_id)
    if settings.oidc_issuer:
        name = settings.oidc_name
        if name == GitHub.name:
            raise SettingsError("LECTERN_OIDC_NAME is github, which is GitHub's own", "name it otherwise")
        client = Client(
            _with("LECTERN_OIDC_ISSUER", "LECTERN_OIDC_CLIENT_ID", settings.oidc_client_id),
            _secret("LECTERN_OIDC_CLIENT_SECRET_FILE", settings.oidc_client_secret_file),
            settings.oidc_scopes,
            settings.groups_claim,
        )
        found[name] = Oidc(name, _TITLES.get(name, name), settings.oidc_issuer, client, clock)
    if settings.github_client_id:
        secret = _secret("LECTERN_GITHUB_CLIENT_SECRET_FILE", settings.github_client_secret_file)
        wanted = _with("LECTERN_GITHUB_CLIENT_ID", "LECTERN_GITHUB_CLIENT_SECRET_FILE", secret)
        found[GitHub.name] = GitHub(settings.github_url, settings.github_client_id, wanted)
    return found


def _with(given: str, lacking: str, value: str | None) -> str:
    if not value:
        raise SettingsError(f"{given} is set, and {lacking} is not", "set both, or neither")
    return value


def _secret(variable: str, file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        secret = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{variable} cannot be read ({error})", "correct the path or its rights"
        ) from None
    if not secret.isascii() or not secret.isprintable() or not secret:
        raise SettingsError(f"{variable} names a file without a secret", "write it there, in one line")
    return secret
