"""What is offered, and who is on it."""
