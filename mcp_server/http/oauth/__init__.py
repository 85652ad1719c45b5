"""The authorization server towards clients: what it is, who is let in, and what they get for it."""
