"""What people pay for what they asked: plans, subscriptions, invoices, credits."""
