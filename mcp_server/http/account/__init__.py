"""`/account`: a person's own page."""
