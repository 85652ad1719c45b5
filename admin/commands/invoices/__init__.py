"""What people owe, and what lowers it."""
