"""Subscriptions are paused where nobody pays, and go on once somebody did."""
