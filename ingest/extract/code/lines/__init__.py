"""What makes a line of code: where it begins and ends, what numbers it, what was changed in it."""
