"""`lectern-admin payment`: money that was asked for, and what came of it."""

from admin.commands.payments import (
    payment_events,
    payment_list,
    payment_match,
    payment_orders,
    payment_refund,
    payment_webhook,
)
from shared.terminal.program import Program

app = Program(
    help="Money that was asked for, and what came of it.\n\n"
    "$ lectern-admin payment list --status failed\n"
    '$ lectern-admin payment webhook --provider stripe --header "Stripe-Signature: $SIGNATURE" < body.json'
)
app.command("list")(payment_list.list_payments)
app.command("show")(payment_list.show)
app.command("record")(payment_orders.record)
app.command("match")(payment_match.match)
app.command("retry")(payment_orders.retry)
app.command("refund")(payment_refund.refund)
app.command("events")(payment_events.events)
app.command("webhook")(payment_webhook.webhook)
