"""The ways to people that the operator set up."""

from shared.billing.alerts.alerts import RAISED
from shared.billing.delivery.channel import Channel
from shared.billing.delivery.letters import DOCUMENTS
from shared.billing.delivery.mail import Mail
from shared.billing.delivery.smtp import Mailer, Server
from shared.billing.delivery.webhook import Webhook
from shared.errors import SettingsError
from shared.settings import AdminSettings


def channels(settings: AdminSettings) -> tuple[Channel, ...]:
    """Alerts go by the webhook where there is one, else by e-mail as documents do.

    Raises SettingsError where one variable lacks another.
    """
    found: list[Channel] = []
    url, secret = settings.alert_webhook_url, settings.alert_webhook_secret
    if url and not secret:
        raise SettingsError(
            "LECTERN_ALERT_WEBHOOK_URL is set, and LECTERN_ALERT_WEBHOOK_SECRET is not",
            'make one: printf "whsec_%s\\n" "$(openssl rand -base64 32)"',
        )
    if url and secret:
        found.append(Webhook(url.get_secret_value(), secret.get_secret_value()))
    if settings.smtp_url and not settings.mail_from:
        raise SettingsError(
            "LECTERN_SMTP_URL is set, and LECTERN_MAIL_FROM is not",
            "set it to the address that mail comes from",
        )
    if settings.smtp_url and settings.mail_from:
        server = Server.at(settings.smtp_url.get_secret_value())
        topics = DOCUMENTS if url else (*DOCUMENTS, RAISED)
        found.append(Mail(Mailer(server), settings.mail_from, topics))
    return tuple(found)
