"""The libraries that are known, and which one an operator means."""
