"""What people have in store."""
