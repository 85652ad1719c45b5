"""What an accountant asks for."""
