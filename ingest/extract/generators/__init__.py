"""The documentation generators that we know. A new one is a row in one of the tables."""
