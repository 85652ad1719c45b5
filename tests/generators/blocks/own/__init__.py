"""What only some generators have words for, each block as its author writes it there."""
