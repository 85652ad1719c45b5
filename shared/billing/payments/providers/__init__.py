"""Who moves money for us, each behind the port: Stripe, PayPal, Wise."""
