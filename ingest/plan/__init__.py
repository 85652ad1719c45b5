"""What one run carries."""
