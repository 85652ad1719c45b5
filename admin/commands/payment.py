"""`lectern-admin payment`: money that was asked for, and what came of it."""

from admin.commands import payment_webhook
from shared.terminal.program import Program

app = Program(
    help="Money that was asked for, and what came of it.\n\n"
    '$ lectern-admin payment webhook --provider stripe --header "Stripe-Signature: $SIGNATURE" < body.json'
)
app.command("webhook")(payment_webhook.webhook)
