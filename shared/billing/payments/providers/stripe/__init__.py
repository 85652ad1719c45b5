"""Stripe, by its official library: asked in `calls`, told in `reading`, behind the port in `charger`."""
