"""Whose messages are believed here: providers whose webhook secret, webhook id or public key is set.

None of these is a key that moves money: the process that the world can reach needs no other.
"""

from collections.abc import Mapping

from shared.billing.payments.port import Verifier
from shared.billing.payments.webhooks.stripe import StripeVerifier
from shared.settings import AdminSettings


def verifiers(settings: AdminSettings) -> Mapping[str, Verifier]:
    found: dict[str, Verifier] = {}
    if settings.stripe_webhook_secret:
        found["stripe"] = StripeVerifier(settings.stripe_webhook_secret.get_secret_value())
    return found
