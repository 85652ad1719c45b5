"""What an operator orders, a file each: the only place where stages are put in order."""
