"""`lectern-mcp login`, `logout`, `whoami`: the key of this machine, in a file of its user's alone."""
