"""Vector stores: one port, two implementations."""
