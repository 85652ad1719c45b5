"""Whose messages are believed here: providers whose webhook secret, webhook id or public key is set.

None of these is a key that moves money: the process that the world can reach needs no other.
"""

from collections.abc import Mapping
from pathlib import Path

from shared.billing.payments.port import Verifier
from shared.billing.payments.webhooks import paypal
from shared.billing.payments.webhooks.stripe import StripeVerifier
from shared.billing.payments.webhooks.wise import WiseVerifier
from shared.errors import SettingsError
from shared.settings import WebhookSettings


def verifiers(settings: WebhookSettings) -> Mapping[str, Verifier]:
    """Raises SettingsError for a key that cannot be read."""
    found: dict[str, Verifier] = {}
    if settings.stripe_webhook_secret:
        found["stripe"] = StripeVerifier(settings.stripe_webhook_secret.get_secret_value())
    if settings.paypal_webhook_id:
        found["paypal"] = paypal.of_environment(settings.paypal_webhook_id, settings.paypal_url)
    if settings.wise_public_key:
        found["wise"] = WiseVerifier(_read(settings.wise_public_key))
    return found


def _read(key: str) -> str:
    """The key itself, where a file is named. Raises SettingsError."""
    if key.startswith("-----"):
        return key
    try:
        return Path(key).expanduser().read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            f"LECTERN_WISE_PUBLIC_KEY names {key}, which cannot be read",
            "name a file that holds Wise's public key",
        ) from None
