"""Who may ask, and what they asked."""
