"""Programs that people let in: which they are, what they ask for, and the tokens that they get."""
