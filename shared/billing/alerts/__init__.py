"""What people should hear of."""
