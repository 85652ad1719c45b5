"""`lectern-admin access`: who may read what, and why."""

from admin.commands.access import access_check, access_orders, access_posture
from shared.terminal.program import Program

app = Program(
    help="Who may read what.\n\n"
    "A library's rule decides before its namespace's; then a user's before a group's before everyone's; then deny "
    "before allow.\n\n"
    "$ lectern-admin access deny '/acme/*' --everyone\n"
    "$ lectern-admin access allow '/acme/*' --group engineers\n"
    "$ lectern-admin access check ada@example.org /acme/handbook"
)
app.command("allow")(access_orders.allow)
app.command("deny")(access_orders.deny)
app.command("clear")(access_orders.clear)
app.command("list")(access_posture.list_rules)
app.command("check")(access_check.check)
app.command("posture")(access_posture.posture)
