"""What goes back of a payment: refunds and disputes."""
