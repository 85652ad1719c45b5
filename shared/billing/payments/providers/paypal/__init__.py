"""PayPal, by its REST interface: orders, captures and refunds, vaulted methods, disputes, reported transactions."""
