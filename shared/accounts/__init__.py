"""Who uses Lectern, and how much."""
